// Finds and reads the manifest that an argument of the command line means.
import { namesIn } from "./folder-names.ts";
import { lstatSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { holdBack } from "./accepted.ts";
import { type AppArgument, type Candidate, manifestFiles, parseAppArgument, startsProgram } from "./find.ts";
import type { Manifest } from "./manifest.ts";
import type { Problem, Result } from "./origin.ts";
import { parseManifest } from "./parse-manifest.ts";
import { findInstalledApp, installedIds, isInstalledByFlatpak } from "./flatpak/find-app.ts";
import { asInstance, splitInstanceId } from "./named-instance.ts";
import { nearestWord } from "./nearest.ts";
import { manifestFolders, type Places } from "./places.ts";
import { type AppSource, readChosenSource } from "./source-choice.ts";
import { errorAt, failure, NO_PLACE, success } from "./problem.ts";
import { isProgramFile, readRegularFile } from "./regular-file.ts";

export interface FoundManifest {
  readonly manifest: Manifest;
  /** Another file that serves the id of this one, which runs beside it as an instance of its own; null where there is none. */
  readonly beside: string | null;
  /** Every place that was looked at, in order. */
  readonly candidates: readonly Candidate[];
}

/**
 * `raw` is an id, a path with a slash in it, or the name of a program that just one manifest starts. A manifest that asks for more than the user accepted is given
 * as it was accepted, with a notice for each thing that is held back.
 */
export function findManifest(raw: string, cwd: string, places: Places, source: SourceChoice = "first", instance: string | null = null): Result<FoundManifest> {
  const found = findManifestAsWritten(raw, cwd, places, source, instance);
  if (!found.ok || !manifestFolders(places).includes(dirname(found.value.manifest.file))) return found;
  const held = holdBack(found.value.manifest, places);
  return held.ok ? { ok: true, value: { ...found.value, manifest: held.value }, notices: [...found.notices, ...held.notices] } : held;
}

/** The same with all that it asks for. `raw` may be the id of a named instance; `instance` names one of whatever `raw` is. */
export function findManifestAsWritten(
  raw: string,
  cwd: string,
  places: Places,
  source: SourceChoice = "first",
  instance: string | null = null,
): Result<FoundManifest> {
  const argument = parseAppArgument(raw, cwd);
  const named = argument.kind === "id" ? splitInstanceId(argument.id) : null;
  if (named !== null && instance !== null && named.name !== instance) return failure(errorAt(NO_PLACE, "instance.two-names", { app: raw, name: instance }));
  const foreign = named === null ? null : refuseFlatpaks(raw, places);
  if (foreign !== null) return foreign;
  const name = named?.name ?? instance;
  const found = findApp(named === null ? argument : { kind: "id", id: named.app }, { raw, places, source, name });
  if (!found.ok && found.problems.some(({ key }) => key.startsWith("find.unknown-")) && isFileBySlash(raw, cwd))
    return failure(errorAt(NO_PLACE, "find.slash", { file: raw }));
  if (!found.ok || name === null) return found;
  const manifest = asInstance(found.value.manifest, name);
  if (!manifest.ok) return manifest;
  return refuseFlatpaks(manifest.value.id, places) ?? { ...found, value: { ...found.value, manifest: manifest.value } };
}

/** A manifest that lies here, named without the slash that makes a word a file. */
function isFileBySlash(raw: string, cwd: string): boolean {
  return !raw.includes("/") && raw.endsWith(".ini") && exists(`${cwd}/${raw}`);
}

/** Flatpak allows ids with the mark of instances in them: an app of such an id has the data folder, the name and the consents that the instance would get. */
function refuseFlatpaks(id: string, places: Places): Result<FoundManifest> | null {
  return isInstalledByFlatpak(places.flatpak, id) ? failure(errorAt(NO_PLACE, "instance.of-flatpak", { app: id })) : null;
}

interface Sought {
  readonly raw: string;
  readonly places: Places;
  readonly source: SourceChoice;
  /** Of the instance. */
  readonly name: string | null;
}

function findApp(argument: AppArgument, { raw, places, source, name }: Sought): Result<FoundManifest> {
  if (argument.kind === "file") return findByFile(argument.path, raw, places, name !== null);
  if (argument.kind === "id") return findById(argument.id, places, source, name);
  if (argument.kind === "program") return findByProgram(argument.name, places, source);
  return failure(errorAt(NO_PLACE, "find.neither", { app: raw }));
}

/** Of an id that both a manifest of tsbox's and Flatpak's app have. `first`: what was chosen before, else the manifest; `ask`: what was chosen before, else none. */
export type SourceChoice = AppSource | "first" | "ask";

function findById(id: string, places: Places, source: SourceChoice, instance: string | null = null): Result<FoundManifest> {
  const all = manifestFiles(places, id);
  const own = all.find(exists);
  const isBoth = own !== undefined && isInstalledByFlatpak(places.flatpak, id);
  const wanted = source === "first" || source === "ask" ? (isBoth ? chosenSource(places, id, instance) : null) : source;
  if (isBoth && source === "ask" && wanted === null) return failure(errorAt(NO_PLACE, "find.two-sources", { id, file: own }));
  const files = wanted === "flatpak" ? [] : all;
  for (const [index, file] of files.entries()) {
    const read = readManifest(file, id);
    if (read === "absent") continue;
    if (!read.ok) return read;
    const candidates = files.map(
      (other, at): Candidate => ({ file: other, state: at === index ? "taken" : at < index || !exists(other) ? "absent" : "shadowed" }),
    );
    return { ...read, value: { manifest: read.value, beside: null, candidates } };
  }
  const installed = wanted === "host" ? "absent" : findInstalledApp(places.flatpak, id);
  if (installed !== "absent") {
    if (!installed.ok) return installed;
    const shadowed = all.filter(exists).map((file): Candidate => ({ file, state: "shadowed" }));
    return { ...installed, value: { manifest: installed.value, beside: null, candidates: [...shadowed, { file: installed.value.file, state: "taken" }] } };
  }
  const nearest = nearestWord(id, listIds(places));
  const values = { app: id, folders: manifestFolders(places).join(", ") };
  return failure(nearest === null ? errorAt(NO_PLACE, "find.unknown-app", values) : errorAt(NO_PLACE, "find.unknown-app-nearest", { ...values, nearest }));
}

/** An instance's own choice counts before its app's: two versions of one app run side by side so. */
function chosenSource(places: Places, id: string, instance: string | null): AppSource | null {
  return (instance === null ? null : readChosenSource(places, `${id}--${instance}`)) ?? readChosenSource(places, id);
}

/** `isApart`: as an instance of its own it may have the id of another app, whose data and names it does not get. */
function findByFile(path: string, raw: string, places: Places, isApart: boolean): Result<FoundManifest> {
  const read = readManifest(path, null);
  if (read === "absent") return failure(errorAt(NO_PLACE, "find.no-file", { file: raw }));
  if (!read.ok) return isProgramFile(path) ? failure(errorAt(NO_PLACE, "find.program-file", { file: raw })) : read;
  const { id } = read.value;
  const files = manifestFiles(places, id);
  const other = files.find((file) => exists(file) && !isSameFile(file, path));
  const installed = other === undefined ? findInstalledApp(places.flatpak, id) : "absent";
  const beside = other ?? (installed !== "absent" && installed.ok ? installed.value.file : null);
  if (beside !== null && !isApart) return failure(errorAt({ file: path, line: 0, column: 0 }, "find.id-taken", { id, other: beside, file: raw }));
  return { ...read, value: { manifest: read.value, beside, candidates: [{ file: path, state: "taken" }] } };
}

function findByProgram(name: string, places: Places, source: SourceChoice): Result<FoundManifest> {
  const found = new Map<string, FoundManifest>();
  const programs = new Set<string>();
  const ids = listIds(places);
  for (const id of ids) {
    const one = findById(id, places, source);
    if (!one.ok || one.value.manifest.command === null) continue;
    const command = one.value.manifest.command.value;
    programs.add(command.split("/").at(-1) ?? command);
    if (startsProgram(command, name)) found.set(id, one.value);
  }
  const [first] = found.values();
  if (first === undefined) {
    // `firefox` is started as `firefox-esr` here: what the id says of it is nearer than any program.
    const nearest = ids.find((id) => id.toLowerCase().endsWith(`.${name.toLowerCase()}`)) ?? nearestWord(name, programs);
    const values = { name, folders: manifestFolders(places).join(", ") };
    return failure(errorAt(NO_PLACE, nearest === null ? "find.unknown-program" : "find.unknown-program-nearest", { ...values, nearest: nearest ?? "" }));
  }
  if (found.size > 1) return failure(errorAt(NO_PLACE, "find.several", { name, ids: [...found.keys()].sort().join(", ") }));
  return success(first);
}

/** Ids of all manifests in the folders, by their file names, and of Flatpak's apps. */
export function listIds(places: Places): readonly string[] {
  const ids = manifestFolders(places).flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith(".ini"))
      .map((name) => name.slice(0, -".ini".length)),
  );
  return [...new Set([...ids, ...installedIds(places.flatpak)])].sort();
}

/** Reads one manifest; `expectedId` where its file name promises one. */
export function readManifest(file: string, expectedId: string | null = null, from: "tsbox" | "flatpak" = "tsbox"): Result<Manifest> | "absent" {
  const read = readRegularFile(file);
  if (read.kind === "absent") return "absent";
  if (read.kind === "refused") return failure(fileProblem(file, read.key, read.system));
  const parsed = parseManifest({ file, bytes: read.bytes, from, expectedId, programFolder: null });
  if (!parsed.ok) return parsed;
  const folder = `${dirname(file)}/${parsed.value.id}`;
  const kind = kindOf(folder);
  // Unpacked beside a manifest a link could give the app any folder of the user as its program, and no permission would show it.
  if (kind === "link") return failure(errorAt({ file, line: 0, column: 0 }, "find.program-link", { folder }));
  return { ...parsed, value: { ...parsed.value, programFolder: kind === "folder" ? folder : null } };
}

function fileProblem(file: string, key: string, system: string): Problem {
  return errorAt({ file, line: 0, column: 0 }, key, { system });
}

function kindOf(path: string): "folder" | "link" | null {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found === undefined ? null : found.isSymbolicLink() ? "link" : found.isDirectory() ? "folder" : null;
  } catch {
    return null;
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function isSameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
