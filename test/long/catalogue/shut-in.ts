// Whether a program shuts the pages of others into sandboxes of its own, seen from outside.
import { isContentProcess, isMozillaMain, processes } from "../../support/process-tree.ts";
import type { Bed } from "./program.ts";

/** Those whose command line matches are in a user namespace of their own, below a filter of their own, and there is one. */
export function areShutIn({ run }: Bed, matches: (argv: readonly string[]) => boolean, isMain: (argv: readonly string[]) => boolean): boolean {
  const main = processes(run, isMain)[0];
  // The others are about to install theirs.
  const inner = processes(run, matches).filter(({ filters }) => filters >= 2);
  return main !== undefined && inner.length > 0 && inner.every(({ namespaces }) => namespaces.user !== main.namespaces.user);
}

/** For programs of Mozilla's. */
export function arePagesShutIn(bed: Bed, name: string): boolean {
  return areShutIn(bed, isContentProcess, (argv) => isMozillaMain(argv, name));
}
