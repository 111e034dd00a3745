// The program that the user calls, for commands that need a front of their own.
import { realpathSync } from "node:fs";
import { dirname } from "node:path";

/** The same program as was called, whatever its name is: the wrapper of an installation starts it too. `catalogue`: the folder of manifests shipped with it. */
export function frontOf(catalogue: string): string {
  return `${realpathSync(dirname(catalogue))}/build/tsbox`;
}
