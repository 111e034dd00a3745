// Where a program lies that is not in the host's `/usr`, and what of it must be shown for it to run. Reads.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { renderFilesystem } from "../manifest/door.ts";

const VISIBLE = /^\/(?:usr(?!\/local\/)|bin|sbin|lib|lib32|lib64|etc)\//;

/** Places as `filesystems=` takes them, read-only. `program` as it is named, `real` where that leads. */
export function placesOfProgram(program: string, real: string, home: string | null): readonly string[] {
  const interpreter = interpreterOf(real);
  const hidden = [program, real, ...(interpreter === null ? [] : [interpreter])].filter((path) => !VISIBLE.test(path)).map((path) => neededFor(path, home));
  const apart = [...new Set(hidden)].filter((path, _, all) => !all.some((other) => other !== path && path.startsWith(`${other}/`)));
  return apart.map((path) => renderFilesystem(home !== null && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path, "ro"));
}

/** A folder of its own where it has one; the file alone where others' files lie beside it. */
function neededFor(path: string, home: string | null): string {
  const folder = dirname(path);
  // A virtual environment of Python's is found by this file, and is of no use without the rest.
  if (isFile(`${dirname(folder)}/pyvenv.cfg`)) return dirname(folder);
  const [, opt] = /^(\/opt\/[^/]+)\//.exec(path) ?? [];
  if (opt !== undefined) return opt;
  const isShared = /\/s?bin$|^\/usr\/local\/games$/.test(folder) || folder === home || dirname(folder) === home || dirname(folder) === "/";
  return isShared ? path : folder;
}

/** Of a script: the program that its first line names. */
function interpreterOf(path: string): string | null {
  let descriptor = -1;
  try {
    descriptor = openSync(path, "r");
    const head = Buffer.alloc(256);
    readSync(descriptor, head, 0, head.length, 0);
    return /^#!\s*(\/[^\s]+)/.exec(head.toString("latin1"))?.[1] ?? null;
  } catch {
    return null;
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
