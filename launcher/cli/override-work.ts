// What all the ways of `tsbox override` work on, and what they tell at the end.
import {
  findManifest,
  GLOBAL,
  historyFile,
  type InForce,
  manifestLayers,
  type OverrideTarget,
  type PermissionLayer,
  type Places,
  type Problem,
  readAppLayers,
  readHistory,
  readOverrideLayers,
  reportOverride,
  type Result,
  splitInstanceId,
  systemOverrideFolder,
  type TryLock,
  userOverrideFolder,
  writeHistory,
  type Written,
} from "../manifest/door.ts";
import type { PermissionEntry } from "../permissions/entries.ts";
import type { Invocation, Surroundings } from "./command.ts";

export interface OverrideWork {
  readonly invocation: Invocation;
  readonly surroundings: Surroundings;
  readonly places: Places;
  /** Null: for all apps. */
  readonly id: string | null;
  readonly isSystem: boolean;
  readonly target: OverrideTarget;
  readonly tryLock: TryLock;
}

export function targetOf(places: Places, id: string | null, isSystem: boolean): OverrideTarget {
  const folder = isSystem ? systemOverrideFolder(places) : userOverrideFolder(places);
  const words = ["tsbox", "override", ...(isSystem ? ["--system"] : []), "--reset", ...(id === null ? [] : [id])];
  const user = id === null ? "user-global" : splitInstanceId(id) === null ? "user-app" : "instance";
  const layer = isSystem ? (id === null ? "system-global" : "system-app") : user;
  return { file: `${folder}/${id ?? GLOBAL}`, layer, isSystem, reset: words.join(" ") };
}

/** Writes down what a change did, for `--undo`. False where that could not be. */
export function keepHistory({ places, target }: Pick<OverrideWork, "places" | "target">, change: string): (...what: Parameters<Written>) => boolean {
  const file = historyFile(places, target);
  return (before, after) => writeHistory(file, [...readHistory(file), { at: new Date().toISOString(), change, before, after }]);
}

/** What counts now of the things that were spoken about. */
export function inForceAfter(
  work: Pick<OverrideWork, "places" | "surroundings" | "id" | "target">,
  touched: readonly PermissionEntry[],
): { readonly inForce: readonly InForce[]; readonly problems: readonly Problem[] } {
  const { target, places } = work;
  const layers = layersInForce(work);
  if (!layers.ok) return { inForce: [], problems: layers.problems };
  const perApp = target.layer === "user-global" || target.layer === "system-global" ? readAppLayers(places, target.layer) : [];
  return { inForce: reportOverride(touched, layers.value.below, layers.value.limits, perApp), problems: [] };
}

export interface LayersInForce {
  readonly below: readonly PermissionLayer[];
  readonly limits: readonly PermissionLayer[];
}

/** As a run would find them now. An app whose manifest is not here (yet) has none; one that does not parse is told by `run`, not here. */
export function layersInForce({ places, surroundings, id }: Pick<OverrideWork, "places" | "surroundings" | "id">): Result<LayersInForce> {
  const found = id === null ? null : findManifest(id, surroundings.workingDirectory, places);
  const overrides = readOverrideLayers(places, id, found?.ok ? found.value.manifest.installed : null);
  if (!overrides.ok) return overrides;
  const manifest = found?.ok ? manifestLayers(found.value.manifest) : [];
  return { ok: true, value: { below: [...manifest, ...overrides.value.layers], limits: overrides.value.limits }, notices: [] };
}
