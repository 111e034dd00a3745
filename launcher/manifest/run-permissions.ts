// The permissions of one run: manifest, overrides, command line, limits. An option of the command line beyond a limit is refused. Pure.
import type { EntryKind, EntryOf } from "../permissions/entries.ts";
import type { ResolvePlace } from "./filesystem-location.ts";
import { grammarOf } from "./grammar/grammars.ts";
import { mergeLayers, type Merged, type PermissionLayer } from "./layers.ts";
import type { Manifest } from "./manifest.ts";
import type { OverrideLayers } from "./override-files.ts";
import type { Result } from "./origin.ts";
import { errorAt, failure, success } from "./problem.ts";

/** `resolve`: the paths of this caller, so that a limit on `home` also holds for `/home/u/x`. */
export function permissionsOfRun(manifest: Manifest, overrides: OverrideLayers, commandLine: PermissionLayer | null, resolve?: ResolvePlace): Result<Merged> {
  const layers = [...manifestLayers(manifest), ...overrides.layers, ...(commandLine === null ? [] : [commandLine])];
  const merged = mergeLayers(layers, overrides.limits, resolve);
  const beyond = merged.cuts.filter((cut) => cut.wanted.layer === "command-line");
  if (beyond.length === 0) return success(merged);
  return failure(...beyond.map((cut) => errorAt(cut.limit, "manifest.beyond-limit", { option: cut.wanted.text, limit: cut.limit.text })));
}

/**
 * For a manifest that only has the id of another app, as an instance beside it (`beside`): what the user or the administrator said about that app was about the other
 * one. It takes away here what it takes away there, and gives nothing.
 */
export function overridesFor(overrides: OverrideLayers, beside: string | null): OverrideLayers {
  if (beside === null) return overrides;
  const isOthers = ({ layer }: PermissionLayer): boolean => layer === "flatpak-override" || layer === "system-app" || layer === "user-app";
  const denies = (entry: PermissionLayer["entries"][number]): boolean => grammarOf(entry).denies(entry as EntryOf<EntryKind>);
  return { ...overrides, layers: overrides.layers.map((layer) => (isOthers(layer) ? { ...layer, entries: layer.entries.filter(denies) } : layer)) };
}

/** What stands below all overrides: a runtime's variables, and the manifest. */
export function manifestLayers({ layer, deployment }: Pick<Manifest, "layer" | "deployment">): readonly PermissionLayer[] {
  return deployment === null ? [layer] : [deployment.environment, layer];
}
