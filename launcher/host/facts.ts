// What is true of this host and this caller at the time of one start. Frozen; made by probe.ts, used by the plan builder, which asks the host nothing.
import type { SourceIdentity } from "../plan/plan.ts";

/** One path of the host as lstat and realpath saw it. Absent paths are in the map with `null`. */
export interface PathFact extends SourceIdentity {
  /** The path itself. */
  readonly path: string;
  /** Permission bits and owner. */
  readonly mode: number;
  readonly uid: number;
  /** For a symlink: its target as written. */
  readonly target: string | null;
  /** Whether the caller may write it (access W_OK). */
  readonly writable: boolean;
}
