// What was worked out about each app, kept for the next listing: of two hundred apps few change between two looks. One entry counts as long as every file that speaks about
// its app, or could, is the same; so it can be stale in nothing. Lies in the cache, where no app can write.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type Addon, IDENTITY_RECORD_BYTES, IdentityLook } from "../../native/addon.ts";
import { acceptedFile } from "./accepted.ts";
import { manifestFiles } from "./find.ts";
import { limitFiles, overrideFiles } from "./override-files.ts";
import { isOwnFolder } from "./own-folder.ts";
import type { Places } from "./places.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface AppMemo<T> {
  /** Says of which apps will be asked: their files are looked at together. */
  expect(ids: readonly string[]): void;
  /** The kept value of `id`, else `compute`'s; null is never kept. */
  of(id: string, compute: () => T | null): T | null;
  /** Writes what is new. Where that cannot be done, the next look works it out again. */
  save(): void;
}

/** `value`: as `flatten` made it, until it is asked for. */
interface Entry {
  readonly identity: string;
  readonly value: unknown;
}

export interface MemoWishes {
  readonly places: Places;
  /** `$XDG_CACHE_HOME/tsbox`. */
  readonly cache: string;
  readonly name: string;
  /** What else the values depend on; the program's own version is part of it. */
  readonly salt: string;
  /** Now, in milliseconds of the epoch. */
  readonly since?: number;
}

/** Coarser than any file system's clock: a file that changed so shortly before may change again within the same tick. */
const RACY_MILLISECONDS = 2500;
const MAP_KEY = "map\u0001";
/** Errors (asm-generic/errno-base.h) of what is not there; after any other nothing that is kept holds. */
const ABSENT = [2, 20];
/** Where in a record of the addon's the times and the error lie; times and error last, as nothing else is asked for behind them. */
const MTIME_AT = 40;
const CTIME_AT = 48;
const ERROR_AT = 56;

/** Of values, maps may lie at the top, or right in it: what is deeper comes back as JSON has it. */
export function openAppMemo<T>(addon: Addon, { places, cache, name, salt, since = Date.now() }: MemoWishes): AppMemo<T> {
  const file = `${cache}/listings/${name}.json`;
  const key = `${salt}\n${identityOfProgram(`${places.catalogue}/../build/cli-code.cjs`)}\n${places.catalogue}`;
  const kept = readKept(file, key);
  const now: [string, Entry][] = [];
  const seen = new Map<string, Identity>();
  let changed = false;
  const expect = (ids: readonly string[]): void => {
    for (const [index, identity] of identify(addon, places, ids).entries()) seen.set(ids[index] as string, identity);
  };
  return {
    expect,
    of(id, compute) {
      if (!seen.has(id)) expect([id]);
      const identity = seen.get(id) as Identity;
      const known = kept.get(id);
      if (known !== undefined && known.identity === identity.text) {
        const value = unflatten(known.value);
        now.push([id, { identity: identity.text, value }]);
        return value as T;
      }
      const value = compute();
      if (value === null || identity.text === null || identity.changed > since - RACY_MILLISECONDS) return value;
      now.push([id, { identity: identity.text, value }]);
      changed = true;
      return value;
    },
    save() {
      if (changed || now.length !== kept.size) writeKept(file, key, now);
    },
  };
}

interface Identity {
  /** Null where a file cannot be looked at. */
  readonly text: string | null;
  /** Milliseconds of the epoch: the last change of any of them. */
  readonly changed: number;
}

/** Files of Flatpak are left out: whoever asks keeps nothing about its apps. */
function filesOf(places: Places, id: string): readonly string[] {
  const layers = [...overrideFiles(places, id), ...limitFiles(places, id)].map(({ file }) => file);
  return [...manifestFiles(places, id), acceptedFile(places, id), `${places.state}/sources/${id}`, ...layers];
}

/** In one call for all: thousands of looks, one by one, take longer than everything else about a listing. */
function identify(addon: Addon, places: Places, ids: readonly string[]): readonly Identity[] {
  const files = ids.map((id) => filesOf(places, id));
  const records = Buffer.alloc(files.reduce((sum, { length }) => sum + length, 0) * IDENTITY_RECORD_BYTES);
  addon.identifyPaths(Buffer.from(files.flatMap((some) => some.map((path) => `${IdentityLook.CONTENT}${path}\0`)).join("")), records);
  let at = 0;
  return files.map(({ length }) => {
    const own = records.subarray(at, at + length * IDENTITY_RECORD_BYTES);
    at += own.length;
    return identityIn(own);
  });
}

function identityIn(records: Buffer): Identity {
  let text = "";
  let changed = 0;
  for (let at = 0; at < records.length; at += IDENTITY_RECORD_BYTES) {
    const error = records.readInt32LE(at + ERROR_AT);
    if (error !== 0 && !ABSENT.includes(error)) return { text: null, changed: 0 };
    text += error === 0 ? `${records.toString("base64", at, at + ERROR_AT)} ` : "- ";
    if (error === 0) changed = Math.max(changed, millisecondsAt(records, at + MTIME_AT), millisecondsAt(records, at + CTIME_AT));
  }
  return { text, changed };
}

function millisecondsAt(records: Buffer, at: number): number {
  return Number(records.readBigInt64LE(at) / 1_000_000n);
}

function identityOfProgram(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "-" : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
}

function readKept(file: string, key: string): ReadonlyMap<string, Entry> {
  try {
    const raw = JSON.parse(readFileSync(file, "utf8")) as { readonly key: string; readonly entries: readonly [string, Entry][] };
    return raw.key === key ? new Map(raw.entries) : new Map();
  } catch {
    return new Map();
  }
}

function writeKept(file: string, key: string, entries: readonly (readonly [string, Entry])[]): void {
  const temporary = `${file}.${process.pid}`;
  const folder = file.slice(0, file.lastIndexOf("/"));
  if (!isOwnFolder(folder)) return;
  try {
    makeFolders(folder, 0o700);
    rmSync(temporary, { force: true });
    writeFileSync(temporary, JSON.stringify({ key, entries: entries.map(([id, { identity, value }]) => [id, { identity, value: flatten(value) }]) }), {
      mode: 0o600,
      // As root in a user's home, a link of his would lead it elsewhere.
      flag: "wx",
    });
    renameSync(temporary, file);
  } catch {
    return;
  }
}

function flatten(value: unknown): unknown {
  if (value instanceof Map) return { [MAP_KEY]: [...value] };
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inner instanceof Map ? { [MAP_KEY]: [...inner] } : inner]));
}

/** In place: it is of nobody else. */
function unflatten(value: unknown): unknown {
  if (!isPlain(value)) return value;
  const own = value as Record<string, unknown>;
  if (own[MAP_KEY] !== undefined) return new Map(own[MAP_KEY] as [unknown, unknown][]);
  for (const name in own) {
    const inner = own[name];
    if (isPlain(inner) && inner[MAP_KEY] !== undefined) own[name] = new Map(inner[MAP_KEY] as [unknown, unknown][]);
  }
  return own;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
