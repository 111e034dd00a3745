// Reads the event log, and goes on with what is written to it.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type RecordedEvent, parseEvent } from "./event.ts";
import { EVENT_FILE } from "./event-log.ts";

/** The oldest first; the part before the rotation comes along. */
export function readEvents(state: string): readonly RecordedEvent[] {
  return [`${state}/${EVENT_FILE}.1`, `${state}/${EVENT_FILE}`].flatMap((path) => eventsOf(readFrom(path, 0)?.text ?? ""));
}

export interface Follower {
  /** What was written since the last call, as far as its lines are whole. */
  next(): readonly RecordedEvent[];
}

/** From the beginning: the first answer is all that is there. */
export function followEvents(state: string): Follower {
  const path = `${state}/${EVENT_FILE}`;
  let place: { readonly end: number; readonly inode: number } | undefined;
  let rest = readFrom(`${path}.1`, 0)?.text ?? "";
  return {
    next() {
      const read = readFrom(path, place?.end ?? 0, place?.inode);
      if (read === undefined) return [];
      place = { end: read.end, inode: read.inode };
      const lines = (rest + read.text).split("\n");
      rest = lines.pop() ?? "";
      return eventsOf(lines.join("\n"));
    },
  };
}

/** `inode`: of the file that `from` belongs to; another one is read from its beginning. */
function readFrom(path: string, from: number, inode?: number): { text: string; end: number; inode: number } | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      if (!found.isFile()) return undefined;
      const start = inode !== undefined && inode !== found.ino ? 0 : Math.min(from, found.size);
      const bytes = Buffer.alloc(found.size - start);
      const length = readSync(file, bytes, 0, bytes.length, start);
      return { text: bytes.toString("utf8", 0, length), end: start + length, inode: found.ino };
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function eventsOf(text: string): readonly RecordedEvent[] {
  return text.split("\n").flatMap((line) => parseEvent(line) ?? []);
}
