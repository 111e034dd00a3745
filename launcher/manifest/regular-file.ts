// Reads a small regular file. The path may name anything: a FIFO must not hold us up, a device must not be read.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

export const MAX_FILE_BYTES = 1024 * 1024;

export type FileRead =
  | { readonly kind: "read"; readonly bytes: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly key: "file.unreadable" | "file.not-regular" | "file.too-big"; readonly system: string };

export function readRegularFile(path: string): FileRead {
  if (isAbsent(path)) return { kind: "absent" };
  let descriptor: number;
  try {
    // O_NONBLOCK: opening a FIFO without a writer would wait for one; O_NOCTTY: opening a terminal must not make it ours.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
    if (code === "ENXIO") return { kind: "refused", key: "file.not-regular", system: "" };
    return { kind: "refused", key: "file.unreadable", system: wordsOf(error as NodeJS.ErrnoException) };
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) return { kind: "refused", key: "file.not-regular", system: "" };
    return readAll(descriptor, status.size);
  } catch (error) {
    return { kind: "refused", key: "file.unreadable", system: wordsOf(error as NodeJS.ErrnoException) };
  } finally {
    closeSync(descriptor);
  }
}

/** Whether it begins as programs do, by an ELF header or the line that names an interpreter. False of what cannot be read. */
export function isProgramFile(path: string): boolean {
  const start = Buffer.alloc(4);
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      if (fstatSync(descriptor).isFile()) readSync(descriptor, start, 0, start.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
  return start.toString("latin1") === "\x7fELF" || start.toString("latin1", 0, 2) === "#!";
}

/** Most places that are looked at are empty, and an exception costs ten times what this look does. What cannot be looked at is for `open` to tell. */
export function isAbsent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Up to the end, whatever fstat said of the size: it may grow while we read. */
function readAll(descriptor: number, expected: number): FileRead {
  // One byte more than expected, so that the end shows in the same round.
  let buffer = Buffer.allocUnsafe(Math.min(expected, MAX_FILE_BYTES) + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += count;
    if (length > MAX_FILE_BYTES) return { kind: "refused", key: "file.too-big", system: "" };
    if (count === 0) return { kind: "read", bytes: new Uint8Array(buffer.subarray(0, length)) };
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(length * 2, MAX_FILE_BYTES + 1));
  }
}

/** Words of the system for an error, without Node's frame around them: `permission denied`. */
export function wordsOf(error: NodeJS.ErrnoException): string {
  const { message } = error;
  const match = /^[A-Z0-9_]+: (.*?)(?:, [a-z]+(?: '.*)?)?$/s.exec(message);
  return match?.[1] ?? message;
}
