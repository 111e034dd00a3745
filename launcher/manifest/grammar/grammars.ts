// The list of all kinds of entries. Reading, options, merging, limits and overrides derive from it.
import type { EntryKind, EntryOf, PermissionEntry } from "../../permissions/entries.ts";
import { acceptLower } from "./accept-lower.ts";
import { adopt } from "./adopt.ts";
import { audio } from "./audio.ts";
import { bind } from "./bind.ts";
import { bus } from "./bus.ts";
import { busRule } from "./bus-rules.ts";
import { busSet } from "./bus-sets.ts";
import type { EntryGrammar, KeyMeaning, KeyReader, PermissionOption } from "./entry-grammar.ts";
import { deviceUse } from "./device-use.ts";
import { environment } from "./environment.ts";
import { filesystem, hostReset } from "./filesystems.ts";
import { named } from "./named.ts";
import { APPLICATION_KEYS, OWN_KEYS } from "./own-keys.ts";
import { persistent } from "./persistent.ts";
import { policy } from "./policy.ts";
import { setting } from "./setting.ts";
import { usb } from "./usb.ts";

const GRAMMARS: { readonly [K in EntryKind]: EntryGrammar<K> } = {
  named,
  filesystem,
  "host-reset": hostReset,
  bind,
  adopt,
  persistent,
  environment,
  bus,
  "bus-rule": busRule,
  "bus-set": busSet,
  "accept-lower": acceptLower,
  audio,
  setting,
  "device-use": deviceUse,
  policy,
  usb,
};

/** The grammar of an entry. The types of entry and grammar go together by the entry's kind, which TypeScript cannot follow through the index. */
export function grammarOf<E extends PermissionEntry>(entry: E): EntryGrammar<EntryKind> & { readonly kind: E["kind"] } {
  return GRAMMARS[entry.kind] as unknown as EntryGrammar<EntryKind> & { readonly kind: E["kind"] };
}

export const KEY_READERS: readonly KeyReader[] = Object.values(GRAMMARS).flatMap((grammar) => grammar.keys as readonly KeyReader[]);

/** Every key that a file can have, with what it means. */
export const KEY_MEANINGS: readonly KeyMeaning[] = [...APPLICATION_KEYS, ...OWN_KEYS, ...KEY_READERS];

/** Every option of the command line that says something about permissions, for `run` and `override` alike. */
export const PERMISSION_OPTIONS: readonly PermissionOption[] = Object.values(GRAMMARS).flatMap((grammar) => grammar.options as readonly PermissionOption[]);

/** What an entry speaks about: `sockets=x11`, `filesystems=home`. */
export function subjectOf(entry: PermissionEntry): string {
  return grammarOf(entry).subject(entry as EntryOf<EntryKind>);
}

/** The entry as a file says it: `sockets=!x11`. */
export function renderEntry(entry: PermissionEntry): string {
  return grammarOf(entry).render(entry as EntryOf<EntryKind>);
}

/** Whether the entry only takes away. */
export function isDenial(entry: PermissionEntry): boolean {
  return grammarOf(entry).denies(entry as EntryOf<EntryKind>);
}
