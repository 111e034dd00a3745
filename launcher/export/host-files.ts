// Reads the host's desktop entries, autostart entries and D-Bus services, and picks those of one app.
import { readdirSync, realpathSync } from "node:fs";
import { appOf, decodeBoolean, decodeLeniently, entryOf, type Keyfile, type Manifest, parseKeyfile, type Problem, readRegularFile } from "../manifest/door.ts";
import { isSameProgram, programOf } from "./program.ts";
import { hashOf } from "./records.ts";
import { ENTRY_GROUP, MARK, SERVICE_GROUP } from "./rewrite-entry.ts";

/** One file of the host, as it is now. */
export interface HostFile {
  /** Its name in the folder: for an entry its desktop file id, with `-` for each `/`. */
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly keyfile: Keyfile;
}

const MAX_DEPTH = 4;

export function readHostFile(path: string, name: string): HostFile | readonly Problem[] | "absent" {
  const read = readRegularFile(path);
  if (read.kind === "absent") return "absent";
  if (read.kind === "refused") return [{ key: read.key, file: path, line: 0, column: 0, values: { system: read.system }, severity: "error" }];
  const parsed = parseKeyfile(path, read.bytes);
  return parsed.ok ? { name, path, sha256: hashOf(read.bytes), keyfile: parsed.value } : parsed.problems;
}

/** What lies in the folders, the first of a name wins. What a launcher could not read either is passed over, and so is what tsbox or Flatpak exported. */
export function listHostFiles(folders: readonly string[], extension: ".desktop" | ".service"): readonly HostFile[] {
  const found = new Map<string, HostFile>();
  for (const folder of folders) {
    for (const path of filesBelow(folder, "", extension === ".desktop" ? MAX_DEPTH : 1)) {
      const name = path.replaceAll("/", "-");
      if (!name.endsWith(extension) || found.has(name)) continue;
      const file = readHostFile(`${folder}/${path}`, name);
      if (file !== "absent" && "keyfile" in file && !isExported(file)) found.set(name, file);
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function isExported({ keyfile }: HostFile): boolean {
  return [ENTRY_GROUP, SERVICE_GROUP].some((group) => entryOf(keyfile, group, MARK) !== null || entryOf(keyfile, group, "X-Flatpak") !== null);
}

/**
 * Entries of an app: of its id (`ID.desktop`, `ID.more.desktop`, `ID-more.desktop`), or such as start the program of its manifest. An entry that bears the id of
 * another app (`otherIds`) is never this one's.
 */
export function entriesOf(manifest: Manifest, files: readonly HostFile[], otherIds: ReadonlySet<string>): readonly HostFile[] {
  const id = appOf(manifest);
  return files.filter(({ name, keyfile }) => {
    if (textOf(keyfile, ENTRY_GROUP, "Type") !== "Application" || isSet(keyfile, "Hidden")) return false;
    return bearsId({ name }, id) || (!otherIds.has(name.replace(/\.desktop$/, "")) && startsProgram(keyfile, ENTRY_GROUP, manifest));
  });
}

/** Entries that start the program of a manifest and bear the id of another app: never this one's. */
export function entriesOfOthers(manifest: Manifest, files: readonly HostFile[], otherIds: ReadonlySet<string>): readonly HostFile[] {
  return files.filter(({ name, keyfile }) => otherIds.has(name.replace(/\.desktop$/, "")) && startsProgram(keyfile, ENTRY_GROUP, manifest));
}

/** Whether a file's line starts the program of the manifest. */
export function startsProgram(keyfile: Keyfile, group: string, { command }: Pick<Manifest, "command">): boolean {
  const program = command === null ? null : programOf(command.value.replace(/[\\"'\s#]/g, "\\$&"));
  const started = programOf(textOf(keyfile, group, "Exec") ?? "");
  return program !== null && started !== null && isSameProgram(program, started, realPathOf);
}

/** `ID.desktop`, `ID.more.desktop`, `ID-more.desktop`. */
export function bearsId({ name }: Pick<HostFile, "name">, id: string): boolean {
  const stem = name.replace(/\.desktop$/, "");
  return stem === id || stem.startsWith(`${id}.`) || stem.startsWith(`${id}-`);
}

/** Entries that start a program, whatever they are called. */
export function entriesOfProgram(command: string, files: readonly HostFile[]): readonly HostFile[] {
  return files.filter(({ keyfile }) => {
    if (textOf(keyfile, ENTRY_GROUP, "Type") !== "Application" || isSet(keyfile, "Hidden")) return false;
    const started = programOf(textOf(keyfile, ENTRY_GROUP, "Exec") ?? "");
    return started !== null && isSameProgram(command, started, realPathOf);
  });
}

/** As desktops read it: they do not ask whether an escape was none. */
export function textOf(keyfile: Keyfile, group: string, key: string): string | null {
  const entry = entryOf(keyfile, group, key);
  return entry === null ? null : decodeLeniently(entry).value.trimEnd();
}

export function isSet(keyfile: Keyfile, key: string): boolean {
  const entry = entryOf(keyfile, ENTRY_GROUP, key);
  const decoded = entry === null ? null : decodeBoolean(entry);
  return decoded?.ok === true && decoded.value;
}

function realPathOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function filesBelow(folder: string, beneath: string, depth: number): readonly string[] {
  if (depth === 0) return [];
  try {
    return readdirSync(`${folder}/${beneath}`, { withFileTypes: true }).flatMap((entry) => {
      const path = `${beneath}${entry.name}`;
      return entry.isDirectory() ? filesBelow(folder, `${path}/`, depth - 1) : [path];
    });
  } catch {
    // A folder that is not there, or is closed to us, is one whose entries no launcher shows.
    return [];
  }
}
