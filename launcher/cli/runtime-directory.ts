// Where the broker and the instances of a caller are, as a command that only looks may know it.
import { existsSync, lstatSync } from "node:fs";

/** The same choice as the front's, but nothing is made: where there is no directory, nothing runs. Null: there is one that is not the caller's own. */
export function findRuntimeDirectory(named: string | undefined): string | null {
  const uid = process.geteuid?.() ?? -1;
  if (named !== undefined && named !== "") return isPrivate(named, uid) ? named : null;
  const usual = `/run/user/${uid}`;
  if (existsSync(usual) && isPrivate(usual, uid)) return usual;
  const fallback = `/tmp/tsbox-${uid}`;
  return !existsSync(fallback) || isPrivate(fallback, uid) ? fallback : null;
}

function isPrivate(path: string, uid: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o077) === 0;
}
