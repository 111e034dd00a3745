// A path that stands in a command line. Pure.
import { posix } from "node:path";

/** Absolute. A shell leaves the `~` of `--path=~/notes` as it is, so it means the home here; a folder of that name is `./~`. */
export function readPathArgument(raw: string, workingDirectory: string, home: string): string {
  if (raw === "~" || raw.startsWith("~/")) return posix.resolve(home, `.${raw.slice(1)}`);
  return posix.resolve(workingDirectory, raw);
}
