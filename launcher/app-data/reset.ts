// Gives an app a fresh start: its data is set aside, not deleted, since what is in it nobody asked.
import { lstatSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { errorAt, failure, NO_PLACE, type Result, success, wordsOf } from "../manifest/door.ts";
import { makeFolders } from "../../native/make-folders.ts";

/** A place that nobody has had, for what is set aside of `name`; `state` is tsbox's own folder. */
export function asideFolder(state: string, name: string): string {
  return `${state}/data/${name}.${new Date().toISOString().replace(/[:.]/g, "-")}`;
}

/** `aside` must lie on the same file system. */
export function resetData(folder: string, aside: string): Result<string> {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return failure(errorAt(NO_PLACE, "data.absent", { folder }));
  try {
    makeFolders(dirname(aside), 0o700);
    renameSync(folder, aside);
    return success(aside);
  } catch (error) {
    return failure(errorAt(NO_PLACE, "data.not-moved", { folder, aside, system: wordsOf(error as NodeJS.ErrnoException) }));
  }
}
