// Says what is in force after an override was changed, and what remains by which line. Values only; the texts are in launcher/messages/override.ts. Pure.
import type { EntryKind, EntryOf, PermissionEntry } from "../permissions/entries.ts";
import { grammarOf, subjectOf } from "./grammar/grammars.ts";
import { type Merged, mergeLayers, type PermissionLayer, type Statement } from "./layers.ts";

export interface InForce {
  /** `sockets=x11`. */
  readonly subject: string;
  /** What counts now; null where nobody says anything. */
  readonly statement: Statement | null;
  /** Grants that reach the same thing by other words, and stay: `~/foo` after a denied `home`. */
  readonly remains: readonly Statement[];
  /** What single apps say otherwise, after a change for all apps. */
  readonly outvotedBy: readonly Statement[];
}

export interface OverrideReport {
  readonly file: string;
  readonly changed: boolean;
  readonly inForce: readonly InForce[];
}

/** `layers` and `limits` as a run would see them after the change; `perApp` the layers of single apps that lie above a change for all apps. */
export function reportOverride(
  touched: readonly PermissionEntry[],
  layers: readonly PermissionLayer[],
  limits: readonly PermissionLayer[],
  perApp: readonly PermissionLayer[] = [],
): readonly InForce[] {
  const merged = mergeLayers(layers, limits);
  const bySubject = new Map(touched.map((entry) => [subjectOf(entry), entry]));
  return [...bySubject].map(([subject, entry]) => {
    const statement = merged.trace.get(subject)?.at(-1) ?? null;
    return { subject, statement, remains: remainsOf(entry, merged), outvotedBy: outvotes(subject, statement, perApp) };
  });
}

/** Only a denial, or the taking out of an entry, can leave something behind that the user did not expect. */
function remainsOf(entry: PermissionEntry, merged: Merged): readonly Statement[] {
  const grammar = grammarOf(entry);
  const mine = merged.trace.get(subjectOf(entry))?.at(-1);
  if (mine !== undefined && !mine.denies) return [];
  const reaches = new Set(grammar.remaining?.(merged.permissions, entry as EntryOf<EntryKind>) ?? []);
  return [...merged.trace].flatMap(([subject, said]) => {
    const last = said.at(-1);
    return reaches.has(subject) && last !== undefined && !last.denies ? [last] : [];
  });
}

function outvotes(subject: string, statement: Statement | null, perApp: readonly PermissionLayer[]): readonly Statement[] {
  return perApp.flatMap((layer) => {
    // Most apps say nothing about it.
    if (!layer.entries.some((entry) => subjectOf(entry) === subject)) return [];
    const said = mergeLayers([layer]).trace.get(subject)?.at(-1);
    return said === undefined || said.text === statement?.text ? [] : [said];
  });
}
