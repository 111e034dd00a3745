// Reads, writes and removes files in a folder of exports, never through a link that somebody planted below it.
import { constants, fchmodSync, fsyncSync, readSync, writeSync } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import { errorAt, failure, type Problem, type Result, success, wordsOf } from "../manifest/door.ts";
import { type ExportFolder, pathOf } from "./places.ts";
import { makeFolders } from "../../native/make-folders.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const O_CLOEXEC = 0o2000000; // asm-generic/fcntl.h; not among node's constants
/** RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS of linux/openat2.h. */
const BENEATH_WITHOUT_LINKS = 0x08 | 0x04 | 0x02;

/** Larger ones are not ours. */
const MAX_BYTES = 1024 * 1024;

export type Found = { readonly kind: "absent" } | { readonly kind: "foreign" } | { readonly kind: "file"; readonly bytes: Uint8Array };

/** An open folder; `close` it. */
export interface TargetFolder {
  readonly folder: ExportFolder;
  /** `foreign`: a link, a folder, a device, too big, or another user's. */
  read(name: string): Found;
  /** A new file beside the old one, renamed over it: a reader sees the old text or the new one. */
  write(name: string, text: string, mode: number): Problem | null;
  remove(name: string): Problem | null;
  tryLock(): boolean;
  close(): void;
}

/** `make`: the mode of folders that are missing; null answers "absent" instead. */
export function openTargetFolder(folder: ExportFolder, make: number | null, addon: Addon): Result<TargetFolder> | "absent" {
  const path = `${folder.base}/${folder.beneath}`;
  const flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  let at = -1;
  try {
    if (make !== null) makeFolders(folder.base, make);
    at = addon.openat2(-1, folder.base, flags, 0, 0);
    for (const name of folder.beneath.split("/")) {
      const next = openOrMake(addon, at, name, flags | O_NOFOLLOW, make);
      addon.close(at);
      at = next;
    }
    const { uid, mode } = addon.fstat(at);
    if ((uid === process.geteuid?.() || uid === 0) && (mode & 0o002) === 0) return success(targetFolder(folder, at, addon));
    addon.close(at);
    return failure(errorAt({ file: path, line: 0, column: 0 }, "export.folder-of-others"));
  } catch (error) {
    if (at >= 0) addon.close(at);
    const { code } = error as NodeJS.ErrnoException;
    if (make === null && code === "ENOENT") return "absent";
    return failure(
      errorAt({ file: path, line: 0, column: 0 }, code === "ELOOP" || code === "ENOTDIR" || code === "EEXIST" ? "export.folder-link" : "export.folder", {
        system: systemWords(error),
      }),
    );
  }
}

function openOrMake(addon: Addon, parent: number, name: string, flags: number, make: number | null): number {
  try {
    return addon.openat2(parent, name, flags, 0, BENEATH_WITHOUT_LINKS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || make === null) throw error;
    addon.mkdirat(parent, name, make);
    return addon.openat2(parent, name, flags, 0, BENEATH_WITHOUT_LINKS);
  }
}

function targetFolder(folder: ExportFolder, descriptor: number, addon: Addon): TargetFolder {
  const told = (name: string, work: () => void): Problem | null => {
    try {
      work();
      return null;
    } catch (error) {
      return errorAt({ file: pathOf(folder, name), line: 0, column: 0 }, "export.write", { system: systemWords(error) });
    }
  };
  return {
    folder,
    read(name) {
      let file: number;
      try {
        file = addon.openat2(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0, BENEATH_WITHOUT_LINKS);
      } catch (error) {
        return { kind: (error as NodeJS.ErrnoException).code === "ENOENT" ? "absent" : "foreign" };
      }
      try {
        return readWhole(file, addon);
      } finally {
        addon.close(file);
      }
    },
    write: (name, text, mode) =>
      told(name, () => {
        const temporary = `.${name}.${process.pid}.new`;
        const file = addon.openat2(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600, BENEATH_WITHOUT_LINKS);
        try {
          const bytes = Buffer.from(text, "utf8");
          for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
          fchmodSync(file, mode);
          fsyncSync(file);
          addon.renameat(descriptor, temporary, descriptor, name);
        } catch (error) {
          addon.unlinkat(descriptor, temporary, 0);
          throw error;
        } finally {
          addon.close(file);
        }
        fsyncSync(descriptor);
      }),
    remove: (name) => told(name, () => addon.unlinkat(descriptor, name, 0)),
    tryLock: () => addon.flock(descriptor, true),
    close: () => addon.close(descriptor),
  };
}

function readWhole(file: number, addon: Addon): Found {
  const status = addon.fstat(file);
  const isRegular = (status.mode & 0o170000) === 0o100000;
  if (!isRegular || status.uid !== process.geteuid?.() || status.size > BigInt(MAX_BYTES)) return { kind: "foreign" };
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  for (;;) {
    const count = readSync(file, buffer, length, buffer.length - length, null);
    length += count;
    if (length > MAX_BYTES) return { kind: "foreign" };
    if (count === 0) return { kind: "file", bytes: new Uint8Array(buffer.subarray(0, length)) };
  }
}

/** What the system says, without the name of the call. */
function systemWords(error: unknown): string {
  return wordsOf(error as NodeJS.ErrnoException)
    .replace(/^\w+: /, "")
    .toLowerCase();
}
