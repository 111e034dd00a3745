// What ldconfig(8) would find in a sandbox, without running a program of it: the folders that its ld.so.conf names, and the libraries in them.
// Deliberately missing: the subfolders of `glibc-hwcaps`, which hold faster twins of libraries that lie in the folder itself.
import { readText } from "../read.ts";
import { type CacheEntry, encodeLinkerCache, linkerFlags } from "./cache-file.ts";
import { readElf } from "./elf.ts";
import type { SandboxTree } from "./sandbox-tree.ts";

const LIBRARY = /^(lib.*|ld-.*|ld.*)\.so(\..*)?$/;
const TRIPLETS = ["x86_64-linux-gnu", "aarch64-linux-gnu", "i386-linux-gnu"] as const;
/** Searched last, as built into the linkers of distributions. */
const DEFAULT_FOLDERS: readonly string[] = [
  ...TRIPLETS.flatMap((triplet) => [`/lib/${triplet}`, `/usr/lib/${triplet}`]),
  ...["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32"],
];
const MOST_INCLUDES = 16;
/** Patterns of all files together. */
const MOST_PATTERNS = 500;
const MOST_LIBRARIES = 20_000;

/** The file for `/etc/ld.so.cache`. `conf`: text of the ld.so.conf; `texts`: further files by their paths inside that are not in the tree. */
export function makeLinkerCache(tree: SandboxTree, conf: string, texts: ReadonlyMap<string, string>): Uint8Array {
  return encodeLinkerCache(findLibraries(tree, [...foldersOf({ tree, texts, patterns: new Set(), files: new Set() }, conf, 0), ...DEFAULT_FOLDERS]));
}

function findLibraries(tree: SandboxTree, folders: readonly string[]): readonly CacheEntry[] {
  const seen = new Set<string>();
  const entries = new Map<string, CacheEntry>();
  for (const folder of folders) {
    const place = tree.locate(folder);
    if (place === null || place.fact.type !== "directory") continue;
    // One folder under two names counts once, under the first.
    const key = `${place.fact.dev}:${place.fact.ino}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const entry of librariesIn(tree, folder)) {
      const name = `${entry.name}\0${entry.flags}`;
      if (!entries.has(name) && entries.size < MOST_LIBRARIES) entries.set(name, entry);
    }
  }
  return [...entries.values()];
}

/** As ldconfig: a file counts under its own name (DT_SONAME), a link under the link's. */
function librariesIn(tree: SandboxTree, folder: string): readonly CacheEntry[] {
  const names = tree.list(folder).filter((name) => LIBRARY.test(name));
  const there = new Set(names);
  return names.flatMap((name) => {
    const path = `${folder}/${name}`;
    const place = tree.locate(path);
    const elf = place?.fact.type === "file" ? readElf(place.host) : null;
    const flags = elf === null ? null : linkerFlags(elf.machine, elf.bits);
    if (place === null || elf === null || flags === null) return [];
    const isLink = !place.inside.endsWith(`/${name}`);
    const own = isLink ? name : (elf.soname ?? name);
    return [{ name: own, path: there.has(own) ? `${folder}/${own}` : path, flags }];
  });
}

interface Reading {
  readonly tree: SandboxTree;
  readonly texts: ReadonlyMap<string, string>;
  /** What was followed: a second time adds no folder that is not there, and files that name each other twice would never end. */
  readonly patterns: Set<string>;
  readonly files: Set<string>;
}

/** The lines of an ld.so.conf: folders, and `include` with patterns in the last component. */
function foldersOf(reading: Reading, conf: string, depth: number): readonly string[] {
  if (depth > MOST_INCLUDES) return [];
  return conf.split("\n").flatMap((raw) => {
    const line = (raw.split("#")[0] ?? "").trim();
    if (line === "" || line.startsWith("hwcap")) return [];
    const include = /^include\s+(.*)$/.exec(line);
    if (include === null)
      return line
        .split(/[:,\s]+/)
        .map((word) => word.split("=")[0] ?? "")
        .filter((word) => word.startsWith("/"));
    return (include[1] ?? "").split(/\s+/).flatMap((pattern) => {
      const path = pattern.startsWith("/") ? pattern : `/etc/${pattern}`;
      if (reading.patterns.has(path) || reading.patterns.size >= MOST_PATTERNS) return [];
      reading.patterns.add(path);
      return matching(reading, path).flatMap((text) => foldersOf(reading, text, depth + 1));
    });
  });
}

function matching({ tree, texts, files }: Reading, pattern: string): readonly string[] {
  const slash = pattern.lastIndexOf("/");
  const folder = pattern.slice(0, slash);
  const last = pattern.slice(slash + 1);
  const given = [...texts].filter(([path]) => path.startsWith(`${folder}/`) && isLike(path.slice(slash + 1), last)).map(([path, text]) => ({ path, text }));
  const found = tree
    .list(folder)
    .filter((name) => isLike(name, last) && !files.has(`${folder}/${name}`))
    .map((name) => ({ path: `${folder}/${name}`, text: textOf(tree, `${folder}/${name}`) }));
  for (const { path } of found) files.add(path);
  return [...given, ...found].sort((one, other) => (one.path < other.path ? -1 : 1)).map(({ text }) => text);
}

/** `*` and `?` as fnmatch(3) takes them; in steps that grow with both lengths only, which a regular expression's may not. */
function isLike(name: string, pattern: string): boolean {
  let [at, of, star, from] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[of] === "*") [star, from] = [of++, at];
    else if (of < pattern.length && (pattern[of] === "?" || pattern[of] === name[at])) [at, of] = [at + 1, of + 1];
    else if (star >= 0) [at, of] = [++from, star + 1];
    else return false;
  }
  return /^\**$/.test(pattern.slice(of));
}

function textOf(tree: SandboxTree, path: string): string {
  const place = tree.locate(path);
  const bytes = place?.fact.type === "file" ? readText(place.host) : null;
  return bytes === null ? "" : new TextDecoder().decode(bytes);
}
