// Backs the data of an app up into an archive of tar's, and puts it back. What an app wrote is hostile: links are kept as links and followed by nobody.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Problem, Result } from "../manifest/door.ts";
import { errorAt, failure, NO_PLACE, success } from "../manifest/door.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface Archived {
  readonly file: string;
  readonly bytes: number;
}

/**
 * `cache` is left out: by the rules of desktops it can be made again (XDG Base Directory Specification). An existing file is never overwritten.
 * INVARIANT: apps may write to the folder of `file` (Downloads) meanwhile: both names are made, never opened, and tar is given the open file, no name.
 */
export function backUpData(folder: string, file: string): Result<Archived> {
  if (kindOf(folder) !== "folder") return failure(errorAt(NO_PLACE, "data.absent", { folder }));
  if (kindOf(file) !== "absent") return failure(errorAt(NO_PLACE, "data.file-there", { file }));
  // Under another name first: half an archive is none.
  const young = `${file}.part`;
  const out = made(young, () => openSync(young, "wx", 0o600));
  if (!out.ok) return out;
  try {
    const id = folder.slice(folder.lastIndexOf("/") + 1);
    const ran = tar(["--create", "--gzip", "--file", "-", "--directory", dirname(folder), `--exclude=${id}/cache/*`, "--", id], out.value);
    if (ran !== null) return failure(ran);
    const named = made(file, () => nameAlso(out.value, young, file));
    if (!named.ok) return named;
    const mine = fstatSync(out.value);
    return named.value ? success({ file, bytes: mine.size }) : failure(errorAt(NO_PLACE, "data.swapped", { file }));
  } finally {
    if (isNameOf(out.value, young)) unlinkSync(young);
    closeSync(out.value);
  }
}

/** False where `young` was another file by then. No link by that name is followed; where the file system knows no second names (FAT), the contents are copied. */
function nameAlso(out: number, young: string, file: string): boolean {
  try {
    linkSync(young, file);
    return isNameOf(out, file);
  } catch (error) {
    if (!["EPERM", "EOPNOTSUPP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    copyFileSync(`/proc/self/fd/${out}`, file, constants.COPYFILE_EXCL);
    return true;
  }
}

function isNameOf(fd: number, path: string): boolean {
  const mine = fstatSync(fd, { bigint: true });
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return found !== undefined && found.dev === mine.dev && found.ino === mine.ino;
}

function made<Value>(path: string, make: () => Value): Result<Value> {
  try {
    return success(make());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return failure(
      code === "EEXIST" ? errorAt(NO_PLACE, "data.file-there", { file: path }) : errorAt(NO_PLACE, "data.not-made", { file: path, system: message }),
    );
  }
}

/**
 * Unpacked beside the folder first, then put in its place by rename. `aside`: where the data that is there now goes; null where there is none.
 * The archive may come from anywhere: it must hold one folder, which becomes the app's whatever it is called in there.
 */
export function restoreData(folder: string, file: string, aside: string): Result<{ readonly aside: string | null }> {
  if (kindOf(file) === "absent") return failure(errorAt(NO_PLACE, "data.file-absent", { file }));
  if (kindOf(file) !== "file") return failure(errorAt(NO_PLACE, "data.no-archive", { file }));
  makeFolders(dirname(folder), 0o700);
  const unpacked = mkdtempSync(`${dirname(folder)}/.restore-`);
  try {
    // tar takes leading `/` and `..` away, and makes links that lead out of the folder last, when nothing more is written through them. Root's tar would set
    // the bits of set-uid programs too, and make devices.
    const ran = tar([
      ...["--extract", "--gzip", "--file", file, "--directory", unpacked],
      "--no-same-owner",
      "--no-same-permissions",
      "--delay-directory-restore",
    ]);
    if (ran !== null) return failure(ran);
    const [only, ...others] = readdirSync(unpacked);
    if (only === undefined || others.length > 0 || kindOf(`${unpacked}/${only}`) !== "folder" || holdsDevice(unpacked))
      return failure(errorAt(NO_PLACE, "data.no-archive", { file }));
    // Whatever the archive says of it: as `run` makes it.
    chmodSync(`${unpacked}/${only}`, 0o700);
    const isThere = kindOf(folder) !== "absent";
    if (isThere) {
      makeFolders(dirname(aside), 0o700);
      renameSync(folder, aside);
    }
    renameSync(`${unpacked}/${only}`, folder);
    return success({ aside: isThere ? aside : null });
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

function holdsDevice(folder: string): boolean {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).some((entry) => entry.isBlockDevice() || entry.isCharacterDevice());
}

function tar(argv: readonly string[], out: number | "ignore" = "ignore"): Problem | null {
  const ran = spawnSync("/usr/bin/tar", argv, { encoding: "utf8", env: { PATH: "/usr/bin:/bin" }, stdio: ["ignore", out, "pipe"] });
  if (ran.status === 0) return null;
  // The first line says why; the last one that tar stops.
  return errorAt(NO_PLACE, "data.tar", { system: ran.error?.message ?? ran.stderr.trim().split("\n")[0] ?? "" });
}

function kindOf(path: string): "folder" | "file" | "other" | "absent" {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found === undefined ? "absent" : found.isDirectory() ? "folder" : found.isFile() ? "file" : "other";
}
