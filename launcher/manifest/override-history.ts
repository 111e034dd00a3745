// What was changed in one override, newest last: for `override --history` and `--undo`. Kept where no app can write, beside the accepted manifests.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { OverrideTarget } from "./override-write.ts";
import type { Places } from "./places.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface OverrideChange {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The options of the command, as typed. */
  readonly change: string;
  /** The whole file; null where there was none. */
  readonly before: string | null;
  readonly after: string | null;
}

const MOST_CHANGES = 50;
/** The administrator's is not in somebody's home. */
const SYSTEM_STATE = "/var/lib/tsbox";

export function historyFile(places: Places, target: OverrideTarget): string {
  return `${target.isSystem ? SYSTEM_STATE : places.state}/history/${basename(target.file)}.json`;
}

/** Empty where none was kept or what was kept cannot be read: it is no part of what is in force. */
export function readHistory(file: string): readonly OverrideChange[] {
  try {
    const raw: unknown = JSON.parse(readFileSync(file, "utf8"));
    return Array.isArray(raw) ? raw.filter(isChange) : [];
  } catch {
    return [];
  }
}

/** Within the override's lock. False where nothing can be kept, as on a full disk: the change itself has happened. */
export function writeHistory(file: string, changes: readonly OverrideChange[]): boolean {
  const temporary = `${file}.${process.pid}.new`;
  try {
    makeFolders(dirname(file), 0o700);
    writeFileSync(temporary, `${JSON.stringify(changes.slice(-MOST_CHANGES), null, 1)}\n`, { mode: 0o600 });
    renameSync(temporary, file);
    return true;
  } catch {
    return false;
  }
}

function isChange(raw: unknown): raw is OverrideChange {
  const value = raw as Partial<Record<keyof OverrideChange, unknown>> | null;
  const isText = (one: unknown): boolean => one === null || typeof one === "string";
  return typeof value?.at === "string" && typeof value.change === "string" && isText(value.before) && isText(value.after);
}
