// One socket of a connection: reads when told, writes what it can at once and keeps the rest until the other side takes it.
import { type Addon, READABLE, type Watcher, WRITABLE } from "../../native/addon.ts";
import { Ledger, type Side } from "./ledger.ts";

export interface EndpointHandlers {
  readable(): void;
  /** The queue became empty. */
  drained(): void;
  /** Writing failed: the other side is gone. Or handling what came failed by a fault of ours: one connection pays for it, not all. */
  broken(fault?: unknown): void;
}

interface Queued {
  readonly bytes: Uint8Array;
  at: number;
  /** Ride on the first byte; closed here once sent. */
  readonly fds: readonly number[];
}

const NO_FDS: readonly number[] = [];
const FINISH_MILLISECONDS = 10_000;

/** Owns its descriptor. */
export class Endpoint {
  readonly fd: number;
  readonly #addon: Addon;
  readonly #eagain: number;
  readonly #watcher: Watcher;
  readonly #queue: Queued[] = [];
  readonly #deferred: Uint8Array[] = [];
  #handlers: EndpointHandlers;
  #reading = false;
  #midMessage = false;
  #finishing = false;
  #closed = false;
  #ledger: Ledger | undefined;
  #side: Side = 0;
  /** Something was queued that was never tried. */
  #untried = false;
  /** Bytes that wait for the other side. */
  queuedBytes = 0;

  constructor(addon: Addon, fd: number, handlers: EndpointHandlers) {
    this.fd = fd;
    this.#addon = addon;
    this.#eagain = -(addon.constants["EAGAIN"] as number);
    this.#handlers = handlers;
    this.#watcher = addon.watch(fd, 0, (events) => this.#wake(events));
  }

  get closed(): boolean {
    return this.#closed;
  }

  handle(handlers: EndpointHandlers): void {
    this.#handlers = handlers;
  }

  read(wanted: boolean): void {
    if (this.#reading === wanted || this.#finishing || this.#closed) return;
    this.#reading = wanted;
    this.#watch();
  }

  /** From now on all that is written is told to the ledger. `queued`: what the other process, before this one, did not get rid of. */
  keepIn(ledger: Ledger, side: Side, queued?: Uint8Array): void {
    this.#ledger = ledger;
    this.#side = side;
    if (queued === undefined || queued.length === 0) return;
    this.#queue.push({ bytes: queued, at: 0, fds: NO_FDS });
    this.queuedBytes = queued.length;
    this.#watch();
  }

  /** Bytes [from, to); the buffer may be reused afterwards. Takes the descriptors over. */
  send(bytes: Uint8Array, from: number, to: number, fds: readonly number[] = NO_FDS): void {
    if (!this.#takes(fds)) return;
    const first = this.#queue.length === 0;
    let at = from;
    if (first && this.#ledger === undefined) {
      const sent = this.#addon.sendmsg(this.fd, bytes, from, to - from, fds);
      if (sent < 0 && sent !== this.#eagain) {
        this.#closeAll(fds);
        this.#handlers.broken();
        return;
      }
      if (sent > 0) {
        at += sent;
        this.#closeAll(fds);
      }
      if (at === to) return;
    }
    this.#push(bytes.slice(at, to), at === from ? fds : NO_FDS);
    if (first && this.#ledger !== undefined) this.#drain();
    else this.#watch();
  }

  /** Input of the lane from the other end, from one position of it to another, then `made`, as one step of the ledger's. Takes the descriptors over. */
  forward(from: number, to: number, fds: readonly number[] = NO_FDS, made?: Uint8Array): void {
    const ledger = this.#ledger;
    if (!this.#takes(fds) || ledger === undefined) return;
    const input = ledger.input((1 - this.#side) as Side);
    const at = Ledger.offset(from);
    if (to === from || this.#queue.length > 0) {
      const first = this.#queue.length === 0;
      if (to > from) this.#push(input.slice(at, at + to - from), fds);
      if (made !== undefined) this.#push(made, NO_FDS);
      if (first) this.#drain();
      return;
    }
    if (made !== undefined) ledger.queue(this.#side, made, 0, made.length, 0);
    const result = ledger.sendInput(this.#side, this.fd, from, to, fds);
    if (result < 0 && result !== this.#eagain) {
      this.#closeAll(fds);
      this.#handlers.broken();
      return;
    }
    const sent = Math.max(0, result);
    if (sent > 0) this.#closeAll(fds);
    if (sent < to - from) {
      // What is left goes before what was made.
      ledger.requeue(this.#side);
      this.#push(input.slice(at + sent, at + to - from), sent > 0 ? NO_FDS : fds);
      if (made !== undefined) this.#push(made, NO_FDS);
      this.#watch();
    } else if (made !== undefined) {
      this.#queue.push({ bytes: made, at: 0, fds: NO_FDS });
      this.queuedBytes += made.length;
      this.#drain();
    }
  }

  /** A message of our own: never inside another one that is still passing, and not before the ledger has it. */
  say(bytes: Uint8Array): void {
    if (this.#midMessage) this.#deferred.push(bytes);
    else if (this.#ledger === undefined) this.send(bytes, 0, bytes.length);
    else if (this.#takes(NO_FDS)) {
      this.#untried ||= this.#queue.length === 0;
      this.#push(bytes, NO_FDS);
    }
  }

  /** Tries what was said. */
  pump(): void {
    if (!this.#untried) return;
    this.#untried = false;
    if (!this.#closed) this.#drain();
  }

  /** Whether a message of which only a part was sent so far is passing. */
  midMessage(is: boolean): void {
    this.#midMessage = is;
    if (is) return;
    for (const bytes of this.#deferred.splice(0)) this.say(bytes);
  }

  /** Closes as soon as what is queued has been taken. */
  finish(): void {
    if (this.#closed || this.#finishing) return;
    this.#finishing = true;
    this.#reading = false;
    // A connection that ends is nobody's to go on with.
    this.#ledger = undefined;
    if (this.#queue.length === 0) {
      this.close();
      return;
    }
    this.#watch();
    // Who does not take what is left in this time never will.
    setTimeout(() => this.close(), FINISH_MILLISECONDS).unref();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    for (const queued of this.#queue) this.#closeAll(queued.fds);
    this.#queue.length = this.#deferred.length = this.queuedBytes = 0;
    // Copies of the socket may live in the connector: the end must be said, not only implied by the last close.
    this.#addon.shutdown(this.fd, 2);
    this.#addon.close(this.fd);
  }

  #wake(events: number): void {
    if (this.#closed) return;
    try {
      if ((events & WRITABLE) !== 0 && this.#queue.length > 0) this.#flush();
      if (this.#reading && !this.#closed && (events & ~WRITABLE) !== 0) this.#handlers.readable();
    } catch (fault) {
      this.#handlers.broken(fault);
    }
  }

  #flush(): void {
    if (!this.#drain() || this.#queue.length > 0) return;
    if (this.#finishing) this.close();
    else this.#handlers.drained();
  }

  /** Writes what the other side takes now. False where it is gone. */
  #drain(): boolean {
    const ledger = this.#ledger;
    while (this.#queue.length > 0) {
      const head = this.#queue[0] as Queued;
      const fds = head.at === 0 ? head.fds : NO_FDS;
      const sent =
        ledger === undefined
          ? this.#addon.sendmsg(this.fd, head.bytes, head.at, head.bytes.length - head.at, fds)
          : ledger.sendQueued(this.#side, this.fd, head.bytes, head.at, fds);
      if (sent === this.#eagain) break;
      if (sent < 0) {
        if (this.#finishing) this.close();
        this.#handlers.broken();
        return false;
      }
      if (head.at === 0) this.#closeAll(head.fds);
      head.at += sent;
      this.queuedBytes -= sent;
      if (head.at === head.bytes.length) this.#queue.shift();
    }
    if (this.#queue.length === 0) ledger?.queueEmpty(this.#side);
    this.#watch();
    return true;
  }

  /** `bytes` is ours from now on. */
  #push(bytes: Uint8Array, fds: readonly number[]): void {
    this.#queue.push({ bytes, at: 0, fds });
    this.queuedBytes += bytes.length;
    this.#ledger?.queue(this.#side, bytes, 0, bytes.length, fds.length);
  }

  /** Whether anything is written any more; if not, the descriptors are closed. */
  #takes(fds: readonly number[]): boolean {
    if (!this.#closed && !this.#finishing) return true;
    this.#closeAll(fds);
    return false;
  }

  #watch(): void {
    if (!this.#closed) this.#watcher.update((this.#reading ? READABLE : 0) | (this.#queue.length > 0 ? WRITABLE : 0));
  }

  #closeAll(fds: readonly number[]): void {
    for (const fd of fds) this.#addon.close(fd);
  }
}
