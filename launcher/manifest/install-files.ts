// Puts a manifest, and the folder with its program, among the user's own, or takes them away. What is half done when it fails is not seen: the manifest comes last and
// goes first.
import { cpSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { manifestFolders, type Places } from "./places.ts";
import type { Problem } from "./origin.ts";
import { errorAt } from "./problem.ts";
import { wordsOf } from "./regular-file.ts";

export interface InstalledFiles {
  readonly manifest: string;
  readonly program: string;
}

/** Where an id's files lie in the user's own folder. */
export function userManifestFiles(places: Places, id: string): InstalledFiles {
  const folder = manifestFolders(places)[0] as string;
  return { manifest: `${folder}/${id}.ini`, program: `${folder}/${id}` };
}

/** `program`: a folder to copy, or null. What was there before is replaced. */
export function installManifest(places: Places, id: string, bytes: Uint8Array, program: string | null): Problem | null {
  const to = userManifestFiles(places, id);
  const mark = `.${id}.${process.pid}`;
  const folder = manifestFolders(places)[0] as string;
  const fresh = { manifest: `${folder}/${mark}.new`, program: `${folder}/${mark}.program` };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Links are copied as links: the app would follow them inside, where they reach no more than it does.
    if (program !== null) cpSync(program, fresh.program, { recursive: true, verbatimSymlinks: true, errorOnExist: true, force: false, filter: isCopied });
    writeFileSync(fresh.manifest, bytes, { mode: 0o600, flag: "wx" });
    rmSync(to.program, { recursive: true, force: true });
    if (program !== null) renameSync(fresh.program, to.program);
    renameSync(fresh.manifest, to.manifest);
    return null;
  } catch (error) {
    for (const path of Object.values(fresh)) rmSync(path, { recursive: true, force: true });
    return errorAt({ file: to.manifest, line: 0, column: 0 }, "install.write", { system: wordsOf(error as NodeJS.ErrnoException) });
  }
}

export function removeManifest(places: Places, id: string): Problem | null {
  const { manifest, program } = userManifestFiles(places, id);
  try {
    rmSync(manifest);
    rmSync(program, { recursive: true, force: true });
    return null;
  } catch (error) {
    return errorAt({ file: manifest, line: 0, column: 0 }, "install.remove", { system: wordsOf(error as NodeJS.ErrnoException) });
  }
}

/** Files, folders and links: a pipe or a device is no part of a program. */
function isCopied(path: string): boolean {
  const found = lstatSync(path);
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}
