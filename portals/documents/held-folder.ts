// Folders of the host that documents lie in: opened without a link anywhere on the way, held by a descriptor, and known by device and inode.
import type { Addon } from "../../native/addon.ts";
import { constants, readdirSync } from "node:fs";
import { O_PATH, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS } from "../outside/descriptor-path.ts";

const { O_DIRECTORY, O_NOFOLLOW } = constants;
const NO_LINKS = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
const AT_REMOVEDIR = 0x200;
const MAX_DEPTH = 64;

export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function markOf({ dev, ino }: Identity): string {
  return `${dev}:${ino}`;
}

export function identityOf(mark: string): Identity | undefined {
  const [, dev, ino] = /^(\d+):(\d+)$/.exec(mark) ?? [];
  return dev === undefined || ino === undefined ? undefined : { dev: BigInt(dev), ino: BigInt(ino) };
}

/** Throws where a link is on the way, or no folder at the end. The caller closes it. */
export function openFolder(addon: Addon, path: string): number {
  return addon.openat2(-1, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, NO_LINKS);
}

export function folderMark(addon: Addon, path: string): string {
  const fd = openFolder(addon, path);
  try {
    return markOf(addon.fstat(fd));
  } finally {
    addon.close(fd);
  }
}

/**
 * Runs `work` with a way into each of the folders that leads through its descriptor, whatever anybody puts in its place meanwhile.
 * Throws where the path means another folder than `mark` says.
 */
export function inFolders<T>(addon: Addon, folders: readonly { readonly path: string; readonly mark: string }[], work: (ways: readonly string[]) => T): T {
  const held: number[] = [];
  try {
    for (const { path, mark } of folders) {
      const fd = openFolder(addon, path);
      held.push(fd);
      if (markOf(addon.fstat(fd)) !== mark) throw new RangeError("another folder lies there now");
    }
    return work(held.map((fd) => `/proc/self/fd/${fd}`));
  } finally {
    for (const fd of held) addon.close(fd);
  }
}

/** Takes a tree away that an app may be writing in: each folder is held before it is emptied, and no link is followed. */
export function removeTree(addon: Addon, parent: number, name: string, depth = 0): void {
  try {
    addon.unlinkat(parent, name, 0);
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return;
    if ((code !== "EISDIR" && code !== "EPERM") || depth >= MAX_DEPTH) throw error;
  }
  const folder = addon.openat2(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, NO_LINKS);
  try {
    for (const entry of readdirSync(`/proc/self/fd/${folder}`)) removeTree(addon, folder, entry, depth + 1);
  } finally {
    addon.close(folder);
  }
  addon.unlinkat(parent, name, AT_REMOVEDIR);
}
