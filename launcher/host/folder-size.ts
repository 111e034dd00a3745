// How much room a folder takes on the disk. Follows no link, so that nothing outside is counted.
import { namesIn } from "../manifest/door.ts";
import { lstatSync, type Stats } from "node:fs";

/** Unit of st_blocks (stat(2)). */
const BLOCK = 512;

/** Bytes on the disk, a file with several names counted once; null where the folder is not there. What cannot be read counts as nothing. */
export function folderSize(folder: string): number | null {
  const top = look(folder);
  if (top === null) return null;
  const seen = new Set<string>();
  const pending: [path: string, stat: Stats][] = [[folder, top]];
  let bytes = 0;
  while (pending.length > 0) {
    const [path, stat] = pending.pop() as [string, Stats];
    const identity = `${stat.dev}:${stat.ino}`;
    if (stat.nlink > 1 && !stat.isDirectory() && seen.has(identity)) continue;
    seen.add(identity);
    bytes += stat.blocks * BLOCK;
    if (stat.isDirectory()) for (const name of namesIn(path)) push(pending, `${path}/${name}`);
  }
  return bytes;
}

function push(pending: [path: string, stat: Stats][], path: string): void {
  const stat = look(path);
  if (stat !== null) pending.push([path, stat]);
}

function look(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
