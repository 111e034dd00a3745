// Whether the host is still as a plan was made from, asked in one call: what lstat and stat say of everything that was looked at, compared as bytes.
import { Buffer } from "node:buffer";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type Addon, IDENTITY_RECORD_BYTES, IdentityLook } from "../../native/addon.ts";
import type { HostFacts, HostQueries, PathFact } from "./facts.ts";
import { kernelSaysWritable, needsKernel, thisProcess, typeOf } from "./look.ts";
import { MACHINE_ID_FILES, readAbstractSockets } from "./read.ts";
import { type NamesRecord, RecordedNames } from "./recorded-names.ts";

/** What a plan was made from. */
export interface Seen {
  readonly queries: HostQueries;
  readonly facts: HostFacts;
  /** Names of abstract sockets that were asked for; undefined where none were. */
  readonly socketNames: RecordedNames | undefined;
  /** Files that spoke, or would have if they were there; links are followed. */
  readonly files: Iterable<string>;
  /** Places that had to be there before. */
  readonly places: Iterable<string>;
}

export interface Fingerprint {
  /** Asks the host again. False: something may be different. */
  stillHolds(): boolean;
  /** Places of `Seen` that are not there. */
  readonly missing: readonly string[];
  /** All of it as data, for another process. */
  readonly record: FingerprintRecord;
}

export interface FingerprintRecord {
  readonly words: Uint8Array;
  readonly known: Uint8Array;
  readonly byKernel: readonly { readonly path: string; readonly writable: boolean }[];
  readonly missing: readonly string[];
  readonly socketNames: NamesRecord | null;
}

/** Coarser than any file system's clock (FAT: 2 s). */
const RACY_MILLISECONDS = 2500;

/**
 * Null where `seen` cannot be told from something else by looking at it: it differs from what is there now, it changed so shortly before `since`
 * (milliseconds of the epoch, before anything was read) that a change while it was read might not show, or its contents come from no file system that keeps times.
 */
export function takeFingerprint(addon: Addon, seen: Seen, since: number): Fingerprint | null {
  const looks = looksOf(seen);
  const words = Buffer.from(looks.map(({ letter, path }) => `${letter}${path}\0`).join(""), "utf8");
  const known = Buffer.alloc(looks.length * IDENTITY_RECORD_BYTES);
  addon.identifyPaths(words, known);
  const looker = thisProcess();
  const byKernel: { readonly path: string; readonly writable: boolean }[] = [];
  const missing: string[] = [];
  for (const [index, look] of looks.entries()) {
    const record = readRecord(known, index);
    if (record.changed > since - RACY_MILLISECONDS || !look.fits(record)) return null;
    // It may have been there when it was read, and spoken: only the folder that it lay in tells when it went.
    if (look.letter === IdentityLook.CONTENT && record.error !== 0 && folderChanged(look.path) > since - RACY_MILLISECONDS) return null;
    if (look.isPlace && record.error !== 0) missing.push(look.path);
    const { fact } = look;
    if (fact !== undefined && fact.type !== "symlink" && needsKernel(record, looker)) byKernel.push({ path: fact.path, writable: fact.writable });
  }
  return createFingerprint(addon, { words, known, byKernel, missing }, seen.socketNames);
}

export function restoreFingerprint(addon: Addon, { socketNames, ...rest }: FingerprintRecord): Fingerprint {
  return createFingerprint(addon, rest, socketNames === null ? undefined : RecordedNames.restore(socketNames));
}

function createFingerprint(addon: Addon, looked: Omit<FingerprintRecord, "socketNames">, socketNames: RecordedNames | undefined): Fingerprint {
  const { words, known, byKernel, missing } = looked;
  const again = Buffer.alloc(known.length);
  return {
    missing,
    get record() {
      return { ...looked, socketNames: socketNames?.record ?? null };
    },
    stillHolds() {
      addon.identifyPaths(words, again);
      if (!again.equals(known)) return false;
      return (
        byKernel.every(({ path, writable }) => kernelSaysWritable(path) === writable) &&
        (socketNames === undefined || socketNames.agreesWith(readAbstractSockets()))
      );
    },
  };
}

/** When something last came to or went from the nearest folder above that is there, in milliseconds of the epoch. */
function folderChanged(path: string): number {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const found = statSync(folder);
      return Math.max(found.mtimeMs, found.ctimeMs);
    } catch {
      // Not there, or not to be looked at: the next one above says no less.
      if (folder === "/") return Number.POSITIVE_INFINITY;
    }
  }
}

interface IdentityRecord {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** The later of both times, in milliseconds of the epoch. */
  readonly changed: number;
  readonly error: number;
}

function readRecord(bytes: Buffer, index: number): IdentityRecord {
  const [dev = 0n, ino = 0n, mode = 0n, owner = 0n, size = 0n, modified = 0n, changed = 0n, error = 0n] = new BigInt64Array(
    bytes.buffer,
    bytes.byteOffset + index * IDENTITY_RECORD_BYTES,
    IDENTITY_RECORD_BYTES / 8,
  );
  const latest = modified > changed ? modified : changed;
  return {
    dev: BigInt.asUintN(64, dev),
    ino: BigInt.asUintN(64, ino),
    mode: Number(mode),
    uid: Number(owner >> 32n),
    gid: Number(owner & 0xffff_ffffn),
    size: Number(size),
    changed: Number(latest / 1_000_000n),
    error: Number(error),
  };
}

interface Look {
  readonly letter: string;
  readonly path: string;
  readonly fact?: PathFact;
  readonly isPlace?: boolean;
  /** Whether what is there now is what was seen. */
  fits(record: IdentityRecord): boolean;
}

function looksOf({ queries, facts, files, places }: Seen): readonly Look[] {
  const looks: Look[] = [];
  const anything = (): boolean => true;
  for (const [path, fact] of facts.paths) {
    if (fact === null) looks.push({ letter: IdentityLook.ITSELF, path, fits: ({ error, mode }) => error !== 0 || typeOf(mode) === null });
    // A link says where it leads when it is made and never again; only its times tell it from another one with the same inode number.
    else
      looks.push({ letter: fact.type === "symlink" ? IdentityLook.ITSELF_AND_TIMES : IdentityLook.ITSELF, path, fact, fits: (record) => isOf(fact, record) });
  }
  for (const path of places) looks.push({ letter: IdentityLook.ITSELF, path, isPlace: true, fits: anything });
  for (const path of [...files, ...queries.folders.map((folder) => folder.path)]) looks.push({ letter: IdentityLook.CONTENT, path, fits: anything });
  if (queries.machineIdFor !== null) for (const path of MACHINE_ID_FILES) looks.push({ letter: IdentityLook.CONTENT, path, fits: anything });
  for (const path of queries.texts) {
    const text = facts.texts.get(path) ?? null;
    // Where the size is not the text's (proc, sysfs), the times are no one's either.
    looks.push({ letter: IdentityLook.CONTENT, path, fits: ({ size }) => text === null || size === text.byteLength });
  }
  return looks;
}

function isOf(fact: PathFact, record: IdentityRecord): boolean {
  if (record.error !== 0 || record.dev !== fact.dev || record.ino !== fact.ino) return false;
  return typeOf(record.mode) === fact.type && (record.mode & 0o7777) === fact.mode && record.uid === fact.uid;
}
