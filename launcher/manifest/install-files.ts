// Puts a manifest, and the folder with its program, among the user's own or those of all users, or takes them away. What is half done when it fails is not seen: the manifest comes last and
// goes first.
import { chmodSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { copyProgram, type InstallFor } from "./copy-program.ts";
import { manifestFolders, type Places } from "./places.ts";
import type { Problem } from "./origin.ts";
import { errorAt } from "./problem.ts";
import { wordsOf } from "./regular-file.ts";
import { makeFolders } from "../../native/make-folders.ts";

export interface InstalledFiles {
  readonly manifest: string;
  readonly program: string;
}

const LOCAL = "/usr/local/share";

/** Where an id's files lie in the user's own folder, or in that of all users: below `/usr/local/share` where data is looked for there. */
export function manifestFilesOf(places: Places, id: string, owner: InstallFor = "user"): InstalledFiles {
  const folder = folderOf(places, owner);
  return { manifest: `${folder}/${id}.ini`, program: `${folder}/${id}` };
}

function folderOf(places: Places, owner: InstallFor): string {
  if (owner === "user") return manifestFolders(places)[0] as string;
  const local = places.dataDirectories.find((path) => path.replace(/\/+$/, "") === LOCAL);
  // `sudo` may bring the variables of a user, and with them folders that he writes.
  return `${local ?? places.dataDirectories.find(isOursAlone) ?? LOCAL}/tsbox/manifests`;
}

/** Whether it, or what there is of the way to it, can be written by nobody but us. */
function isOursAlone(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return path !== "/" && isOursAlone(dirname(path));
  return found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
}

/** `program`: a folder to copy, or null. What was there before is replaced. */
export function installManifest(places: Places, id: string, bytes: Uint8Array, program: string | null, owner: InstallFor = "user"): Problem | null {
  const to = manifestFilesOf(places, id, owner);
  const mark = `.${id}.${process.pid}`;
  const folder = folderOf(places, owner);
  const fresh = { manifest: `${folder}/${mark}.new`, program: `${folder}/${mark}.program` };
  try {
    makeFolders(folder, owner === "user" ? 0o700 : 0o755);
    if (program !== null) copyProgram(program, fresh.program, owner);
    writeFileSync(fresh.manifest, bytes, { mode: 0o600, flag: "wx" });
    if (owner === "system") chmodSync(fresh.manifest, 0o644);
    rmSync(to.program, { recursive: true, force: true });
    if (program !== null) renameSync(fresh.program, to.program);
    renameSync(fresh.manifest, to.manifest);
    return null;
  } catch (error) {
    for (const path of Object.values(fresh)) rmSync(path, { recursive: true, force: true });
    return errorAt({ file: to.manifest, line: 0, column: 0 }, owner === "system" ? "install.write-system" : "install.write", {
      system: wordsOf(error as NodeJS.ErrnoException),
    });
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
