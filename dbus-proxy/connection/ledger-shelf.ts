// The memory of a connection that has yet to come: making it takes as long as the whole greeting, at whose end an app waits.
import type { Addon } from "../../native/addon.ts";
import { Ledger } from "./ledger.ts";

/** Whoever took one is answered first. */
const LATE_MILLISECONDS = 20;

export class LedgerShelf {
  readonly #addon: Addon;
  #next: Ledger | undefined;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  /** Throws SystemError where there is no memory or no descriptor left. */
  take(busIndex: number): Ledger {
    const ledger = this.#next ?? Ledger.create(this.#addon);
    this.#next = undefined;
    ledger.begin(busIndex);
    setTimeout(() => this.restock(), LATE_MILLISECONDS).unref();
    return ledger;
  }

  /** Where it fails, so will `take`, which tells. */
  restock(): void {
    try {
      this.#next ??= Ledger.create(this.#addon);
    } catch {
      this.#next = undefined;
    }
  }
}
