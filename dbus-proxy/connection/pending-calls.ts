// The calls of one connection that wait for an answer, by serial. Most wait alone, and a Map that goes back and forth between none and one entry is
// made anew every few times: so the newest call stands outside of it.
import type { PendingCall } from "./state.ts";

/** INVARIANT: a serial is never 0 and is set only while it is not here. */
export class PendingCalls {
  #newest = 0;
  #pending: PendingCall | undefined;
  readonly #others = new Map<number, PendingCall>();

  get size(): number {
    return this.#others.size + (this.#newest === 0 ? 0 : 1);
  }

  get(serial: number): PendingCall | undefined {
    if (serial === this.#newest) return this.#pending;
    return this.#others.size === 0 ? undefined : this.#others.get(serial);
  }

  has(serial: number): boolean {
    return this.get(serial) !== undefined;
  }

  set(serial: number, pending: PendingCall): void {
    if (this.#newest !== 0) this.#others.set(this.#newest, this.#pending as PendingCall);
    this.#newest = serial;
    this.#pending = pending;
  }

  delete(serial: number): boolean {
    if (serial !== this.#newest || serial === 0) return this.#others.size > 0 && this.#others.delete(serial);
    this.#newest = 0;
    this.#pending = undefined;
    return true;
  }

  *[Symbol.iterator](): Generator<readonly [number, PendingCall]> {
    yield* this.#others;
    if (this.#newest !== 0) yield [this.#newest, this.#pending as PendingCall];
  }
}
