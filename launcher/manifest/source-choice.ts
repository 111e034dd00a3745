// Of an id that stands both in a manifest of tsbox's and among Flatpak's apps, which one the user chose. The choice also says whose program wrote the app's data.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Places } from "./places.ts";
import { makeFolders } from "../../native/make-folders.ts";

export const APP_SOURCES = ["host", "flatpak"] as const;
export type AppSource = (typeof APP_SOURCES)[number];

function fileOf(places: Pick<Places, "state">, id: string): string {
  return `${places.state}/sources/${id}`;
}

/** Null where nothing was chosen. */
export function readChosenSource(places: Pick<Places, "state">, id: string): AppSource | null {
  try {
    const word = readFileSync(fileOf(places, id), "latin1").trim();
    return APP_SOURCES.find((source) => source === word) ?? null;
  } catch {
    return null;
  }
}

/** Where nothing can be kept, as on a read-only home, the next start asks again. */
export function keepChosenSource(places: Pick<Places, "state">, id: string, source: AppSource): void {
  const file = fileOf(places, id);
  try {
    makeFolders(`${places.state}/sources`, 0o700);
    writeFileSync(`${file}.${process.pid}`, `${source}\n`, { mode: 0o600 });
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    return;
  }
}
