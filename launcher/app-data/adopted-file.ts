// What the user decided about settings outside, for each app and instance: kept with the state, where no app can write.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Adopted } from "./adopt.ts";
import { makeFolders } from "../../native/make-folders.ts";

export function adoptedFile(state: string, id: string): string {
  return `${state}/adopted/${id}.json`;
}

/** Null where nothing was decided. */
export function readAdopted(state: string, id: string): Adopted | null {
  try {
    const raw = JSON.parse(readFileSync(adoptedFile(state, id), "utf8")) as Adopted;
    return ["copy", "share", "none"].includes(raw.way) && Array.isArray(raw.items) ? raw : null;
  } catch {
    return null;
  }
}

export function keepAdopted(state: string, id: string, adopted: Adopted): void {
  const file = adoptedFile(state, id);
  makeFolders(`${state}/adopted`, 0o700);
  writeFileSync(`${file}.new`, `${JSON.stringify(adopted, null, 1)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function forgetAdopted(state: string, id: string): void {
  rmSync(adoptedFile(state, id), { force: true });
}
