// Whose a folder is. Root in another user's home (`sudo -E`, `su`) would leave files there that are root's.
import { lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Whether the path, or what there is of the way to it, is the caller's own. */
export function isOwnFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found.uid === process.geteuid?.();
  // A link that leads nowhere is followed by nobody.
  return lstatSync(path, { throwIfNoEntry: false }) === undefined && path !== "/" && isOwnFolder(dirname(path));
}
