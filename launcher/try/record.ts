// What is kept of a start with `--try`: one folder each in the state folder, where no app reaches: the layers, and a record of what they belong to.
import { chmodSync, closeSync, constants, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import type { Layers } from "../plan/door.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface TryLayer {
  /** The place on the host, by real path, and what it was. */
  readonly from: string;
  readonly dev: string;
  readonly ino: string;
  readonly upper: string;
}

export interface TryRecord {
  readonly app: string;
  readonly layers: readonly TryLayer[];
  readonly guarded: readonly string[];
  readonly open: readonly string[];
  readonly mountPoints: readonly string[];
}

export interface KeptTry extends TryRecord {
  readonly name: string;
  readonly folder: string;
  /** Nanoseconds of the epoch, by the clock that stamps files: what changed outside since then is a conflict. */
  readonly since: bigint;
}

/** How a caller tells the broker which folder it has made. */
export const TRY_VARIABLE = "TSBOX_TRY";

const NAME = /^[0-9]{8}-[0-9]{6}-[0-9]{1,7}$/;
const RECORD = "record.json";
const LOCK = "lock";

/** `state`: tsbox's own state folder. */
export function triesFolder(state: string): string {
  return `${state}/try`;
}

/** A new folder, by time and process. */
export function beginTry(state: string): { readonly name: string; readonly folder: string } {
  const [day = "", time = ""] = new Date().toISOString().split("T");
  const name = `${day.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${process.pid}`;
  const folder = `${triesFolder(state)}/${name}`;
  makeFolders(triesFolder(state), 0o700);
  mkdirSync(folder, { mode: 0o700 });
  return { name, folder };
}

/** The folder that a request names, or null where it is none that was begun and not used. */
export function begunTry(state: string, raw: string | undefined): string | null {
  if (raw === undefined || !NAME.test(raw)) return null;
  const folder = `${triesFolder(state)}/${raw}`;
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && lstatSync(`${folder}/${RECORD}`, { throwIfNoEntry: false }) === undefined ? folder : null;
}

/** Makes the layers of a plan. Throws what the file system says. */
export function makeTry(folder: string, app: string, { layers, guarded, open, mountPoints }: Layers): void {
  for (const { from, upper, work } of layers) {
    makeFolders(upper, 0o700);
    makeFolders(work, 0o700);
    // The root of an overlay looks as its upper folder does.
    chmodSync(upper, lstatSync(from).mode & 0o777);
  }
  const record: TryRecord = {
    app,
    layers: layers.map(({ from, source, upper }) => ({ from, dev: String(source.dev), ino: String(source.ino), upper })),
    guarded,
    open,
    mountPoints,
  };
  writeFileSync(`${folder}/${RECORD}`, JSON.stringify(record), { mode: 0o600, flag: "wx" });
}

/** Null where there is none of that name, or its start never came so far. */
export function readTry(state: string, name: string): KeptTry | null {
  if (!NAME.test(name)) return null;
  const folder = `${triesFolder(state)}/${name}`;
  try {
    const record = JSON.parse(readFileSync(`${folder}/${RECORD}`, "utf8")) as TryRecord;
    // An older version wrote none.
    return { ...record, mountPoints: record.mountPoints ?? [], name, folder, since: lstatSync(`${folder}/${RECORD}`, { bigint: true }).ctimeNs };
  } catch {
    return null;
  }
}

/** The oldest first. */
export function listTries(state: string): readonly KeptTry[] {
  try {
    return readdirSync(triesFolder(state))
      .sort()
      .flatMap((name) => readTry(state, name) ?? []);
  } catch {
    return [];
  }
}

/** A descriptor with the lock, which the start's own front has too as long as it lives; null where somebody has it. */
export function lockTry(addon: Addon, folder: string): number | null {
  const descriptor = openSync(`${folder}/${LOCK}`, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
  if (addon.flock(descriptor, true)) return descriptor;
  closeSync(descriptor);
  return null;
}
