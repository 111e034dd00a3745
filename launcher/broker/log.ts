// The broker's log: JSON lines by pino, in broker.log and in the user's state directory. Nothing is loaded before the first answer is out.
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import type { Logger } from "pino";
import { makeFolders } from "../../native/make-folders.ts";

export interface BrokerLog {
  /** Keeps the entry until the writer is there. */
  note(event: string, values: Readonly<Record<string, unknown>>): void;
  /** Loads the writer and writes what was kept. Called off the launch path; again is harmless. */
  open(level: string): Promise<void>;
}

export interface LogPlaces {
  /** `$XDG_STATE_HOME/tsbox/log`, or null where nothing may be written there. */
  readonly file: string | null;
  /** The broker's own standard error, which is broker.log. */
  readonly descriptor: number;
}

/** Rotated once at this size: the log is for questions about yesterday, not an archive. */
const LARGEST_LOG_BYTES = 4 * 1024 * 1024;

interface Entry {
  readonly event: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly time: number;
}

/** Entries beyond this wait nowhere: a broker that cannot log must not grow. */
const MOST_KEPT = 1000;

export function createLog(places: LogPlaces): BrokerLog {
  const kept: Entry[] = [];
  let logger: Logger | undefined;
  let opening: Promise<void> | undefined;
  const write = (entry: Entry): void => logger?.info({ ...entry.values, at: entry.time }, entry.event);
  return {
    note(event, values) {
      const entry = { event, values, time: Date.now() };
      if (logger !== undefined) write(entry);
      else if (kept.length < MOST_KEPT) kept.push(entry);
    },
    open(level) {
      opening ??= openLogger(places, level).then((opened) => {
        logger = opened;
        for (const entry of kept.splice(0)) write(entry);
      });
      return opening;
    },
  };
}

async function openLogger(places: LogPlaces, level: string): Promise<Logger> {
  const { pino } = await import("pino");
  const streams = [{ stream: pino.destination({ fd: places.descriptor, sync: true }) }];
  const file = places.file === null ? null : prepareLogFile(places.file);
  if (file !== null) streams.push({ stream: pino.destination({ fd: file, sync: true }) });
  return pino({ level, base: { pid: process.pid } }, pino.multistream(streams));
}

/** Null where it cannot be written: a read-only home is no reason not to start programs. */
function prepareLogFile(path: string): number | null {
  try {
    makeFolders(path.slice(0, path.lastIndexOf("/")), 0o700);
    const descriptor = openSync(path, "a", 0o600);
    if (statSync(path).size < LARGEST_LOG_BYTES) return descriptor;
    closeSync(descriptor);
    renameSync(path, `${path}.1`);
    return openSync(path, "a", 0o600);
  } catch {
    return null;
  }
}
