// Which descriptors belong to which message. The kernel ends a read behind the piece that carried descriptors, so they belong to a message that reaches into that read.
import type { Addon } from "../../native/addon.ts";
import type { InFlight } from "./outgoing.ts";

interface Batch {
  readonly fds: number[];
  /** Position in the stream behind the read that brought them. */
  readonly end: number;
}

/** What the kernel passes in one call, and may wait for a message that is not whole yet. */
const MOST_WAITING = 253;

export class DescriptorQueue {
  readonly #addon: Addon;
  readonly #inFlight: InFlight;
  readonly #batches: Batch[] = [];
  #count = 0;

  constructor(addon: Addon, inFlight: InFlight = { queuedBytes: 0, descriptors: 0 }) {
    this.#addon = addon;
    this.#inFlight = inFlight;
  }

  get count(): number {
    return this.#count;
  }

  /** More wait than one call brings; or some wait, and all connections of the app have more than `inAll` on their way. */
  tooMany(inAll: number): boolean {
    return this.#count > MOST_WAITING || (this.#count > 0 && this.#inFlight.descriptors > inAll);
  }

  add(fds: number[], end: number): void {
    this.#batches.push({ fds, end });
    this.#count += fds.length;
    this.#inFlight.descriptors += fds.length;
  }

  /** Just `count` descriptors in the order they came, or undefined where fewer are there. The caller owns them. */
  take(count: number): number[] | undefined {
    if (this.#count < count) return undefined;
    const taken: number[] = [];
    while (taken.length < count) {
      const batch = this.#batches[0] as Batch;
      taken.push(...batch.fds.splice(0, count - taken.length));
      if (batch.fds.length === 0) this.#batches.shift();
    }
    this.#count -= count;
    this.#inFlight.descriptors -= count;
    return taken;
  }

  /** A message ended here: descriptors that came no later and were not claimed belong to nobody, and must not reach a later message. */
  dropUpTo(end: number): void {
    while (this.#batches.length > 0 && (this.#batches[0] as Batch).end <= end) {
      const batch = this.#batches.shift() as Batch;
      this.#count -= batch.fds.length;
      this.#inFlight.descriptors -= batch.fds.length;
      for (const fd of batch.fds) this.#addon.close(fd);
    }
  }

  close(): void {
    this.dropUpTo(Number.POSITIVE_INFINITY);
  }
}
