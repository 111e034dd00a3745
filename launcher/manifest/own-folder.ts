// Whose a folder is, for who is root by `sudo` or `su` and came with a user's variables: what he would write there the user, and each link that an app made there, could turn elsewhere.
import { lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Whether the path, or what there is of the way to it, is the caller's own. */
export function isOwnFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found.uid === process.geteuid?.();
  // A link that leads nowhere is followed by nobody.
  return lstatSync(path, { throwIfNoEntry: false }) === undefined && path !== "/" && isOwnFolder(dirname(path));
}

/** The first folder of the caller's variables that is another user's, where he is root or came by `sudo`; null otherwise. */
export function borrowedFolder(environment: ReadonlyMap<string, string>): string | null {
  if (process.geteuid?.() !== 0 && !environment.has("SUDO_UID")) return null;
  const named = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"].map((name) => environment.get(name) ?? "");
  return named.find((path) => path.startsWith("/") && path !== "/" && !isOwnFolder(path)) ?? null;
}
