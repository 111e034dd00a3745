// Drafts from a program of this host: its desktop entry, its libraries, the names that it owns on the bus. Reads; nothing is started.
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { entriesOfProgram, type HostFile, listHostFiles, programOf, splitCommand, textOf } from "../export/door.ts";
import { readElf } from "../host/door.ts";
import { type AppId, isWellKnownName, parseAppId, refuseDesktopName } from "../manifest/door.ts";
import type { Draft, DraftLine } from "./draft.ts";
import { foldersOfTypes } from "./files-of-types.ts";
import { LIBRARY_HINTS, WEAK_NETWORK } from "./libraries.ts";
import { placesOfProgram } from "./program-folder.ts";

export interface ProgramPlaces {
  /** Folders of `PATH`. */
  readonly path: readonly string[];
  /** Folders of desktop entries, and of services of the session bus. */
  readonly applications: readonly string[];
  readonly services: readonly string[];
  /** Null where there is none. */
  readonly home: string | null;
}

/** Largest file that is searched for names. */
const SEARCHED_BYTES = 64 * 1024 * 1024;
const DEEPEST_LIBRARIES = 3;
const LIBRARY_FOLDERS = ["x86_64-linux-gnu", "aarch64-linux-gnu", ""].flatMap((folder) =>
  ["/usr/lib", "/lib", "/usr/lib64"].map((stem) => (folder === "" ? stem : `${stem}/${folder}`)),
);

/** `raw`: a program's name or path, or a desktop entry. `wanted`: the id that the user chose. Null where there is no such thing. */
export function draftProgram(raw: string, places: ProgramPlaces, wanted: AppId | null): Draft | null {
  const entries = listHostFiles(places.applications, ".desktop");
  const entry = raw.endsWith(".desktop") ? entries.find(({ path, name }) => path === raw || name === raw) : undefined;
  if (raw.endsWith(".desktop") && entry === undefined) return null;
  const command = entry === undefined ? raw : (programOf(textOf(entry.keyfile, "Desktop Entry", "Exec") ?? "") ?? "");
  const program = findProgram(command, places.path);
  if (program === null) return null;
  const own = entry ?? bestEntry(command, entriesOfProgram(command, entries));
  // Inside, the PATH holds the host's own programs alone.
  const word = /^(?:\/usr)?\/(?:bin|games)\/[^/]+$/.test(program) ? (program.split("/").at(-1) as string) : program;
  const real = realOf(program);
  const owned = ownedNames(real, word, own, places.services);
  const id = wanted ?? chooseId(own, owned, word);
  return {
    id,
    command: word,
    lines: [
      ...placeLines(program, real, places.home),
      ...windowLines(real, own),
      ...libraryLines(real),
      ...entryLines(own),
      ...nameLines(owned, id),
      ...aloneLines(word, id, own),
    ],
  };
}

/** A program may have entries for its parts: the one that is in the menu and named after it comes first. */
function bestEntry(command: string, entries: readonly HostFile[]): HostFile | undefined {
  const word = (command.split("/").at(-1) ?? "").toLowerCase();
  const stem = (file: HostFile): string => file.name.replace(/\.desktop$/, "").toLowerCase();
  const rank = (file: HostFile): number =>
    (textOf(file.keyfile, "Desktop Entry", "NoDisplay") === "true" ? 4 : 0) + (stem(file) === word || stem(file).endsWith(`.${word}`) ? 0 : 2);
  return [...entries].sort((one, other) => rank(one) - rank(other) || one.name.length - other.name.length)[0];
}

function findProgram(command: string, path: readonly string[]): string | null {
  if (command.includes("/")) return isExecutable(command) ? command : null;
  const folder = path.find((one) => isExecutable(`${one}/${command}`));
  return folder === undefined || command === "" ? null : `${folder}/${command}`;
}

function isExecutable(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** An id that tsbox takes: the entry's, one that the program owns, else one of this host. */
function chooseId(entry: HostFile | undefined, owned: readonly string[], word: string): AppId {
  const candidates = [
    entry?.name.replace(/\.desktop$/, "") ?? "",
    ...owned,
    `local.tsbox.${word
      .split("/")
      .at(-1)
      ?.replace(/[^A-Za-z0-9_]/g, "_")}`,
  ];
  for (const raw of candidates) {
    const id = parseAppId(raw);
    if (id.ok && refuseDesktopName(id.value).ok) return id.value;
  }
  return "local.tsbox.Program" as AppId;
}

function line(text: string, reason: string, values: Readonly<Record<string, string>>, ...options: string[]): DraftLine {
  return { file: "", line: 0, text, verdict: "expressed", reason, values, options };
}

function placeLines(program: string, real: string, home: string | null): readonly DraftLine[] {
  const folders = placesOfProgram(program, real, home);
  return folders.length === 0 ? [] : [line(real, "draft.lies-there", { path: real }, ...folders.map((folder) => `--filesystem=${folder}`))];
}

/** A script has no libraries that tell of a window; that it is in the menu does. */
function windowLines(program: string, entry: HostFile | undefined): readonly DraftLine[] {
  const isScript = readElf(program) === null;
  const inTerminal = entry !== undefined && textOf(entry.keyfile, "Desktop Entry", "Terminal") === "true";
  if (entry === undefined || inTerminal || !isScript) return [];
  return [line(entry.path, "draft.in-menu", { file: entry.path }, "--socket=wayland", "--socket=fallback-x11", "--share=ipc", "--device=dri")];
}

function libraryLines(program: string): readonly DraftLine[] {
  const direct = readElf(program)?.needed ?? [];
  const names = [...direct, ...furtherLibraries(direct, program)];
  return LIBRARY_HINTS.flatMap(({ library, options }) => {
    const isNetwork = options.includes("--share=network");
    // What a toolkit links for itself says nothing of the program.
    const among = isNetwork || options.some((option) => option.startsWith("--talk-name")) || options.includes("--socket=pulseaudio") ? direct : names;
    const found = among.find((name) => library.test(name) && !(isNetwork && WEAK_NETWORK.test(name)));
    return found === undefined ? [] : [line(found, "draft.links", { library: found }, ...options)];
  });
}

/** Libraries of libraries: a program may reach its toolkit through one of its own. */
function furtherLibraries(direct: readonly string[], program: string): readonly string[] {
  const runPath = (readElf(program)?.runPath ?? []).map((folder) => folder.replace(/\$\{?ORIGIN\}?/, program.slice(0, program.lastIndexOf("/"))));
  const seen = new Set(direct);
  let next = [...direct];
  for (let depth = 0; depth < DEEPEST_LIBRARIES && next.length > 0; depth++) {
    next = next.flatMap((name) => {
      const folder = [...runPath, ...LIBRARY_FOLDERS].find((one) => statSync(`${one}/${name}`, { throwIfNoEntry: false }) !== undefined);
      return folder === undefined ? [] : (readElf(realOf(`${folder}/${name}`))?.needed ?? []);
    });
    next = [...new Set(next)].filter((name) => !seen.has(name));
    for (const name of next) seen.add(name);
  }
  return [...seen].slice(direct.length);
}

function entryLines(entry: HostFile | undefined): readonly DraftLine[] {
  if (entry === undefined) return [];
  const items = (key: string): readonly string[] => (textOf(entry.keyfile, "Desktop Entry", key) ?? "").split(";").filter(Boolean);
  const categories = items("Categories");
  const isNetwork = categories.some((name) =>
    ["Network", "WebBrowser", "Email", "Chat", "InstantMessaging", "P2P", "FileTransfer", "RemoteAccess"].includes(name),
  );
  const isPlayer = categories.some((name) => ["Audio", "AudioVideo", "Video", "Music", "Player", "Game"].includes(name));
  const takesFiles = /%[fFuU]/.test(textOf(entry.keyfile, "Desktop Entry", "Exec") ?? "");
  const value = { file: entry.path };
  return [
    ...(isNetwork ? [line(entry.path, "draft.category-network", value, "--share=network")] : []),
    ...(isPlayer ? [line(entry.path, "draft.category-sound", value, "--socket=pulseaudio")] : []),
    ...(takesFiles ? foldersOfTypes(items("MimeType")).map(({ folder, type }) => line(type, "draft.opens-type", { type }, `--filesystem=${folder}`)) : []),
  ];
}

/** Names of services that start it, and names in it that end in the program's own. */
function ownedNames(program: string, word: string, entry: HostFile | undefined, folders: readonly string[]): readonly string[] {
  const base = (path: string): string => path.split("/").at(-1) ?? "";
  const services = listHostFiles(folders, ".service").flatMap(({ keyfile }) => {
    const name = textOf(keyfile, "D-BUS Service", "Name");
    const started = splitCommand(textOf(keyfile, "D-BUS Service", "Exec") ?? "")?.[0];
    return name !== null && started !== undefined && (base(started) === base(word) || realOf(started) === program) ? [name] : [];
  });
  const stem = entry?.name.replace(/\.desktop$/, "");
  // An entry is named after the name on the bus, where its program has one (Desktop Entry Specification, "File naming").
  const named = stem !== undefined && parseAppId(stem).ok ? [stem] : [];
  const found = [...named, ...services, ...namesInside(program, base(word), stem ?? "")];
  // A name that ends with a hyphen is the beginning of one, with the process' number behind it.
  return [...new Set([...found, ...(found.length === 0 ? nameOfKde(program, base(word)) : [])])].filter((name) => isWellKnownName(name) && !name.endsWith("-"));
}

/** KDBusService makes the name of the organisation's domain, which is KDE's where the program says nothing else, and its own name; where that is refused, a program of one instance ends at once. */
function nameOfKde(program: string, word: string): readonly string[] {
  return (readElf(program)?.needed ?? []).some((library) => /^libKF[56]DBusAddons\.so/.test(library)) ? [`org.kde.${word}`] : [];
}

/** A GApplication's id stands in the program as text, and without the name it does not start. */
function namesInside(program: string, word: string, stem: string): readonly string[] {
  try {
    if (statSync(program).size > SEARCHED_BYTES) return [];
    const text = readFileSync(program, "latin1");
    const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
    const found = [
      ...text.matchAll(
        /(?<![A-Za-z0-9_./-])(?:org|com|net|io|de|dev|eu|ca|xyz|fr|me)\.(?:[A-Za-z][A-Za-z0-9_-]*\.)+[A-Za-z][A-Za-z0-9_-]*(?![A-Za-z0-9_./-])/g,
      ),
    ].map(([name]) => name);
    const last = (name: string): string => name.slice(name.lastIndexOf(".") + 1);
    return [...new Set(found)].filter((name) => name === stem || plain(last(name)) === plain(word) || plain(word).endsWith(plain(last(name)))).slice(0, 4);
  } catch {
    return [];
  }
}

/** What lies below the id is the app's anyway. */
function nameLines(names: readonly string[], id: AppId): readonly DraftLine[] {
  return names.flatMap((name) => {
    // A name that differs by case alone is one of settings, not of the bus.
    if (name.toLowerCase() === id.toLowerCase() || name.startsWith(`${id}.`)) return [];
    const owned = parseAppId(name);
    if (!owned.ok || !refuseDesktopName(owned.value).ok)
      return [{ file: "", line: 0, text: name, verdict: "inexpressible", reason: "draft.desktop-name", values: { name } } as const];
    return [line(name, "draft.owns", { name }, `--own-name=${name}`)];
  });
}

function aloneLines(word: string, id: AppId, entry: HostFile | undefined): readonly DraftLine[] {
  return entry !== undefined ? [] : [{ file: "", line: 0, text: word, verdict: "needless", reason: "draft.no-entry", values: { id } }];
}

/** Folders of a list variable that are there, absolute ones alone. */
export function presentFolders(folders: readonly string[]): readonly string[] {
  return [...new Set(folders)].filter((folder) => {
    try {
      readdirSync(folder);
      return folder.startsWith("/");
    } catch {
      return false;
    }
  });
}
