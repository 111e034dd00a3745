// `tsbox override`: what users and administrators change about an app's permissions, or about all apps'.
import { userInfo } from "node:os";
import {
  editOverride,
  layOver,
  PERMISSION_OPTION_FLAGS,
  parseAppId,
  parseOptions,
  pickPermissionOptions,
  placesOf,
  type Problem,
  readLayerFile,
  resetOverride,
  splitInstanceId,
  takeOut,
} from "../manifest/door.ts";
import type { PermissionEntry } from "../permissions/entries.ts";
import { type Command, commandProblem, type Invocation, isGiven, lastValue, type Outcome, refuse } from "./command.ts";
import { frontOf } from "./front.ts";
import { doubtsAbout } from "./override-doubts.ts";
import { showHistory, undo } from "./override-history.ts";
import { lock, unlock } from "./override-lock.ts";
import { OVERRIDE_JSON, renderInForce, renderLayerJson, renderNote, renderStored } from "./override-output.ts";
import { exportOverrides, importOverrides } from "./override-transfer.ts";
import { reloadRunning } from "./reload.ts";
import { inForceAfter, keepHistory, type OverrideWork, targetOf } from "./override-work.ts";

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
      { flags: "--undo", summary: "take the last change back; again: the one before" },
      { flags: "--history", summary: "print what was changed, the last change first" },
      { flags: "--export <DIR>", summary: "copy the overrides of all apps, or of APP, into a folder" },
      { flags: "--import <PATH>", summary: "lay an override, or a folder of them, over yours; Flatpak's own are read too" },
      { flags: "--lock", summary: "write all that APP may do now into the override, which is the whole truth from then on" },
      { flags: "--unlock", summary: "let the manifest count again" },
      { flags: "-j, --json", summary: "with --show and --history: print JSON" },
      ...PERMISSION_OPTION_FLAGS,
    ],
    optionsFirst: false,
    details: [
      "Without APP the change is for all apps; of `ID--NAME`, for that instance alone. It counts from the next start of an app on; of buses and sound, at once in what runs.",
      "Example: `tsbox override --nosocket=x11 --filesystem=xdg-music:ro org.example.App`",
      "Example: `tsbox override --import ~/.local/share/flatpak/overrides`",
    ],
    json: OVERRIDE_JSON,
    answeredByBroker: false,
    onlyLooks: (invocation) => isGiven(invocation, "show") || isGiven(invocation, "history"),
    answer: async (invocation, surroundings) => {
      const fault = faultOf(invocation);
      if (fault !== null) return refuse(fault);
      const id = invocation.positionals[0] ?? null;
      const valid = id === null ? null : parseAppId(id);
      if (valid !== null && !valid.ok) return refuse(...valid.problems);
      const environment = surroundings.environment;
      const places = placesOf(environment, environment.get("HOME") || userInfo().homedir, catalogue());
      const isSystem = isGiven(invocation, "system");
      if (isSystem && id !== null && splitInstanceId(id) !== null) return refuse(commandProblem("override.instance-system", { app: id }));
      const tryLock = (descriptor: number): boolean => surroundings.addon().flock(descriptor, true);
      const outcome = await dispatch({ invocation, surroundings, places, id, isSystem, target: targetOf(places, id, isSystem), tryLock });
      if (outcome.status !== 0 || ["show", "history", "export"].some((name) => isGiven(invocation, name))) return outcome;
      return { ...outcome, output: outcome.output + (await reloadRunning(surroundings, frontOf(catalogue()), id)) };
    },
  };
}

async function dispatch(work: OverrideWork): Promise<Outcome> {
  const { invocation, target } = work;
  const path = (name: string): string => lastValue(invocation, name) ?? "";
  switch (MODES.find((name) => isGiven(invocation, name))) {
    case "show":
      return show(work, isGiven(invocation, "json"));
    case "reset": {
      const done = await resetOverride(target, work.tryLock, keepHistory(work, "--reset"));
      if (!done.ok) return refuse(...done.problems);
      return { status: 0, output: renderNote(done.value ? "override.reset" : "override.reset-absent", { file: target.file }), problems: [] };
    }
    case "undo":
      return undo(work);
    case "history":
      return showHistory(work, isGiven(invocation, "json"));
    case "export":
      return exportOverrides(work, path("export"));
    case "import":
      return importOverrides(work, path("import"));
    case "lock":
      return lock(work);
    case "unlock":
      return unlock(work);
    default:
      return change(work);
  }
}

/** What is done in place of a change by permission options; `unset` goes with them. */
const MODES = ["show", "reset", "undo", "history", "export", "import", "lock", "unlock", "unset"] as const;

/** What cannot be meant, whatever the files say. */
function faultOf(invocation: Invocation): Problem | null {
  const [mode, second] = MODES.filter((name) => isGiven(invocation, name));
  const permissions = pickPermissionOptions(invocation.options);
  const both = (one: string, other: string): Problem => commandProblem("override.both", { one, other });
  if (isGiven(invocation, "user") && isGiven(invocation, "system")) return both("--user", "--system");
  if (second !== undefined) return both(`--${mode}`, `--${second}`);
  if (isGiven(invocation, "json") && mode !== "show" && mode !== "history") return commandProblem("override.json-alone", {});
  if (permissions.length > 0 && mode !== undefined && mode !== "unset") return both(`--${mode}`, permissions[0]?.option.flag ?? "");
  if (permissions.length === 0 && mode === undefined) return commandProblem("override.no-options", {});
  if (permissions.length === 0 && mode === "unset") return commandProblem("override.unset-nothing", {});
  if ((mode === "lock" || mode === "unlock") && invocation.positionals.length === 0) return commandProblem("override.lock-app", { option: `--${mode}` });
  return null;
}

function show({ target }: OverrideWork, json: boolean): Outcome {
  if (!json) return renderStored(target.file);
  const layer = readLayerFile(target.file, target.layer);
  if (layer === "absent") return { status: 0, output: "[]\n", problems: [] };
  return layer.ok ? { status: 0, output: renderLayerJson(layer.value), problems: [] } : refuse(...layer.problems);
}

async function change(work: OverrideWork): Promise<Outcome> {
  const { invocation, target } = work;
  const isUnset = isGiven(invocation, "unset");
  const options = pickPermissionOptions(invocation.options);
  const entries = parseOptions(options, target.layer, isUnset);
  if (!entries.ok) return refuse(...entries.problems);
  let missing: readonly PermissionEntry[] = [];
  const words = [...(isUnset ? ["--unset"] : []), ...options.map(({ option, raw }) => `${option.flag}=${raw}`)];
  const keep = keepHistory(work, words.join(" "));
  let isKept = true;
  const edited = await editOverride(
    target,
    (keyfile) => {
      if (!isUnset) return layOver(keyfile, entries.value);
      const taken = takeOut(keyfile, entries.value);
      missing = taken.missing;
      return taken.keyfile;
    },
    work.tryLock,
    (before, after) => {
      isKept = keep(before, after);
    },
  );
  if (!edited.ok) return refuse(...edited.problems);
  const { inForce, problems } = inForceAfter(work, entries.value);
  const output = renderInForce({ file: target.file, changed: edited.value.changed, inForce }, missing);
  const unkept = isKept ? [] : [{ ...commandProblem("override.history-unkept", {}), severity: "notice" as const }];
  const doubts = isUnset ? [] : doubtsAbout(work, entries.value);
  return { status: 0, output, problems: [...entries.notices, ...problems, ...unkept, ...doubts] };
}
