// Under which manifest an app's data was written: an id alone is a word that any author can choose.
import { readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { ownerOf } from "./known-apps.ts";
import type { Manifest } from "./manifest.ts";
import type { Places } from "./places.ts";
import { makeFolders } from "../../native/make-folders.ts";

/** `isInstalled`: it lies in one of the folders of manifests, where the user or who runs the machine put it for this id. */
export interface DataWriter {
  readonly file: string;
  readonly isInstalled: boolean;
}

export function dataWriterFile(places: Pick<Places, "state">, id: string): string {
  return `${places.state}/data-of/${id}`;
}

export function dataWriterOf({ file, installed }: Pick<Manifest, "file" | "installed">, places: Places): DataWriter {
  const real = realpathSync(file);
  const isInstalled = [file, real].some((path) => ownerOf({ file: path, installed }, places) !== "file");
  return { file: isInstalled ? file : real, isInstalled };
}

/** Null where nobody wrote it down. */
export function readDataWriter(places: Pick<Places, "state">, id: string): DataWriter | null {
  try {
    const [, word, file = ""] = /^(installed|path) (\/.*)\n$/s.exec(readFileSync(dataWriterFile(places, id), "utf8")) ?? [];
    return word === undefined ? null : { file, isInstalled: word === "installed" };
  } catch {
    return null;
  }
}

/** Where nothing can be kept, as on a read-only home, each start is the first. */
export function keepDataWriter(places: Pick<Places, "state">, id: string, { file, isInstalled }: DataWriter): void {
  const to = dataWriterFile(places, id);
  try {
    makeFolders(`${places.state}/data-of`, 0o700);
    writeFileSync(`${to}.${process.pid}`, `${isInstalled ? "installed" : "path"} ${file}\n`, { mode: 0o600 });
    renameSync(`${to}.${process.pid}`, to);
  } catch {
    return;
  }
}
