// Changes an override file on disk: under a lock, atomically, and never one that does not parse.
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type Keyfile, parseKeyfile, renderKeyfile } from "./keyfile.ts";
import { emptyKeyfile } from "./keyfile-edit.ts";
import type { LayerName, Problem, Result } from "./origin.ts";
import { parseLayer } from "./parse-layer.ts";
import { errorAt, failure, success } from "./problem.ts";
import { readRegularFile, wordsOf } from "./regular-file.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface OverrideTarget {
  readonly file: string;
  readonly layer: LayerName;
  /** The administrator's files are for everyone to read; a user's are nobody else's business. */
  readonly isSystem: boolean;
  /** Command that takes the whole file away, for the hint. */
  readonly reset: string;
}

/** `flock(2)`, exclusive, without waiting. */
export type TryLock = (descriptor: number) => boolean;

export interface Edited {
  readonly before: Keyfile;
  readonly after: Keyfile;
  readonly changed: boolean;
}

const LOCK_PATIENCE_MS = 5000;
const LOCK_PAUSE_MS = 10;
const ATTEMPTS = 5;

/** Told within the lock what a file held before and holds now; null where there is none. */
export type Written = (before: string | null, after: string | null) => void;

/** Reads, edits and writes back. `edit` may be called again where somebody who takes no lock (an editor) wrote in between. */
export async function editOverride(target: OverrideTarget, edit: (keyfile: Keyfile) => Keyfile, tryLock: TryLock, written?: Written): Promise<Result<Edited>> {
  return withLock<Edited>(target, tryLock, () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const seen = identityOf(target.file);
      const before = readForEdit(target);
      if (!before.ok) return before;
      const after = edit(before.value);
      if (renderKeyfile(after) === renderKeyfile(before.value)) return success({ before: before.value, after, changed: false });
      const outcome = replaceFile(target, renderKeyfile(after), seen);
      if (outcome === "changed") continue;
      if (outcome !== "written") return failure(outcome);
      written?.(seen === null ? null : renderKeyfile(before.value), renderKeyfile(after));
      return success({ before: before.value, after, changed: true });
    }
    return failure(errorAt(placeOf(target), "override.changing"));
  });
}

/** Takes the file away; false where there was none. Of a link, the link. */
export async function resetOverride(target: OverrideTarget, tryLock: TryLock, written?: Written): Promise<Result<boolean>> {
  if (identityOf(target.file) === null) return success(false);
  return withLock(target, tryLock, () => {
    try {
      // Whatever it is: a file that does not parse must be able to go.
      const read = readRegularFile(target.file);
      unlinkSync(target.file);
      if (read.kind === "read") written?.(new TextDecoder().decode(read.bytes), null);
      return success(true);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return success(false);
      return failure(writeProblem(target, error));
    }
  });
}

async function withLock<T>(target: OverrideTarget, tryLock: TryLock, work: () => Result<T>): Promise<Result<T>> {
  const folder = dirname(target.file);
  let descriptor: number;
  try {
    makeFolders(folder, target.isSystem ? 0o755 : 0o700);
    // The folder itself is the lock: no lock file is left lying about.
    descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    return failure(writeProblem(target, error));
  }
  try {
    const until = Date.now() + LOCK_PATIENCE_MS;
    while (!tryLock(descriptor)) {
      if (Date.now() > until) return failure(errorAt(placeOf(target), "override.locked", { folder }));
      await new Promise((wake) => setTimeout(wake, LOCK_PAUSE_MS));
    }
    return work();
  } finally {
    closeSync(descriptor);
  }
}

function writeProblem(target: OverrideTarget, error: unknown): Problem {
  return errorAt(placeOf(target), target.isSystem ? "override.write-system" : "override.write", { system: wordsOf(error as NodeJS.ErrnoException) });
}

/** What does not parse is told and left alone: rewriting it would lose what its author meant. */
function readForEdit(target: OverrideTarget): Result<Keyfile> {
  const read = readRegularFile(target.file);
  if (read.kind === "absent") return success(emptyKeyfile(target.file));
  if (read.kind === "refused") return failure(errorAt(placeOf(target), read.key, { system: read.system }));
  const keyfile = parseKeyfile(target.file, read.bytes);
  const layer = keyfile.ok ? parseLayer(keyfile.value, target.layer) : keyfile;
  if (keyfile.ok && layer.ok) return keyfile;
  const problems: readonly Problem[] = layer.ok ? [] : layer.problems;
  return failure(...problems, errorAt(placeOf(target), "override.broken", { reset: target.reset }));
}

/** Device, inode, size and times of what the path leads to; null where nothing is. */
function identityOf(file: string): string | null {
  try {
    const status = statSync(file, { bigint: true, throwIfNoEntry: false }) ?? lstatSync(file, { bigint: true, throwIfNoEntry: false });
    return status === undefined ? null : [status.dev, status.ino, status.size, status.mtimeNs, status.ctimeNs].join(":");
  } catch {
    // Unreadable on the way: reading it says why.
    return null;
  }
}

/** Writes a new file beside the old one and renames it over: a reader sees the old text or the new one, after a crash too. A link stays a link. */
function replaceFile(target: OverrideTarget, text: string, seen: string | null): "written" | "changed" | Problem {
  let real: string;
  try {
    real = followLink(target.file);
  } catch (error) {
    const values = { target: readlinkSync(target.file), system: wordsOf(error as NodeJS.ErrnoException) };
    return errorAt(placeOf(target), "override.link-broken", values);
  }
  const temporary = `${dirname(real)}/.${basename(real)}.${process.pid}.new`;
  try {
    removeRemains(real);
    writeDurably(temporary, text, modeOf(real) ?? (target.isSystem ? 0o644 : 0o600));
    if (identityOf(target.file) !== seen) {
      unlinkSync(temporary);
      return "changed";
    }
    renameSync(temporary, real);
    syncFolder(dirname(real));
    return "written";
  } catch (error) {
    forgetRemains(real);
    return writeProblem(target, error);
  }
}

/** The file itself, or what a link to it names, present or not. The folder that it names must be there. */
function followLink(file: string): string {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined || !status.isSymbolicLink()) return file;
  const real = statSync(file, { throwIfNoEntry: false });
  if (real !== undefined) return realpathSync(file);
  const named = resolve(dirname(file), readlinkSync(file));
  return `${realpathSync(dirname(named))}/${basename(named)}`;
}

function modeOf(file: string): number | null {
  const status = statSync(file, { throwIfNoEntry: false });
  return status === undefined ? null : status.mode & 0o777;
}

function writeDurably(file: string, text: string, mode: number): void {
  const descriptor = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    const bytes = Buffer.from(text, "utf8");
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Unfinished files of an editor that was killed. The lock is ours, so nobody else's are among them. */
function removeRemains(real: string): void {
  const prefix = `.${basename(real)}.`;
  for (const name of readdirSync(dirname(real))) {
    if (name.startsWith(prefix) && /^\d+\.new$/.test(name.slice(prefix.length))) unlinkSync(`${dirname(real)}/${name}`);
  }
}

/** The same where the first error is what counts. */
function forgetRemains(real: string): void {
  try {
    removeRemains(real);
  } catch {
    // Whoever writes next takes them away.
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function placeOf(target: OverrideTarget): { readonly file: string; readonly line: number; readonly column: number } {
  return { file: target.file, line: 0, column: 0 };
}
