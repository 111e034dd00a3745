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
function isWritable(path: string, stat: Owned, looker: Looker): boolean {
  if (needsKernel(stat, looker)) return kernelSaysWritable(path);
  if (looker.uid === 0) return true;
  return stat.uid === looker.uid ? (stat.mode & 0o200) !== 0 : (stat.mode & 0o002) !== 0;
}

interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether mode and owner alone do not say if it can be written. */
export function needsKernel(stat: Owned, { uid, groups }: Looker): boolean {
  if (uid === 0 || stat.uid === uid || (stat.mode & 0o022) === 0) return false;
  return (stat.mode & 0o002) === 0 || groups.has(stat.gid);
}

export function kernelSaysWritable(path: string): boolean {
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
export function typeOf(mode: number): PathFact["type"] | null {
  return TYPES.get(mode & constants.S_IFMT) ?? null;
}
