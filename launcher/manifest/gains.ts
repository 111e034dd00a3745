// What one layer grants beyond another: for `diff`, and for a manifest that asks for more than the user accepted. Flatpak's rules of an update, made stricter where a
// denial goes. Pure.
import type { EntryKind, EntryOf, PermissionEntry } from "../permissions/entries.ts";
import { grammarOf, isDenial, subjectOf } from "./grammar/grammars.ts";
import { layerOf, type PermissionLayer } from "./layers.ts";

export interface Gains {
  /** Grants of the newer layer that the older one does not hold. */
  readonly granted: readonly PermissionEntry[];
  /** What the older layer says to have less, and the newer one does not repeat: denials, and whatever else narrows. */
  readonly undenied: readonly PermissionEntry[];
}

export function gainsOf(older: PermissionLayer, newer: PermissionLayer): Gains {
  const said = new Set(newer.entries.map(subjectOf));
  return {
    granted: newer.entries.filter((entry) => !isDenial(entry) && !isWithin(older.entries, entry)),
    undenied: older.entries.filter((entry) => isPower(entry) && !said.has(subjectOf(entry)) && narrows(entry, newer.entries)),
  };
}

/** The newer layer without its gains: of each, what the older one said about the same thing, if it said anything. */
export function withoutGains(older: PermissionLayer, newer: PermissionLayer): PermissionLayer {
  const gains = gainsOf(older, newer);
  const held = new Map(older.entries.map((entry) => [subjectOf(entry), entry]));
  const kept = newer.entries.flatMap((entry) => (gains.granted.includes(entry) ? (held.get(subjectOf(entry)) ?? []) : entry));
  return { ...newer, entries: layerOf(newer.layer, newer.file, [...kept, ...gains.undenied]).entries };
}

function narrows(entry: PermissionEntry, newer: readonly PermissionEntry[]): boolean {
  const grammar = grammarOf(entry);
  if (grammar.narrows === undefined) return isDenial(entry);
  const same = newer.filter((one) => one.kind === entry.kind) as readonly EntryOf<EntryKind>[];
  return grammar.narrows(entry as EntryOf<EntryKind>, same);
}

function isPower(entry: PermissionEntry): boolean {
  return grammarOf(entry).isWithin !== "always";
}

function isWithin(older: readonly PermissionEntry[], entry: PermissionEntry): boolean {
  const grammar = grammarOf(entry);
  if (grammar.isWithin === "always") return true;
  const same = older.filter((one) => one.kind === entry.kind) as readonly EntryOf<EntryKind>[];
  if (grammar.isWithin !== undefined) return grammar.isWithin(same, entry as EntryOf<EntryKind>);
  return same.some((one) => grammar.render(one) === grammar.render(entry as EntryOf<EntryKind>));
}
