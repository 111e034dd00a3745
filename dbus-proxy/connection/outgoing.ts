// What waits to be written to one socket, in order: input of the other lane, which stays where it was read, then bytes of our own.
import type { Addon } from "../../native/addon.ts";
import { Ledger, type Side } from "./ledger.ts";

interface Queued {
  readonly bytes: Uint8Array;
  at: number;
  /** Ride on the first byte; closed here once sent. */
  readonly fds: readonly number[];
}

export const NO_FDS: readonly number[] = [];

/** What is on its way through this process: one count for all connections of an app. */
export interface InFlight {
  /** Bytes that nobody took yet. */
  queuedBytes: number;
  /** Read and not passed on. */
  descriptors: number;
}
export type Drained = "gone" | "waits" | "empty";

export class Outgoing {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #eagain: number;
  readonly #inFlight: InFlight;
  readonly #queue: Queued[] = [];
  #ledger: Ledger | undefined;
  #side: Side = 0;
  /** Ride on the first byte of the input that waits. */
  #inputFds: readonly number[] = NO_FDS;
  #inputBytes = 0;
  #queuedBytes = 0;
  /** Descriptors that wait here. */
  descriptors = 0;

  constructor(addon: Addon, fd: number, inFlight: InFlight) {
    this.#addon = addon;
    this.#inFlight = inFlight;
    this.#fd = fd;
    this.#eagain = -(addon.constants["EAGAIN"] as number);
  }

  get bytes(): number {
    return this.#inputBytes + this.#queuedBytes;
  }

  /** From now on everything is told to the ledger. */
  keepIn(ledger: Ledger, side: Side): void {
    this.#ledger = ledger;
    this.#side = side;
  }

  /** What the ledger of another process held already. */
  restore(queued: Uint8Array): void {
    if (queued.length === 0) return;
    this.#queue.push({ bytes: queued, at: 0, fds: NO_FDS });
    this.#count(queued.length, 0);
    this.#queuedBytes = queued.length;
  }

  /** `bytes` is ours from now on. */
  push(bytes: Uint8Array, fds: readonly number[]): void {
    this.#queue.push({ bytes, at: 0, fds });
    this.#queuedBytes += bytes.length;
    this.#count(bytes.length, fds.length);
    this.#ledger?.queue(this.#side, bytes, 0, bytes.length, fds.length);
  }

  /** Input of the lane from the other end, [from, to) of its positions. It is copied only where something waits that goes before it. */
  input(from: number, to: number, fds: readonly number[]): void {
    const ledger = this.#ledger as Ledger;
    const start = this.#queue.length > 0 ? -1 : this.#inputBytes === 0 ? from : fds.length === 0 ? ledger.continues(this.#side, from) : -1;
    if (start >= 0) {
      ledger.passOn(this.#side, start, to);
      if (this.#inputBytes === 0) this.#inputFds = fds;
      this.#inputBytes = to - start;
      this.#count(to - from, fds.length);
      return;
    }
    const at = Ledger.offset(from);
    this.push(ledger.input((1 - this.#side) as Side).slice(at, at + to - from), fds);
  }

  /** The memory of the ledger is given up: what waits there is taken along. */
  leaveLedger(): void {
    const ledger = this.#ledger;
    this.#ledger = undefined;
    if (ledger === undefined || this.#inputBytes === 0) return;
    this.#queue.unshift({ bytes: ledger.takeBack(this.#side), at: 0, fds: this.#inputFds });
    this.#queuedBytes += this.#inputBytes;
    this.#inputBytes = 0;
    this.#inputFds = NO_FDS;
  }

  /** Writes what the other side takes now. */
  drain(): Drained {
    while (this.#inputBytes > 0) {
      const ledger = this.#ledger as Ledger;
      const fds = this.#inputFds;
      const wanted = this.#inputBytes;
      const sent = ledger.sendInput(this.#side, this.#fd, fds);
      if (sent === this.#eagain) return "waits";
      if (sent < 0) return "gone";
      this.#closeAll(fds);
      this.#inputFds = NO_FDS;
      this.#inputBytes -= sent;
      this.#count(-sent, -fds.length);
      // The kernel took what it has room for: asking again would only be told so.
      if (sent < wanted) return "waits";
    }
    while (this.#queue.length > 0) {
      const head = this.#queue[0] as Queued;
      const fds = head.at === 0 ? head.fds : NO_FDS;
      const wanted = head.bytes.length - head.at;
      const sent =
        this.#ledger === undefined
          ? this.#addon.sendmsg(this.#fd, head.bytes, head.at, wanted, fds)
          : this.#ledger.sendQueued(this.#side, this.#fd, head.bytes, head.at, fds);
      if (sent === this.#eagain) return "waits";
      if (sent < 0) return "gone";
      this.#closeAll(fds);
      head.at += sent;
      this.#queuedBytes -= sent;
      this.#count(-sent, -fds.length);
      if (sent < wanted) return "waits";
      this.#queue.shift();
    }
    this.#ledger?.queueEmpty(this.#side);
    return "empty";
  }

  close(): void {
    this.#closeAll(this.#inputFds);
    for (const queued of this.#queue) if (queued.at === 0) this.#closeAll(queued.fds);
    this.#inputFds = NO_FDS;
    this.#count(-this.bytes, -this.descriptors);
    this.#queue.length = this.#inputBytes = this.#queuedBytes = 0;
  }

  #count(bytes: number, descriptors: number): void {
    this.descriptors += descriptors;
    this.#inFlight.queuedBytes += bytes;
    this.#inFlight.descriptors += descriptors;
  }

  #closeAll(fds: readonly number[]): void {
    for (const fd of fds) this.#addon.close(fd);
  }
}
