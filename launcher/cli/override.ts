// `tsbox override`: what users and administrators change about an app's permissions, or about all apps'.
import { userInfo } from "node:os";
import {
  editOverride,
  findManifest,
  GLOBAL,
  layOver,
  type OverrideTarget,
  PERMISSION_OPTION_FLAGS,
  parseAppId,
  parseOptions,
  type Places,
  type PermissionLayer,
  pickPermissionOptions,
  placesOf,
  type Problem,
  readAppLayers,
  readLayerFile,
  readOverrideLayers,
  reportOverride,
  resetOverride,
  systemOverrideFolder,
  takeOut,
  userOverrideFolder,
  type Result,
} from "../manifest/door.ts";
import type { PermissionEntry } from "../permissions/entries.ts";
import { type Command, commandProblem, type Invocation, isGiven, type Outcome, type Surroundings } from "./command.ts";
import { OWN_FAILURE_STATUS } from "./context.ts";
import { renderInForce, renderLayerJson, renderNote, renderStored } from "./override-output.ts";

/** `catalogue`: the folder of manifests shipped with this installation, asked for at the first use. */
export function overrideCommand(catalogue: () => string): Command {
  return {
    name: "override",
    summary: "change what an app is given, or all apps",
    positionals: "[APP]",
    options: [
      { flags: "--user", summary: "change your own overrides (the default)" },
      { flags: "--system", summary: "change the administrator's overrides, for all users" },
      { flags: "--show", summary: "print the override as it is stored" },
      { flags: "--reset", summary: "take the whole override away" },
      { flags: "--unset", summary: "take the entries that the other options name out of the override" },
      { flags: "-j, --json", summary: "with --show: print JSON" },
      ...PERMISSION_OPTION_FLAGS,
    ],
    optionsFirst: false,
    details: [
      "Without APP the change is for all apps. It counts from the next start of an app on.",
      "Example: `tsbox override --nosocket=x11 --filesystem=xdg-music:ro org.example.App`",
    ],
    answeredByBroker: false,
    answer: async (invocation, surroundings) => {
      const fault = faultOf(invocation);
      if (fault !== null) return refuse(fault);
      const id = invocation.positionals[0] ?? null;
      const valid = id === null ? null : parseAppId(id);
      if (valid !== null && !valid.ok) return refuse(...valid.problems);
      const environment = surroundings.environment;
      const places = placesOf(environment, environment.get("HOME") || userInfo().homedir, catalogue());
      const target = targetOf(places, id, isGiven(invocation, "system"));
      if (isGiven(invocation, "show")) return show(target, isGiven(invocation, "json"));
      const tryLock = (descriptor: number): boolean => surroundings.addon().flock(descriptor, true);
      if (isGiven(invocation, "reset")) return reset(target, tryLock);
      return change(invocation, surroundings, places, id, target, tryLock);
    },
  };
}

function refuse(...problems: readonly Problem[]): Outcome {
  return { status: OWN_FAILURE_STATUS, output: "", problems };
}

/** What cannot be meant, whatever the files say. */
function faultOf(invocation: Invocation): Problem | null {
  const modes = ["show", "reset", "unset"].filter((name) => isGiven(invocation, name));
  const permissions = pickPermissionOptions(invocation.options);
  const both = (one: string, other: string): Problem => commandProblem("override.both", { one, other });
  if (isGiven(invocation, "user") && isGiven(invocation, "system")) return both("--user", "--system");
  if (modes.length > 1) return both(`--${modes[0]}`, `--${modes[1]}`);
  if (isGiven(invocation, "json") && !isGiven(invocation, "show")) return commandProblem("override.json-alone", {});
  if (permissions.length > 0 && (modes[0] === "show" || modes[0] === "reset")) return both(`--${modes[0]}`, permissions[0]?.option.flag ?? "");
  if (permissions.length === 0 && modes.length === 0) return commandProblem("override.no-options", {});
  if (permissions.length === 0 && modes[0] === "unset") return commandProblem("override.unset-nothing", {});
  return null;
}

function targetOf(places: Places, id: string | null, isSystem: boolean): OverrideTarget {
  const folder = isSystem ? systemOverrideFolder(places) : userOverrideFolder(places);
  const words = ["tsbox", "override", ...(isSystem ? ["--system"] : []), "--reset", ...(id === null ? [] : [id])];
  const layer = isSystem ? (id === null ? "system-global" : "system-app") : id === null ? "user-global" : "user-app";
  return { file: `${folder}/${id ?? GLOBAL}`, layer, isSystem, reset: words.join(" ") };
}

function show(target: OverrideTarget, json: boolean): Outcome {
  if (!json) return renderStored(target.file);
  const layer = readLayerFile(target.file, target.layer);
  if (layer === "absent") return { status: 0, output: "[]\n", problems: [] };
  return layer.ok ? { status: 0, output: renderLayerJson(layer.value), problems: [] } : refuse(...layer.problems);
}

async function reset(target: OverrideTarget, tryLock: (descriptor: number) => boolean): Promise<Outcome> {
  const done = await resetOverride(target, tryLock);
  if (!done.ok) return refuse(...done.problems);
  return { status: 0, output: renderNote(done.value ? "override.reset" : "override.reset-absent", { file: target.file }), problems: [] };
}

async function change(
  invocation: Invocation,
  surroundings: Surroundings,
  places: Places,
  id: string | null,
  target: OverrideTarget,
  tryLock: (descriptor: number) => boolean,
): Promise<Outcome> {
  const isUnset = isGiven(invocation, "unset");
  const entries = parseOptions(pickPermissionOptions(invocation.options), target.layer, isUnset);
  if (!entries.ok) return refuse(...entries.problems);
  let missing: readonly PermissionEntry[] = [];
  const edited = await editOverride(
    target,
    (keyfile) => {
      if (!isUnset) return layOver(keyfile, entries.value);
      const taken = takeOut(keyfile, entries.value);
      missing = taken.missing;
      return taken.keyfile;
    },
    tryLock,
  );
  if (!edited.ok) return refuse(...edited.problems);
  const layers = layersInForce(id, surroundings, places);
  const problems = [...entries.notices, ...(layers.ok ? [] : layers.problems)];
  const perApp = target.layer === "user-global" || target.layer === "system-global" ? readAppLayers(places, target.layer) : [];
  const inForce = layers.ok ? reportOverride(entries.value, layers.value.below, layers.value.limits, perApp) : [];
  return { status: 0, output: renderInForce({ file: target.file, changed: edited.value.changed, inForce }, missing), problems };
}

interface LayersInForce {
  readonly below: readonly PermissionLayer[];
  readonly limits: readonly PermissionLayer[];
}

/** As a run would find them now. An app whose manifest is not here (yet) has none; one that does not parse is told by `run`, not here. */
function layersInForce(id: string | null, surroundings: Surroundings, places: Places): Result<LayersInForce> {
  const overrides = readOverrideLayers(places, id);
  if (!overrides.ok) return overrides;
  const found = id === null ? null : findManifest(id, surroundings.workingDirectory, places);
  const manifest = found?.ok ? [found.value.manifest.layer] : [];
  return { ok: true, value: { below: [...manifest, ...overrides.value.layers], limits: overrides.value.limits }, notices: [] };
}
