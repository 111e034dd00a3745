// One app as a run would see it now, for the commands that only look: manifest, layers, permissions, and the plan where one is asked for.
import { realpathSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname } from "node:path";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { type Caller, type HostFacts, probeHost, readCaller } from "../host/door.ts";
import {
  findManifest,
  type FoundManifest,
  knownApps,
  manifestLayers,
  mergeLayers,
  type Merged,
  openAppMemo,
  type OverrideLayers,
  type Places,
  placesOf,
  type Problem,
  readOverrideLayers,
  resolveRuntime,
  type Result,
} from "../manifest/door.ts";
import { DEFAULT_RUN_OPTIONS, type Plan, planRun, queriesForRun, type RunInputs } from "../plan/door.ts";
import { placeOfLocation } from "../permissions/kinds/filesystem-places.ts";
import type { Surroundings } from "./command.ts";
import { VERSION } from "./version.ts";

/** Who looks, and where things lie for them. */
export interface Viewer {
  readonly caller: Caller;
  readonly places: Places;
  readonly request: FrontRequest;
  /** The absolute path of a location of `filesystems=`, `home` too. */
  readonly placeOf: (location: string) => string | null;
}

export interface KnownApp {
  readonly found: FoundManifest;
  readonly overrides: OverrideLayers;
  readonly merged: Merged;
  readonly notices: readonly Problem[];
}

export interface PlannedApp {
  readonly inputs: RunInputs;
  readonly facts: HostFacts;
  /** Where a display or a bus of the caller is missing: the plan without them. Files are the same in both. */
  readonly plan: Result<Plan>;
  /** What stands in the way of a start here and now. */
  readonly obstacles: readonly Problem[];
}

export function readViewer(surroundings: Surroundings, catalogue: string): Result<Viewer> {
  const request = requestOf(surroundings);
  const caller = readCaller(request, null);
  if (!caller.ok) return caller;
  const { home } = caller.value;
  const placeOf = (location: string): string | null => (location === "home" ? home : placeOfLocation(location, caller.value));
  return { ok: true, notices: caller.notices, value: { caller: caller.value, places: placesOf(surroundings.environment, home, catalogue), request, placeOf } };
}

/** All apps, from what earlier listings left where nothing has changed. */
export function listedApps({ places, caller }: Viewer, { addon }: Pick<Surroundings, "addon">): ReturnType<typeof knownApps> {
  return knownApps(places, openAppMemo(addon(), { places, cache: `${caller.cacheHome}/tsbox`, name: "apps", salt: VERSION }));
}

/** As the front would ask, without an app to start. */
function requestOf({ environment, workingDirectory, runtimeDirectory }: Surroundings): FrontRequest {
  const { uid, gid, homedir } = userInfo();
  const fallback = `/tmp/tsbox-${uid}`;
  return {
    argv: ["run"],
    cwd: workingDirectory,
    environment: environment.has("HOME") ? environment : new Map([...environment, ["HOME", homedir]]),
    standard: ["null", "null", "null"],
    descriptors: [],
    umask: 0o077,
    uid,
    gid,
    runtimeDirectory: runtimeDirectory ?? fallback,
    runtimeDirectoryIsFallback: runtimeDirectory === null || runtimeDirectory === fallback,
    hostname: hostname(),
  };
}

/** `raw`: an id, a file, or a program's name. */
export function readKnownApp(raw: string, viewer: Viewer): Result<KnownApp> {
  const found = findManifest(raw, viewer.request.cwd, viewer.places);
  if (!found.ok) return found;
  const wish = { places: viewer.places, environment: viewer.request.environment, cacheHome: viewer.caller.cacheHome, act: false };
  const resolved = resolveRuntime(found.value.manifest, wish);
  // Without its runtime it cannot start; what it may do is known all the same.
  const manifest = resolved.ok ? resolved.value : found.value.manifest;
  const overrides = readOverrideLayers(viewer.places, manifest.id, manifest.installed);
  if (!overrides.ok) return overrides;
  const merged = mergeLayers([...manifestLayers(manifest), ...overrides.value.layers], overrides.value.limits, viewer.placeOf);
  const notices = [...found.notices, ...overrides.notices];
  return { ok: true, value: { found: { ...found.value, manifest }, overrides: overrides.value, merged, notices }, notices: [] };
}

/** The plan as `run --dry-run` would make it; nothing is made or changed. `asked`: paths to be looked at beside those of the plan. */
export function planKnownApp(app: KnownApp, viewer: Viewer, asked: readonly string[] = []): PlannedApp {
  const folder = dirname(viewer.places.catalogue);
  const inputs: RunInputs = {
    manifest: app.found.manifest,
    permissions: app.merged.permissions,
    request: viewer.request,
    caller: viewer.caller,
    installation: { binary: `${folder}/build/tsbox`, folder, node: realpathSync(process.execPath) },
    options: { ...DEFAULT_RUN_OPTIONS, assumePrepared: true },
  };
  const facts = probe(inputs, asked);
  const plan = planRun(inputs, facts);
  if (plan.ok) return { inputs, facts, plan, obstacles: [] };
  const bare: RunInputs = { ...inputs, permissions: { ...inputs.permissions, sockets: new Map() }, options: { ...inputs.options, sessionBus: false } };
  const bareFacts = probe(bare, asked);
  return { inputs, facts: { ...facts, walks: new Map([...bareFacts.walks, ...facts.walks]) }, plan: planRun(bare, bareFacts), obstacles: plan.problems };
}

function probe(inputs: RunInputs, asked: readonly string[]): HostFacts {
  const queries = queriesForRun(inputs);
  return probeHost({ ...queries, paths: [...new Set([...queries.paths, ...asked])] });
}
