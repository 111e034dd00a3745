// Why a folder could not be made. Node's `mkdir` with `recursive` says of a read-only file system that there is no such file (it looks for the folder after the refusal).
import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";

/** The error itself, or what the nearest folder that is there answers to who would write to it. */
export function causeOf(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  if (error.syscall !== "mkdir" || error.code !== "ENOENT" || error.path === undefined) return error;
  let above = dirname(error.path);
  while (!existsSync(above)) above = dirname(above);
  try {
    accessSync(above, constants.W_OK | constants.X_OK);
    return error;
  } catch (refusal) {
    return refusal as NodeJS.ErrnoException;
  }
}
