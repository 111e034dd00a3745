// Settings that a program has outside, brought into its app's data: a copy of them, which can be taken back. What lies outside is read and nothing else.
import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Addon } from "../../native/addon.ts";
import { folderMark, inFolders } from "../../portals/kept.ts";
import { type Caller, prepareHost } from "../host/door.ts";
import { errorAt, failure, type Manifest, NO_PLACE, type Result, success, wordsOf } from "../manifest/door.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface Adoptable {
  /** As the manifest says it. */
  readonly path: string;
  /** Absolute, on the host. */
  readonly from: string;
  /** Absolute, in the app's own folder. */
  readonly to: string;
  /** Absolute, where the program looks for it inside. */
  readonly seen: string;
}

/** What was decided, and what to do to take it back. */
export interface Adopted {
  readonly way: "copy" | "share" | "none";
  readonly items: readonly (Adoptable & { /** Where lies what the app had there before; null where it had nothing. */ readonly aside: string | null })[];
}

/** What the manifest names and this user has: `refused` says why something of it is not offered. */
export function findAdoptable(
  { layer }: Pick<Manifest, "layer">,
  caller: Caller,
  folder: string,
  guarded: readonly string[],
): { readonly found: readonly Adoptable[]; readonly refused: readonly (Adoptable & { readonly key: string })[] } {
  const all = layer.entries.flatMap((entry) => (entry.kind === "adopt" ? [placed(entry.path, caller, folder)] : []));
  const there = all.filter(({ from }) => lstatSync(from, { throwIfNoEntry: false }) !== undefined);
  const checked = there.map((one) => ({ ...one, key: whyNot(one.from, caller.home, guarded) }));
  return { found: checked.filter(({ key }) => key === null), refused: checked.flatMap((one) => (one.key === null ? [] : [{ ...one, key: one.key }])) };
}

/** Where a program looks for it inside: the app's own folders of the XDG specification, and for all else what `persistent=` shows in the home. */
function placed(path: string, caller: Caller, folder: string): Adoptable {
  const bases = [
    ["~/.config/", caller.configHome, "config"],
    ["~/.local/share/", caller.dataHome, "data"],
    ["~/.local/state/", caller.stateHome, ".local/state"],
    ["~/", caller.home, "."],
  ] as const;
  const [prefix, base, own] = bases.find(([start]) => path.startsWith(start)) as (typeof bases)[number];
  const rest = path.slice(prefix.length);
  const from = `${base}/${rest}`;
  if (own === ".") return { path, from, to: `${folder}/${rest}`, seen: from };
  return { path, from, to: `${folder}/${own}/${rest}`, seen: `${folder}/${own}/${rest}` };
}

/** INVARIANT: no link on the way, which another app could have put there; nothing that is guarded, or has something guarded in it. */
function whyNot(from: string, home: string, guarded: readonly string[]): string | null {
  const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
  if (guarded.some((place) => isWithin(from, place) || isWithin(place, from))) return "data.adopt-guarded";
  for (let path = from; path.length > home.length; path = dirname(path)) {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) return "data.adopt-link";
    if (!found.isDirectory() && !(path === from && found.isFile())) return "data.adopt-kind";
  }
  return null;
}

/**
 * Copies one into its place; what the app had there goes to `aside`. Both folders are held, so that no link leads the copy elsewhere.
 * INVARIANT: it is copied beside the apps' folders first, where no app can put anything: a name in the app's own folder may be a link of the app's.
 */
export function adoptCopy(addon: Addon, { from, to }: Adoptable, folder: string, aside: string): Result<{ readonly aside: string | null }> {
  const made = makeParent(addon, to, folder);
  if (!made.ok) return made;
  const young = mkdtempSync(`${dirname(folder)}/.adopt-`);
  try {
    return inFolders(addon, [held(addon, dirname(from)), held(addon, dirname(to))], ([source, target]) => {
      const ran = copyOut(source as string, basename(from), `${young}/data`);
      if (ran !== null) return failure(errorAt(NO_PLACE, "data.not-copied", { folder: from, system: ran }));
      const had = setAside(`${target}/${basename(to)}`, aside);
      renameSync(`${young}/data`, `${target}/${basename(to)}`);
      return success({ aside: had });
    });
  } catch (error) {
    return failure(errorAt(NO_PLACE, "data.not-copied", { folder: from, system: wordsOf(error as NodeJS.ErrnoException) }));
  } finally {
    rmSync(young, { recursive: true, force: true });
  }
}

/** What was adopted is set aside, since the app went on with it; what was there before is back. */
export function undoCopy(addon: Addon, { to, aside }: Adopted["items"][number], kept: string): Result<null> {
  try {
    if (lstatSync(dirname(to), { throwIfNoEntry: false }) === undefined) return success(null);
    return inFolders(addon, [held(addon, dirname(to))], ([target]) => {
      setAside(`${target}/${basename(to)}`, kept);
      if (aside !== null && lstatSync(aside, { throwIfNoEntry: false }) !== undefined) renameSync(aside, `${target}/${basename(to)}`);
      return success(null);
    });
  } catch (error) {
    return failure(errorAt(NO_PLACE, "data.not-moved", { folder: to, aside: kept, system: wordsOf(error as NodeJS.ErrnoException) }));
  }
}

function held(addon: Addon, path: string): { readonly path: string; readonly mark: string } {
  return { path, mark: folderMark(addon, path) };
}

function makeParent(addon: Addon, to: string, folder: string): Result<null> {
  const because = { reason: "settings from outside are put into it", origin: null };
  const own = { kind: "directory", target: null, mode: 0o700, because, failure: "stop" } as const;
  const wanted = [{ ...own, path: folder, beneath: null }, ...(dirname(to) === folder ? [] : [{ ...own, path: dirname(to), beneath: folder }])];
  return prepareHost(wanted, () => addon);
}

function setAside(path: string, aside: string): string | null {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  makeFolders(dirname(aside), 0o700);
  renameSync(path, aside);
  return aside;
}

/** `source` ends in the number of a descriptor. --archive neither follows links nor opens pipes. Null where all went well. */
function copyOut(source: string, name: string, to: string): string | null {
  const ran = spawnSync("/usr/bin/cp", ["--archive", "--reflink=auto", "--no-target-directory", "--", `/proc/self/fd/3/${name}`, to], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "ignore", "pipe", Number(basename(source))],
  });
  return ran.status === 0 ? null : (ran.error?.message ?? ran.stderr.trim().split("\n").at(-1) ?? "");
}
