// `tsbox override --export` and `--import`: overrides as files in a folder, in the format that Flatpak's own have.
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, posix } from "node:path";
import { editOverride, GLOBAL, type Keyfile, layOver, type PermissionLayer, parseAppId, parseKeyfile, parseLayer, readRegularFile } from "../manifest/door.ts";
import type { Problem, Result } from "../manifest/origin.ts";
import { commandProblem, type Outcome, OWN_FAILURE_STATUS, refuse, type Surroundings } from "./command.ts";
import { renderInForce, renderNote } from "./override-output.ts";
import { readPathArgument } from "./path-argument.ts";
import { inForceAfter, keepHistory, type OverrideWork, targetOf } from "./override-work.ts";
import { makeFolders } from "../../native/make-folders.ts";

/** Copies byte for byte. A file that says something else already is never overwritten. */
export function exportOverrides(work: OverrideWork, raw: string): Outcome {
  const { places, id, isSystem, surroundings } = work;
  const folder = pathOf(raw, surroundings);
  const source = posix.dirname(targetOf(places, null, isSystem).file);
  const names = id === null ? overrideNames(source) : [id];
  const lines: string[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const read = readRegularFile(`${source}/${name}`);
    if (read.kind === "absent") lines.push(renderNote("override.export-absent", { file: `${source}/${name}` }));
    else if (read.kind === "refused") problems.push({ ...commandProblem(read.key, { system: read.system }), file: `${source}/${name}` });
    else {
      const problem = copyTo(folder, name, read.bytes);
      if (problem === null) lines.push(renderNote("override.exported", { file: `${folder}/${name}` }));
      else problems.push(problem);
    }
  }
  return { status: problems.length > 0 ? OWN_FAILURE_STATUS : 0, output: lines.join(""), problems };
}

function copyTo(folder: string, name: string, bytes: Uint8Array): Problem | null {
  const file = `${folder}/${name}`;
  try {
    makeFolders(folder, 0o700);
    writeFileSync(file, bytes, { flag: "wx", mode: 0o600 });
    return null;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const there = code === "EEXIST" ? readRegularFile(file) : null;
    if (there?.kind === "read" && Buffer.from(there.bytes).equals(bytes)) return null;
    return { ...commandProblem(code === "EEXIST" ? "override.export-in-the-way" : "override.export-write", { system: code }), file };
  }
}

interface Imported {
  readonly id: string | null;
  readonly keyfile: Keyfile;
  readonly layer: PermissionLayer;
}

/** All are read before one is written: a file that does not parse changes nothing. */
export async function importOverrides(work: OverrideWork, raw: string): Promise<Outcome> {
  const path = pathOf(raw, work.surroundings);
  const files = filesAt(path, work.id);
  if (!files.ok) return refuse(...files.problems);
  const read = files.value.map(([id, file]) => readOne(work, id, file));
  const faults = read.flatMap((one) => (one.ok ? [] : one.problems));
  if (faults.length > 0) return refuse(...faults);
  const lines: string[] = [];
  const problems: Problem[] = read.flatMap((one) => (one.ok ? one.notices : []));
  for (const one of read) {
    if (!one.ok) continue;
    const { id, keyfile, layer } = one.value;
    const target = targetOf(work.places, id, work.isSystem);
    const here = { ...work, id, target };
    // A new file comes as it is, with its comments and with what only Flatpak reads.
    const edit = (now: Keyfile): Keyfile => (now.lines.length === 0 ? { ...keyfile, file: now.file } : layOver(now, layer.entries));
    const edited = await editOverride(target, edit, work.tryLock, keepHistory(here, `--import=${path}`));
    if (!edited.ok) return { status: OWN_FAILURE_STATUS, output: lines.join(""), problems: [...problems, ...edited.problems] };
    const now = inForceAfter(here, layer.entries);
    problems.push(...now.problems);
    lines.push(
      renderNote("override.imported", { file: target.file }),
      renderInForce({ file: target.file, changed: edited.value.changed, inForce: now.inForce }, []),
    );
  }
  return { status: 0, output: lines.join(""), problems };
}

/** Pairs of id (null: all apps) and file. In a folder what bears no id's name is no override. */
function filesAt(path: string, asked: string | null): Result<readonly (readonly [id: string | null, file: string])[]> {
  const fail = (key: string, values: Readonly<Record<string, string>> = {}): Result<never> => ({
    ok: false,
    problems: [{ ...commandProblem(key, values), file: path }],
  });
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return fail("override.import-absent");
  const idOf = (name: string): string | null => (name === GLOBAL ? null : name);
  const isName = (name: string): boolean => name === GLOBAL || parseAppId(name).ok;
  if (!found.isDirectory()) {
    if (asked !== null) return { ok: true, value: [[asked, path]], notices: [] };
    return isName(basename(path)) ? { ok: true, value: [[idOf(basename(path)), path]], notices: [] } : fail("override.import-name");
  }
  const names = overrideNames(path).filter((name) => asked === null || name === asked);
  return names.length === 0 ? fail("override.import-nothing") : { ok: true, value: names.map((name) => [idOf(name), `${path}/${name}`]), notices: [] };
}

function readOne({ places, isSystem }: OverrideWork, id: string | null, file: string): Result<Imported> {
  const read = readRegularFile(file);
  if (read.kind !== "read")
    return { ok: false, problems: [{ ...commandProblem(read.kind === "absent" ? "override.import-absent" : read.key, { system: "" }), file }] };
  const keyfile = parseKeyfile(file, read.bytes);
  if (!keyfile.ok) return keyfile;
  // `ID.ini` reads as an id of its own.
  if (keyfile.value.groups.has("Application")) return { ok: false, problems: [{ ...commandProblem("override.import-manifest", {}), file }] };
  const layer = parseLayer(keyfile.value, targetOf(places, id, isSystem).layer);
  return layer.ok ? { ...layer, value: { id, keyfile: keyfile.value, layer: layer.value } } : layer;
}

/** In order, `global` first. */
function overrideNames(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name === GLOBAL || parseAppId(name).ok);
    return names.sort((one, other) => Number(other === GLOBAL) - Number(one === GLOBAL) || (one < other ? -1 : 1));
  } catch {
    return [];
  }
}

function pathOf(raw: string, { environment, workingDirectory }: Surroundings): string {
  return readPathArgument(raw, workingDirectory, environment.get("HOME") || userInfo().homedir);
}
