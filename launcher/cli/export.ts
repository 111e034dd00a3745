// `tsbox export`: desktop entries, services, autostart entries and shims that start programs of the host in their sandboxes.
import { userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import {
  checkRecord,
  type ExportPlaces,
  findInstalledProgram,
  type Placed,
  placeFiles,
  readRecords,
  systemExportPlaces,
  tellDesktop,
  userExportPlaces,
  wantedFiles,
  withRecords,
} from "../export/door.ts";
import {
  appOf,
  findManifest,
  listIds,
  type Manifest,
  manifestFiles,
  manifestFolders,
  type Places,
  placesOf,
  type Problem,
  type Result,
} from "../manifest/door.ts";
import { type Command, commandProblem, type Invocation, isGiven, lastValue, type Outcome, OWN_FAILURE_STATUS, refuse, type Surroundings } from "./command.ts";
import { EXPORT_JSON, renderChecked, renderExports, renderPlaced } from "./export-output.ts";

export interface ExportSettings {
  /** The folder of manifests shipped with this installation, asked for at the first use. */
  catalogue(): string;
  /** Before each path of `--system`: empty, but for tests. */
  readonly systemRoot: string;
}

export function exportCommand(settings: ExportSettings): Command {
  return {
    name: "export",
    summary: "let the desktop start apps in their sandboxes",
    positionals: "[APP]",
    options: [
      { flags: "--all", summary: "export every app that has a manifest and a desktop entry" },
      { flags: "--system", summary: "export for all users" },
      { flags: "--from <FILE>", summary: "take this desktop entry, in place of those that are found" },
      { flags: "--autostart", summary: "also the entries that start the app at login" },
      { flags: "--shim", summary: "also a script in ~/.local/bin, so that a shell starts the app by its program's name" },
      { flags: "--check", summary: "look whether what was exported is still right; 1 if something is not" },
      { flags: "-j, --json", summary: "print JSON (the listing and `--check`)" },
    ],
    optionsFirst: false,
    details: [
      "Desktop entries go to ~/.local/share/applications, before the system's. Without APP: lists what is exported.",
      "Example: `tsbox export --shim org.xfce.mousepad`, and `tsbox unexport org.xfce.mousepad` to undo it",
    ],
    json: EXPORT_JSON,
    answeredByBroker: false,
    onlyLooks: (invocation) => invocation.positionals.length === 0 && !isGiven(invocation, "all"),
    answer: async (invocation, surroundings) => {
      const fault = faultOf(invocation);
      if (fault !== null) return refuse(fault);
      const app = invocation.positionals[0] ?? null;
      const places = exportPlacesOf(isGiven(invocation, "system"), surroundings, settings.systemRoot);
      if (app === null && !isGiven(invocation, "all")) return list(invocation, surroundings, places);
      return exportApps(app, invocation, surroundings, places, settings.catalogue());
    },
  };
}

export function exportPlacesOf(isSystem: boolean, surroundings: Surroundings, systemRoot: string): ExportPlaces {
  const { environment } = surroundings;
  return isSystem ? systemExportPlaces(environment, systemRoot) : userExportPlaces(environment, environment.get("HOME") || userInfo().homedir);
}

function faultOf(invocation: Invocation): Problem | null {
  const app = invocation.positionals[0];
  const all = isGiven(invocation, "all");
  const check = isGiven(invocation, "check");
  const both = (one: string, other: string): Problem => commandProblem("export.both", { one, other });
  if (app !== undefined && all) return both(app, "--all");
  if (all && isGiven(invocation, "from")) return both("--all", "--from");
  const making = ["all", "from", "autostart", "shim"].find((name) => isGiven(invocation, name));
  if (check && app !== undefined) return both("--check", app);
  if (check && making !== undefined) return both("--check", `--${making}`);
  if (isGiven(invocation, "json") && (app !== undefined || all)) return commandProblem("export.json-alone", {});
  if (app === undefined && !all && making !== undefined) return commandProblem("export.needs-app", { option: `--${making}` });
  return null;
}

function list(invocation: Invocation, surroundings: Surroundings, places: ExportPlaces): Outcome {
  const records = readRecords(places, surroundings.addon());
  if (!records.ok) return refuse(...records.problems);
  const json = isGiven(invocation, "json");
  if (!isGiven(invocation, "check")) return { status: 0, output: renderExports(records.value, json, surroundings.stdoutIsTerminal), problems: [] };
  const checked = records.value.map(checkRecord);
  const status = checked.some((one) => one.faults.length > 0) ? 1 : 0;
  return { status, output: renderChecked(checked, json), problems: [] };
}

/** One after the other: with `--all` an app that cannot be exported keeps no other from it. */
async function exportApps(app: string | null, invocation: Invocation, surroundings: Surroundings, places: ExportPlaces, catalogue: string): Promise<Outcome> {
  const { environment } = surroundings;
  const manifests = manifestPlaces(placesOf(environment, environment.get("HOME") || userInfo().homedir, catalogue), places);
  const packageFolder = dirname(catalogue);
  const tsbox = findInstalledProgram(packageFolder, environment);
  if (tsbox === null) return refuse(commandProblem("export.no-program", { folder: packageFolder }));
  const ids = listIds(manifests);
  const placed: Placed[] = [];
  const problems: Problem[] = [];
  let failed = false;
  for (const one of app === null ? ids : [app]) {
    const done = await exportApp(one, { invocation, surroundings, places, manifests, ids, tsbox });
    placed.push(...(done.ok ? done.value : []));
    const isAbsence = !done.ok && app === null && done.problems.every((problem) => problem.key === "export.no-entry");
    // Of all apps only some are installed here: no entry is no failure then.
    if (!done.ok && !isAbsence) failed = true;
    if (!isAbsence) problems.push(...(done.ok ? done.notices : done.problems));
  }
  problems.push(...tellDesktop(new Set(placed.filter((file) => file.changed).map((file) => file.kind)), places, environment));
  return { status: failed ? OWN_FAILURE_STATUS : 0, output: renderPlaced(placed, "export.written", "export.same"), problems };
}

interface Round {
  readonly invocation: Invocation;
  readonly surroundings: Surroundings;
  readonly places: ExportPlaces;
  readonly manifests: Places;
  readonly ids: readonly string[];
  readonly tsbox: string;
}

async function exportApp(app: string, round: Round): Promise<Result<readonly Placed[]>> {
  const { invocation, surroundings, places, manifests, tsbox } = round;
  const found = findManifest(app, surroundings.workingDirectory, manifests);
  if (!found.ok) return found;
  const { manifest } = found.value;
  const unreachable = reachProblem(manifest, manifests, places);
  if (unreachable !== null) return { ok: false, problems: [unreachable] };
  const from = lastValue(invocation, "from") ?? null;
  const choice = {
    from: from === null ? null : resolve(surroundings.workingDirectory, from),
    autostart: isGiven(invocation, "autostart"),
    shim: isGiven(invocation, "shim"),
    all: isGiven(invocation, "all"),
  };
  const launcher = { tsbox, id: manifest.id };
  const wanted = wantedFiles(manifest, launcher, places, choice, new Set(round.ids.filter((id) => id !== appOf(manifest))));
  if (!wanted.ok) return wanted;
  const addon = surroundings.addon();
  const done = await withRecords(places, addon, (open) => placeFiles(wanted.value, launcher, manifest.file, places, open, addon));
  return done.ok ? { ...done, notices: [...wanted.notices, ...done.notices] } : { ok: false, problems: [...wanted.notices, ...done.problems] };
}

/** For all users count the folders alone that all users read. */
function manifestPlaces(places: Places, { isSystem }: ExportPlaces): Places {
  return isSystem ? { ...places, dataHome: places.dataDirectories[0] ?? "/usr/share" } : places;
}

/** A desktop entry says `tsbox run ID`: a manifest that only its path finds cannot be started so. */
function reachProblem(manifest: Manifest, places: Places, { isSystem }: ExportPlaces): Problem | null {
  if (manifestFiles(places, appOf(manifest)).includes(manifest.file)) return null;
  const key = isSystem ? "export.not-installed-for-all" : "export.not-installed";
  return { ...commandProblem(key, { app: manifest.id, folder: manifestFolders(places)[0] ?? "" }), file: manifest.file };
}
