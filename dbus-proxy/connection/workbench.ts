// What all connections of a process share.
import type { Addon } from "../../native/addon.ts";
import { Interner } from "../wire/interner.ts";
import { LedgerShelf } from "./ledger-shelf.ts";

export interface Workbench {
  readonly addon: Addon;
  /** For what is read and dealt with in one turn, where no ledger holds it. */
  readonly buffer: Uint8Array;
  readonly texts: Interner;
  readonly ledgers: LedgerShelf;
}

/** Messages up to this size are collected whole; longer ones pass in pieces once their header is judged. */
export const WHOLE_BYTES = 16 * 1024;

const BUFFER_BYTES = 256 * 1024;

export function createWorkbench(addon: Addon): Workbench {
  return { addon, buffer: new Uint8Array(BUFFER_BYTES), texts: new Interner(), ledgers: new LedgerShelf(addon) };
}
