// Finds the path under which exported files name `tsbox`: one that an upgrade leaves in place.
import { accessSync, closeSync, constants, openSync, readSync, realpathSync } from "node:fs";
import { isSafeProgramPath } from "./rewrite-exec.ts";

/** A name in the PATH that leads to this very program (package managers keep it across upgrades), else the program's own path. Null where neither can stand in an Exec line. */
export function findInstalledProgram(packageFolder: string, environment: ReadonlyMap<string, string>): string | null {
  const own = ["bin", "build"].map((folder) => `${packageFolder}/${folder}/tsbox`).find(isProgram);
  const real = own === undefined ? null : realPathOf(own);
  if (own === undefined || real === null) return null;
  const folders = (environment.get("PATH") ?? "").split(":").filter((folder) => folder.startsWith("/"));
  const named = folders.map((folder) => `${folder.replace(/(?<=.)\/+$/, "")}/tsbox`).filter((path) => realPathOf(path) === real);
  return [...named, own].find(isSafeProgramPath) ?? null;
}

/** In a tree that is not built the name holds a script that says so. */
function isProgram(path: string): boolean {
  let descriptor = -1;
  try {
    accessSync(path, constants.X_OK);
    descriptor = openSync(path, constants.O_RDONLY);
    const magic = Buffer.alloc(4);
    readSync(descriptor, magic, 0, 4, 0);
    return magic.toString("latin1") === "\x7fELF";
  } catch {
    return false;
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

function realPathOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
