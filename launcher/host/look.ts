// One path as lstat sees it.
import { accessSync, constants, lstatSync, readlinkSync } from "node:fs";
import type { PathFact } from "./facts.ts";

/** Who looks: the effective uid and the groups of this process. */
export interface Looker {
  readonly uid: number;
  readonly groups: ReadonlySet<number>;
}

export function thisProcess(): Looker {
  return { uid: process.geteuid?.() ?? -1, groups: new Set(process.getgroups?.() ?? []) };
}

/** Null where nothing is there, where it cannot be reached, and for a fifo, which no plan mounts. */
export function lookAt(path: string, looker: Looker): PathFact | null {
  try {
    const quick = lstatSync(path, { throwIfNoEntry: false });
    if (quick === undefined) return null;
    const type = typeOf(quick.mode);
    if (type === null) return null;
    // A double holds inode numbers up to 2^53 only; file systems with larger ones (overlayfs, some network ones) are asked again.
    const exact = Number.isSafeInteger(quick.ino) && Number.isSafeInteger(quick.dev) ? quick : lstatSync(path, { bigint: true });
    return {
      path,
      type,
      dev: BigInt(exact.dev),
      ino: BigInt(exact.ino),
      mode: quick.mode & 0o7777,
      uid: quick.uid,
      target: type === "symlink" ? readlinkSync(path) : null,
      writable: type !== "symlink" && isWritable(path, quick, looker),
    };
  } catch {
    // Unreachable for us (EACCES, ELOOP, EIO …) is absent: what we cannot see we cannot give.
    return null;
  }
}

/** The permission bits decide where they can; only where another group's bit or an access list might matter the kernel is asked, as a refusal costs an exception. */
function isWritable(path: string, stat: { mode: number; uid: number; gid: number }, { uid, groups }: Looker): boolean {
  if (uid === 0) return true;
  if (stat.uid === uid) return (stat.mode & 0o200) !== 0;
  if ((stat.mode & 0o022) === 0) return false;
  if ((stat.mode & 0o002) !== 0 && !groups.has(stat.gid)) return true;
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const TYPES: ReadonlyMap<number, PathFact["type"]> = new Map([
  [constants.S_IFDIR, "directory"],
  [constants.S_IFREG, "file"],
  [constants.S_IFLNK, "symlink"],
  [constants.S_IFCHR, "character"],
  [constants.S_IFBLK, "block"],
  [constants.S_IFSOCK, "socket"],
]);

/** A fifo is of no type that a plan mounts and counts as absent. */
function typeOf(mode: number): PathFact["type"] | null {
  return TYPES.get(mode & constants.S_IFMT) ?? null;
}

/** Whether `lookAt` would say the same again. Makes no fact: a warm start asks this of every path. */
export function isAsSeen(path: string, known: PathFact | null, looker: Looker): boolean {
  if (known !== null && !Number.isSafeInteger(Number(known.ino))) return isSameFact(known, lookAt(path, looker));
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const type = stat === undefined ? null : typeOf(stat.mode);
    if (stat === undefined || type === null || known === null) return type === null && known === null;
    if (type !== known.type || stat.ino !== Number(known.ino) || stat.dev !== Number(known.dev)) return false;
    if (stat.uid !== known.uid || (stat.mode & 0o7777) !== known.mode) return false;
    return type === "symlink" ? readlinkSync(path) === known.target : isWritable(path, stat, looker) === known.writable;
  } catch {
    return known === null;
  }
}

function isSameFact(one: PathFact, other: PathFact | null): boolean {
  if (other === null || one.type !== other.type || one.dev !== other.dev || one.ino !== other.ino) return false;
  return one.mode === other.mode && one.uid === other.uid && one.target === other.target && one.writable === other.writable;
}
