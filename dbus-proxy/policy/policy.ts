// What one connection to one bus may do: pure data, made by the launcher or by the command line of tsbox-dbus-proxy.

import type { NameAlias } from "./name-aliases.ts";

export type Level = "see" | "talk" | "own";

/** A grant on a name. `name` may end in `.*`: the name itself and everything below it; or in `-*`: all names that begin so (only to be owned). */
export interface NameRule {
  readonly name: string;
  readonly level: Level;
  /** Manifest line or option, for verdicts and error texts. */
  readonly because: string;
}

export type { NameAlias } from "./name-aliases.ts";

/** `[METHOD][@PATH][ WORD…]` on a name (message-rules.ts). Its text travels, not what was read out of it: a filter that does not know a word allows nothing by it. */
export interface MessageRule {
  readonly name: string;
  readonly rule: string;
  readonly because: string;
}

export interface ProxyPolicy {
  /**
   * A name that an `own` entry alone opens is the app's: no call for it reaches a process outside the app's instances, and none has a service started.
   * Missing: such names are open as with `talk`, as xdg-dbus-proxy has it.
   */
  readonly refusesHandOver?: boolean;
  /** False: every message passes (still framed and validated). */
  /**
   * In signals and answers the app names objects, `(so)`, of its own connections alone; the parents of its objects may also be of who has one of these names. Missing: it
   * names what it likes.
   */
  readonly ownReferences?: { readonly beside: readonly string[] };
  readonly filter: boolean;
  readonly sloppyNames: boolean;
  readonly names: readonly NameRule[];
  readonly calls: readonly MessageRule[];
  readonly broadcasts: readonly MessageRule[];
  /** Names that stay hidden whatever the rules above say, with the reason. Exact or `NAME.*`. */
  readonly hidden: readonly HiddenRule[];
  /** Interfaces of the portal service that the app has not, by their names behind `org.freedesktop.portal.`: the broker's to refuse. Missing: none. */
  readonly withheld?: readonly WithheldPortal[];
  /** Names that the app calls otherwise than the bus; all of the above are the bus' names. Missing: none. */
  readonly aliases?: readonly NameAlias[];
}

export interface WithheldPortal {
  readonly portal: string;
  readonly because: string;
}

export interface HiddenRule {
  readonly name: string;
  readonly because: string;
  /** Of processes on the bus alone: what the broker itself serves under the name is judged by the other rules. */
  readonly onlyOnBus?: boolean;
}
