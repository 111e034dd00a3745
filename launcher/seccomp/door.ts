// The door of launcher/seccomp: the filter of one app, as bytes for the kernel.
import { assembleFilter } from "./assembler.ts";
import { type FilterFeatures, rulesFor } from "./rules.ts";
import type { Architecture } from "./syscall-numbers.ts";

export type { FilterFeatures, NestedLevel } from "./rules.ts";
export type { Architecture } from "./syscall-numbers.ts";

/** The same features and architecture give the same bytes. */
export function makeFilter(features: FilterFeatures, architecture: Architecture): Uint8Array {
  return assembleFilter(rulesFor(features), architecture);
}
