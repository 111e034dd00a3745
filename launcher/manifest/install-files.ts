// Puts a manifest, and the folder with its program, among the user's own or those of all users, or takes them away. What is half done when it fails is not seen: the manifest comes last and
// goes first.
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { manifestFolders, type Places } from "./places.ts";
import type { Problem } from "./origin.ts";
import { errorAt } from "./problem.ts";
import { wordsOf } from "./regular-file.ts";

export interface InstalledFiles {
  readonly manifest: string;
  readonly program: string;
}

/** Whose it becomes: one user's, who alone may read it, or everybody's. */
export type InstallFor = "user" | "system";

const LOCAL = "/usr/local/share";

/** Where an id's files lie in the user's own folder, or in that of all users: below `/usr/local/share` where data is looked for there. */
export function manifestFilesOf(places: Places, id: string, owner: InstallFor = "user"): InstalledFiles {
  const folder = folderOf(places, owner);
  return { manifest: `${folder}/${id}.ini`, program: `${folder}/${id}` };
}

function folderOf(places: Places, owner: InstallFor): string {
  if (owner === "user") return manifestFolders(places)[0] as string;
  return `${places.dataDirectories.find((path) => path.replace(/\/+$/, "") === LOCAL) ?? places.dataDirectories[0] ?? LOCAL}/tsbox/manifests`;
}

/** `program`: a folder to copy, or null. What was there before is replaced. */
export function installManifest(places: Places, id: string, bytes: Uint8Array, program: string | null, owner: InstallFor = "user"): Problem | null {
  const to = manifestFilesOf(places, id, owner);
  const mark = `.${id}.${process.pid}`;
  const folder = folderOf(places, owner);
  const fresh = { manifest: `${folder}/${mark}.new`, program: `${folder}/${mark}.program` };
  try {
    mkdirSync(folder, { recursive: true, mode: owner === "user" ? 0o700 : 0o755 });
    // Links are copied as links: the app would follow them inside, where they reach no more than it does.
    if (program !== null) cpSync(program, fresh.program, { recursive: true, verbatimSymlinks: true, errorOnExist: true, force: false, filter: isCopied });
    writeFileSync(fresh.manifest, bytes, { mode: 0o600, flag: "wx" });
    if (owner === "system") for (const path of program === null ? [fresh.manifest] : [fresh.manifest, fresh.program]) openToAll(path);
    rmSync(to.program, { recursive: true, force: true });
    if (program !== null) renameSync(fresh.program, to.program);
    renameSync(fresh.manifest, to.manifest);
    return null;
  } catch (error) {
    for (const path of Object.values(fresh)) rmSync(path, { recursive: true, force: true });
    return errorAt({ file: to.manifest, line: 0, column: 0 }, "install.write", { system: wordsOf(error as NodeJS.ErrnoException) });
  }
}

export function removeManifest(places: Places, id: string, owner: InstallFor = "user"): Problem | null {
  const { manifest, program } = manifestFilesOf(places, id, owner);
  try {
    rmSync(manifest);
    rmSync(program, { recursive: true, force: true });
    return null;
  } catch (error) {
    return errorAt({ file: manifest, line: 0, column: 0 }, "install.remove", { system: wordsOf(error as NodeJS.ErrnoException) });
  }
}

/** What its owner may read or execute, everybody may; whatever the umask was. Links stay as they are. */
function openToAll(path: string): void {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return;
  const owners = found.mode & 0o500;
  chmodSync(path, (found.mode & 0o7755) | (owners >> 3) | (owners >> 6));
  if (found.isDirectory()) for (const name of readdirSync(path)) openToAll(`${path}/${name}`);
}

/** Files, folders and links: a pipe or a device is no part of a program. */
function isCopied(path: string): boolean {
  const found = lstatSync(path);
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}
