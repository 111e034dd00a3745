// The grammar of one kind of entry: one object that knows its keys, its options, how it merges, how it is limited and how an override writes it.
// A new kind is one such object in a file of its own, and one line in grammars.ts.
import type { ResolvePlace } from "../filesystem-location.ts";
import type { Keyfile, KeyfileEntry } from "../keyfile.ts";
import type { LayerName, Origin, Problem, Result } from "../origin.ts";
import type { Draft } from "./draft.ts";
import type { EntryKind, EntryOf, PermissionEntry } from "../../permissions/entries.ts";
import type { Permissions } from "../../permissions/permissions.ts";

/** Takes what the readers of keys find. */
export interface Reading {
  readonly layer: LayerName;
  readonly add: (entry: PermissionEntry) => void;
  readonly report: (problem: Problem) => void;
}

/** What a file may say under a key: manifest(5) and the schema of manifests are made from it. */
export interface KeyMeaning {
  /** A group by its name, or by what it starts with where it ends in ` *` (`Policy *`). */
  readonly group: string;
  /** Null: every key of the group. */
  readonly key: string | null;
  /** `list`: items with `;` behind each. */
  readonly form: "text" | "list" | "boolean";
  /** One line for manifest(5): what the value says. `KEY` is a key that may be any. */
  readonly words: string;
  /** The words that a value or an item can be, or what it begins with before a `:` or `/`; missing where it is free. */
  readonly choices?: readonly string[];
  /** What a value or an item looks like where the words alone do not say it: a regular expression. */
  readonly pattern?: string;
  /** Missing: in manifests, overrides and limits alike. */
  readonly only?: "manifest" | "override";
}

export interface KeyReader extends KeyMeaning {
  readonly read: (entry: KeyfileEntry, reading: Reading) => void;
}

/** An option of the command line, given as `FLAG=VALUE`. The same object serves every command that takes permissions. */
export interface PermissionOption {
  readonly flag: `--${string}`;
  readonly argument: string;
  /** One line for `--help`. */
  readonly words: string;
  /** Words to complete with, where they are known. */
  readonly choices?: readonly string[];
  readonly parse: (raw: string, layer: LayerName) => Result<readonly PermissionEntry[]>;
  /** How `override --unset` reads the value, where less is needed to name an entry than to make one (`--env=NAME`). */
  readonly parseForUnset?: (raw: string, layer: LayerName) => Result<readonly PermissionEntry[]>;
}

export interface EntryGrammar<K extends EntryKind> {
  readonly kind: K;
  readonly keys: readonly KeyReader[];
  readonly options: readonly PermissionOption[];
  /** What the entry speaks about: entries of one subject replace each other. */
  readonly subject: (entry: EntryOf<K>) => string;
  /** The entry as a file says it, normalised: `sockets=!x11`. */
  readonly render: (entry: EntryOf<K>) => string;
  /** Whether it only takes away. */
  readonly denies: (entry: EntryOf<K>) => boolean;
  /**
   * Whether the entries of an older layer hold all that the entry grants. Missing: only the same words do. `always`: it has no power over the host, so nobody needs to
   * accept it.
   */
  readonly isWithin?: ((older: readonly EntryOf<K>[], entry: EntryOf<K>) => boolean) | "always";
  /** Whether a newer layer that leaves this entry out has more by that. Missing: a denial does. */
  readonly narrows?: (entry: EntryOf<K>, newer: readonly EntryOf<K>[]) => boolean;
  /** Two entries of one subject in one layer, in order. Missing: the later one counts. */
  readonly fold?: (earlier: EntryOf<K>, later: EntryOf<K>) => EntryOf<K>;
  /** Whether it must be merged before the other entries of its layer, because it forgets something of the lower ones. */
  readonly mergesFirst?: (entry: EntryOf<K>) => boolean;
  /** Lays the entry over what lower layers said. */
  readonly merge: (draft: Draft, entry: EntryOf<K>) => void;
  /** Takes from the result what the denial of a limit forbids, and returns what was lost. Missing: the kind cannot be limited. */
  readonly cut?: (draft: Draft, entry: EntryOf<K>, resolve: ResolvePlace) => readonly Cut[];
  /** Subjects of permissions that still reach what the denied entry speaks about, by other words. Missing: there are none. */
  readonly remaining?: (permissions: Permissions, entry: EntryOf<K>) => readonly string[];
  /** Writes the entry into an override, as if it were merged over it. */
  readonly edit: (keyfile: Keyfile, entry: EntryOf<K>) => Keyfile;
  /** Takes the entry of this subject out of an override. Returns the very same keyfile where there is none. */
  readonly erase: (keyfile: Keyfile, entry: EntryOf<K>) => Keyfile;
}

/** Something granted that a limit took away. */
export interface Cut {
  /** What was granted, as a file says it. */
  readonly granted: string;
  readonly wanted: Origin;
  readonly limit: Origin;
}

/** Origin of an option of the command line, or of a command that edits `layer`. */
export function optionOrigin(flag: string, raw: string, layer: LayerName): Origin {
  return { layer, file: "", line: 0, column: 0, text: `${flag}=${raw}` };
}
