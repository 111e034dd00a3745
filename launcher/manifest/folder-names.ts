// What is in a folder that may be missing.
import { readdirSync } from "node:fs";
import { isAbsent } from "./regular-file.ts";

/** Names in it, sorted; none where it is not there or cannot be listed. */
export function namesIn(folder: string): readonly string[] {
  // An exception costs ten times what this look does.
  if (isAbsent(folder)) return [];
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
