// Makes a folder with those above it that are missing. Node's own way of doing so (`recursive`) never ends below /proc, and tells "no such file" on a read-only file system.
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** `mode`: of each that is made, before the umask. A folder that is there, or a link to one, is left as it is. Throws what the system says of the first one that cannot be made. */
export function makeFolders(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isFolder(path)) return;
    const above = dirname(path);
    // What is there already does not take one, or is a link that leads nowhere.
    if (code !== "ENOENT" || above === path || lstatSync(above, { throwIfNoEntry: false }) !== undefined) throw error;
    makeFolders(above, mode);
  }
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
