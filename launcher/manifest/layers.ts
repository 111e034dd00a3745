// Permission layers: what one source says, as a list of entries.
import type { PermissionEntry } from "../permissions/entries.ts";
import type { LayerName } from "./origin.ts";

/** What one file, or one command line, says about permissions. At most one entry for each subject. */
export interface PermissionLayer {
  readonly layer: LayerName;
  /** Absolute path, or empty (defaults, command line). */
  readonly file: string;
  readonly entries: readonly PermissionEntry[];
}
