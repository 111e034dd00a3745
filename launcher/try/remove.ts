// Takes a start's layers away, whatever an app left in them and may still be writing there: folders that nobody may open, and folders nested deeper than a path is long.
// INVARIANT: everything is reached through a descriptor of the folder that it lies in, and no link is followed, so nothing beside the layers is changed.
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, constants, fstatSync, openSync, readdirSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { wordsOf } from "../manifest/door.ts";

const O_PATH = 0o10000000; // asm-generic/fcntl.h; not among node's constants
const FOLDER = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const OPEN = 0o700;
/** Somebody who goes on writing is not waited for. */
const MOST_ROUNDS = 100_000;

/** Null, or what went wrong. */
export function removeTry(folder: string): string | null {
  try {
    removeFolder(folder);
    return null;
  } catch (error) {
    return wordsOf(error as NodeJS.ErrnoException);
  }
}

/** Each folder inside comes up into the topmost one before it is emptied: no more than three are open at once, however deep they lie. */
function removeFolder(path: string): void {
  const top = openSync(path, FOLDER);
  try {
    chmodSync(wayTo(top), OPEN);
    const { dev } = fstatSync(top);
    for (let round = 0, names = namesIn(top); names.length > 0; names = namesIn(top), round++) {
      if (round > MOST_ROUNDS) throw new Error("somebody still writes there");
      for (const name of names) removeEntry(top, name, dev);
    }
  } finally {
    closeSync(top);
  }
  rmdirSync(path);
}

function removeEntry(top: number, name: Buffer, dev: number): void {
  if (unlinked(top, name)) return;
  const folder = openInside(top, name, dev);
  try {
    for (const inner of namesIn(folder)) {
      if (unlinked(folder, inner)) continue;
      // Only who may write in a folder may move it.
      closeSync(openInside(folder, inner, dev));
      renameSync(inFolder(folder, inner), inFolder(top, Buffer.from(randomBytes(12).toString("hex"))));
    }
  } finally {
    closeSync(folder);
  }
  try {
    rmdirSync(inFolder(top, name));
  } catch (error) {
    // Something came meanwhile: the next round has it.
    if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
  }
}

/** Opens it for us by its mode as well. Throws where another file system is mounted. */
function openInside(parent: number, name: Buffer, dev: number): number {
  const folder = openSync(inFolder(parent, name), FOLDER);
  try {
    if (fstatSync(folder).dev !== dev) throw new Error("another file system is mounted there");
    chmodSync(wayTo(folder), OPEN);
    return folder;
  } catch (error) {
    closeSync(folder);
    throw error;
  }
}

/** False where it is a folder. */
function unlinked(parent: number, name: Buffer): boolean {
  try {
    unlinkSync(inFolder(parent, name));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return true;
    // unlink(2): EISDIR; POSIX has EPERM.
    if (code !== "EISDIR" && code !== "EPERM") throw error;
    return false;
  }
}

function namesIn(folder: number): readonly Buffer[] {
  return readdirSync(wayTo(folder), { encoding: "buffer" });
}

function wayTo(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

function inFolder(descriptor: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${wayTo(descriptor)}/`), name]);
}
