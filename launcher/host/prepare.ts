// Makes what must exist before the host is probed: the app's own folders and the protected places that an app could otherwise plant.
import { closeSync, constants, lstatSync, openSync, symlinkSync } from "node:fs";
import { posix } from "node:path";
import { getSystemErrorMap } from "node:util";
import type { Addon } from "../../native/addon.ts";
import type { Problem, Result } from "../manifest/origin.ts";
import type { Preparation } from "../plan/plan.ts";
import { makeFolders } from "../../native/make-folders.ts";

const O_PATH = 0o10000000; // asm-generic/fcntl.h; not among node's constants
const O_CLOEXEC = 0o2000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
/** What says "the caller cannot write here": then an app cannot either, and the plan decides by what the probe sees. */
const UNWRITABLE = new Set(["EROFS", "EACCES", "EPERM"]);
/** What a link or a file where a folder should be answers. */
const NO_FOLDER = new Set(["ELOOP", "ENOTDIR"]);

/** Makes the missing ones in order. The warm way is one lstat each. `addon` is asked for only where something is made in a folder that an app can write. */
export function prepareHost(preparations: readonly Preparation[], addon: () => Addon): Result<null> {
  const problems: Problem[] = [];
  // The modes are final; the broker's own umask (077) must not cut the shared folders.
  const before = process.umask(0);
  try {
    for (const preparation of preparations) {
      if (exists(preparation.path)) continue;
      const code = make(preparation, addon);
      if (code !== null && !isLeft(preparation, code)) problems.push(problemOf(preparation, code));
    }
  } finally {
    process.umask(before);
  }
  return problems.length === 0 ? { ok: true, value: null, notices: [] } : { ok: false, problems };
}

function isLeft({ failure, beneath }: Preparation, code: string): boolean {
  return failure === "leave" && (UNWRITABLE.has(code) || (beneath !== null && NO_FOLDER.has(code)));
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** The name of what went wrong, or null. */
function make(preparation: Preparation, addon: () => Addon): string | null {
  try {
    if (preparation.beneath !== null && preparation.path !== preparation.beneath) {
      makeBeneath(preparation.beneath, preparation.path.slice(preparation.beneath.length + 1), preparation.mode, addon());
      return null;
    }
    if (preparation.kind === "directory") makeFolders(preparation.path, preparation.mode);
    else {
      makeFolders(posix.dirname(preparation.path), 0o700);
      if (preparation.kind === "link") symlinkSync(preparation.target ?? "", preparation.path);
      else closeSync(openSync(preparation.path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW, preparation.mode));
    }
    return null;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code !== "string") throw error;
    // Someone else (another launch) made it meanwhile.
    return code === "EEXIST" ? null : code;
  }
}

/**
 * INVARIANT: below `root` an app of an earlier run could have put anything; each component is opened relative to its parent, never through a link.
 */
function makeBeneath(root: string, rest: string, mode: number, addon: Addon): void {
  const flags = O_PATH | O_CLOEXEC | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  let folder = addon.openat2(-1, root, flags, 0, RESOLVE_NO_MAGICLINKS);
  try {
    for (const name of rest.split("/")) {
      const next = openOrMake(addon, folder, name, flags, mode);
      addon.close(folder);
      folder = next;
    }
  } finally {
    addon.close(folder);
  }
}

function openOrMake(addon: Addon, folder: number, name: string, flags: number, mode: number): number {
  const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  try {
    return addon.openat2(folder, name, flags, 0, resolve);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    addon.mkdirat(folder, name, mode);
    return addon.openat2(folder, name, flags, 0, resolve);
  }
}

/** What the system says to an error's name, for a reader: never the bare name. */
function wordsOf(code: string): string {
  for (const [name, words] of getSystemErrorMap().values()) if (name === code) return words;
  return code;
}

function problemOf(preparation: Preparation, code: string): Problem {
  const origin = preparation.because.origin;
  return {
    key: "host.preparation-failed",
    file: origin?.file ?? "",
    line: origin?.line ?? 0,
    column: origin?.column ?? 0,
    values: { path: preparation.path, error: wordsOf(code), reason: preparation.because.reason },
    severity: "error",
  };
}
