// Permission layers: what one source says, and how several are laid over each other. Flatpak's merge rules, then the limits. Pure.
import type { EntryKind, EntryOf, PermissionEntry } from "../permissions/entries.ts";
import type { Permissions } from "../permissions/permissions.ts";
import type { ResolvePlace } from "./filesystem-location.ts";
import { type Draft, emptyDraft, finishDraft } from "./grammar/draft.ts";
import type { Cut } from "./grammar/entry-grammar.ts";
import { grammarOf, renderEntry, subjectOf } from "./grammar/grammars.ts";
import type { LayerName, Origin } from "./origin.ts";

/** What one file, or one command line, says about permissions. At most one entry for each subject. */
export interface PermissionLayer {
  readonly layer: LayerName;
  /** Absolute path, or empty (defaults, command line). */
  readonly file: string;
  readonly entries: readonly PermissionEntry[];
  /** `[X-Tsbox] lock=true`: what lower layers grant or deny does not count beside it, only their variables do. */
  readonly locks?: boolean;
}

/** One thing that one layer said, for `permissions`, `override` and `why`. */
export interface Statement {
  /** `sockets=!x11`, as a file says it. */
  readonly text: string;
  readonly denies: boolean;
  readonly origin: Origin;
}

export interface Merged {
  readonly permissions: Permissions;
  /** Subject (`sockets=x11`) to all that was said about it, lowest layer first. The last one is in force, limits included. */
  readonly trace: ReadonlyMap<string, readonly Statement[]>;
  /** What the limits took away. */
  readonly cuts: readonly Cut[];
}

/** A layer of these entries, in the order in which they stand: a later one about the same subject replaces the earlier one. */
export function layerOf(layer: LayerName, file: string, entries: readonly PermissionEntry[]): PermissionLayer {
  const bySubject = new Map<string, PermissionEntry>();
  for (const entry of entries) {
    const subject = subjectOf(entry);
    const earlier = bySubject.get(subject);
    bySubject.delete(subject);
    bySubject.set(subject, earlier === undefined ? entry : fold(earlier, entry));
  }
  return { layer, file, entries: [...bySubject.values()] };
}

const NO_PATHS: ResolvePlace = () => null;

/**
 * Lays the layers over each other, lowest first, then takes away what the limits deny. `resolve` lets a limit see that `/home/u/x` lies in `home`; without it
 * limits go by the words alone.
 */
export function mergeLayers(layers: readonly PermissionLayer[], limits: readonly PermissionLayer[] = [], resolve: ResolvePlace = NO_PATHS): Merged {
  const draft = emptyDraft();
  const trace = new Map<string, Statement[]>();
  const locked = layers.findLastIndex((layer) => layer.locks === true);
  for (const [index, layer] of layers.entries()) {
    for (const entry of inMergeOrder(layer.entries)) {
      if (index < locked && entry.kind !== "environment") continue;
      grammarOf(entry).merge(draft, entry as EntryOf<EntryKind>);
      record(trace, entry);
    }
  }
  const cuts = limits.flatMap((limit) => limit.entries.flatMap((entry) => applyLimit(draft, trace, entry, resolve)));
  return { permissions: finishDraft(draft), trace, cuts };
}

function applyLimit(draft: Draft, trace: Map<string, Statement[]>, entry: PermissionEntry, resolve: ResolvePlace): readonly Cut[] {
  const cuts = grammarOf(entry).cut?.(draft, entry as EntryOf<EntryKind>, resolve) ?? [];
  record(trace, entry);
  return cuts;
}

function record(trace: Map<string, Statement[]>, entry: PermissionEntry): void {
  const subject = subjectOf(entry);
  const said = trace.get(subject) ?? [];
  said.push({ text: renderEntry(entry), denies: grammarOf(entry).denies(entry as EntryOf<EntryKind>), origin: entry.origin });
  trace.set(subject, said);
}

function fold(earlier: PermissionEntry, later: PermissionEntry): PermissionEntry {
  const grammar = grammarOf(later);
  return grammar.fold === undefined ? later : grammar.fold(earlier as EntryOf<EntryKind>, later as EntryOf<EntryKind>);
}

/** What forgets lower layers comes first, so that it never forgets its own. */
export function inMergeOrder(entries: readonly PermissionEntry[]): readonly PermissionEntry[] {
  const isFirst = (entry: PermissionEntry): boolean => grammarOf(entry).mergesFirst?.(entry as EntryOf<EntryKind>) ?? false;
  return [...entries.filter(isFirst), ...entries.filter((entry) => !isFirst(entry))];
}
