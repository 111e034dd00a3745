// What is left beside a file when both sides changed it at once: the older version, under a name of ours. INVARIANT: not without end, as an app brings it about by writing.
import { readdirSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";

/** Of one file; the newest are kept. */
const MAX_CONFLICTS = 5;

/** Milliseconds since 1970, so that names sort by age. */
export function conflictName(path: string, now: number): string {
  return `${path}.conflict-${now}`;
}

/** Takes the oldest away. `path` is the file's, in a folder that is held. */
export function forgetOldConflicts(path: string): void {
  const stem = `${basename(path)}.conflict-`;
  const own = readdirSync(dirname(path))
    .filter((name) => name.startsWith(stem) && /^\d{13}$/.test(name.slice(stem.length)))
    .sort();
  for (const name of own.slice(0, Math.max(0, own.length - MAX_CONFLICTS))) unlinkSync(`${dirname(path)}/${name}`);
}
