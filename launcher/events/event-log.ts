// Writes the event log, `$XDG_STATE_HOME/tsbox/events`: off the way of whoever has something to tell, and bounded on disk.
import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { encodeEvent, type NewEvent } from "./event.ts";
import { makeFolders } from "../../native/make-folders.ts";

export const EVENT_FILE = "events";
/** Rotated once at this size, to `events.1`. */
const LARGEST_BYTES = 8 * 1024 * 1024;
const WRITE_MILLISECONDS = 100;

export interface EventLog {
  /** `state`: the folder that the log of this user lies in. Where it cannot be written nothing is kept: that stops no program. */
  note(state: string, event: NewEvent): void;
  /** Writes what is still to be written. */
  flush(): void;
}

export function createEventLog(now: () => Date = () => new Date()): EventLog {
  const waiting = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const [state, lines] of waiting) append(state, lines);
    waiting.clear();
  };
  return {
    note(state, event) {
      waiting.set(state, (waiting.get(state) ?? "") + encodeEvent(event, now()));
      timer ??= setTimeout(flush, WRITE_MILLISECONDS).unref();
    },
    flush,
  };
}

function append(state: string, lines: string): void {
  const path = `${state}/${EVENT_FILE}`;
  try {
    makeFolders(state, 0o700);
    const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) return;
      writeSync(file, lines);
      if (found.size + lines.length >= LARGEST_BYTES) renameSync(path, `${path}.1`);
    } finally {
      closeSync(file);
    }
  } catch {
    // A read-only or a full home.
  }
}
