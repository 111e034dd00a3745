// Gives an app a fresh start: its data is set aside, not deleted, since what is in it nobody asked.
import { lstatSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { errorAt, failure, NO_PLACE, type Result, success, wordsOf } from "../manifest/door.ts";

/** `aside` must lie on the same file system. */
export function resetData(folder: string, aside: string): Result<string> {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return failure(errorAt(NO_PLACE, "data.absent", { folder }));
  try {
    mkdirSync(dirname(aside), { recursive: true, mode: 0o700 });
    renameSync(folder, aside);
    return success(aside);
  } catch (error) {
    return failure(errorAt(NO_PLACE, "data.not-moved", { folder, aside, system: wordsOf(error as NodeJS.ErrnoException) }));
  }
}
