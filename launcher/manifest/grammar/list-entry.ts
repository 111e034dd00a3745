// Reads a list key item by item, each with its origin: what all kinds that live in a list share.
import type { KeyfileEntry } from "../keyfile.ts";
import { decodeList } from "../keyfile-values.ts";
import type { Origin } from "../origin.ts";
import type { Reading } from "./entry-grammar.ts";

export function readItems(entry: KeyfileEntry, reading: Reading, each: (value: string, origin: Origin) => void): void {
  const items = decodeList(entry);
  if (!items.ok) {
    for (const problem of items.problems) reading.report(problem);
    return;
  }
  for (const item of items.value) {
    each(item.value, { layer: reading.layer, file: entry.file, line: entry.line, column: item.column, text: `${entry.key}=${item.raw}` });
  }
}

/** Origin of an entry that is a whole key. */
export function originOf(entry: KeyfileEntry, reading: Reading): Origin {
  return { layer: reading.layer, file: entry.file, line: entry.line, column: entry.column, text: `${entry.key}=${entry.rawValue}` };
}
