// Copies an app's data for another instance of it. What is in it an app wrote: links stay links, and nothing is written but into a new folder beside.
import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { errorAt, failure, NO_PLACE, type Result, success, wordsOf } from "../manifest/door.ts";
import { makeFolders } from "../../native/make-folders.ts";

/** `to` must not be there. `from`: a folder of its own, not a link to one. */
export function copyData(from: string, to: string): Result<null> {
  if (lstatSync(from, { throwIfNoEntry: false })?.isDirectory() !== true) return failure(errorAt(NO_PLACE, "data.absent", { folder: from }));
  makeFolders(dirname(to), 0o700);
  const young = mkdtempSync(`${dirname(to)}/.copy-`);
  try {
    // --archive neither follows links nor opens pipes and sockets.
    const ran = spawnSync("/usr/bin/cp", ["--archive", "--reflink=auto", "--no-target-directory", "--", from, `${young}/data`], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (ran.status !== 0)
      return failure(errorAt(NO_PLACE, "data.not-copied", { folder: from, system: ran.error?.message ?? ran.stderr.trim().split("\n").at(-1) ?? "" }));
    return moveData(`${young}/data`, to);
  } finally {
    rmSync(young, { recursive: true, force: true });
  }
}

/** Never over another one. */
export function moveData(from: string, to: string): Result<null> {
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return failure(errorAt(NO_PLACE, "data.file-there", { file: to }));
  try {
    renameSync(from, to);
    return success(null);
  } catch (error) {
    return failure(errorAt(NO_PLACE, "data.not-moved", { folder: from, aside: to, system: wordsOf(error as NodeJS.ErrnoException) }));
  }
}
