// The calls of an app that are being answered: in which order they begin, and which connections left meanwhile.
import { setImmediate as nextTurn } from "node:timers/promises";

export class Calls {
  /** Serials by connection. */
  readonly #running = new Map<string, Set<number>>();
  readonly #left = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Resolves when the call may begin. INVARIANT: one of an app's begins in each turn of the loop of events, however many it sends at once: a launch, and every other app, waits for one
   * of them at most, not for all.
   */
  begin(client: string, serial: number): Promise<unknown> {
    const serials = this.#running.get(client) ?? new Set<number>();
    this.#running.set(client, serials.add(serial));
    const mine = this.#last;
    this.#last = mine.then(() => nextTurn());
    return mine;
  }

  ended(client: string, serial: number): void {
    const serials = this.#running.get(client);
    serials?.delete(serial);
    if (serials?.size !== 0) return;
    this.#running.delete(client);
    this.#left.delete(client);
  }

  isRunning(client: string, serial: number): boolean {
    return this.#running.get(client)?.has(serial) === true;
  }

  clientGone(client: string): void {
    if (this.#running.has(client)) this.#left.add(client);
  }

  /** Nobody hears the answer: what would last as long as the connection would last for ever. */
  hasLeft(client: string): boolean {
    return this.#left.has(client);
  }
}
