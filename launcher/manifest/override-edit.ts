// Changes the text of an override: lays entries over it, or takes entries out of it. Everything else stays byte for byte. Pure.
import type { EntryKind, EntryOf, PermissionEntry } from "../permissions/entries.ts";
import { grammarOf } from "./grammar/grammars.ts";
import type { Keyfile } from "./keyfile.ts";
import { inMergeOrder, layerOf } from "./layers.ts";

/** The override as if the entries were merged over it. */
export function layOver(keyfile: Keyfile, entries: readonly PermissionEntry[]): Keyfile {
  return asOneLayer(entries).reduce((edited, entry) => grammarOf(entry).edit(edited, entry as EntryOf<EntryKind>), keyfile);
}

/** The override without what it says about the subjects of the entries, and the entries about which it said nothing. */
export function takeOut(keyfile: Keyfile, entries: readonly PermissionEntry[]): { readonly keyfile: Keyfile; readonly missing: readonly PermissionEntry[] } {
  const missing: PermissionEntry[] = [];
  let edited = keyfile;
  for (const entry of asOneLayer(entries)) {
    const next = grammarOf(entry).erase(edited, entry as EntryOf<EntryKind>);
    if (next === edited) missing.push(entry);
    edited = next;
  }
  return { keyfile: edited, missing };
}

/** Options of one command line first become one layer, as for `run`: then `--socket=x11 --nosocket=x11` means the same in both. */
function asOneLayer(entries: readonly PermissionEntry[]): readonly PermissionEntry[] {
  return inMergeOrder(layerOf("command-line", "", entries).entries);
}
