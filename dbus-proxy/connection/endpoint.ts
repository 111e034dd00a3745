// One socket of a connection: reads when told, writes what it can at once and keeps the rest until the other side takes it.
import { type Addon, READABLE, type Watcher, WRITABLE } from "../../native/addon.ts";
import type { Ledger, Side } from "./ledger.ts";
import { type InFlight, NO_FDS, Outgoing } from "./outgoing.ts";

export interface EndpointHandlers {
  readable(): void;
  /** The queue became empty. */
  drained(): void;
  /** Writing failed: the other side is gone. Or handling what came failed by a fault of ours: one connection pays for it, not all. */
  broken(fault?: unknown): void;
}

const FINISH_MILLISECONDS = 10_000;

/** Owns its descriptor. */
export class Endpoint {
  readonly fd: number;
  readonly #addon: Addon;
  readonly #watcher: Watcher;
  readonly #outgoing: Outgoing;
  readonly #deferred: { readonly bytes: Uint8Array; readonly fds: readonly number[] }[] = [];
  #deferredBytes = 0;
  #handlers: EndpointHandlers;
  #reading = false;
  /** The events that are asked for. */
  #watched = 0;
  #midMessage = false;
  #finishing = false;
  #closed = false;
  #ledger: Ledger | undefined;
  /** Something was queued that was never tried. */
  #untried = false;

  /** `inFlight` counts what waits here. */
  constructor(addon: Addon, fd: number, handlers: EndpointHandlers, inFlight: InFlight = { queuedBytes: 0, descriptors: 0 }) {
    this.fd = fd;
    this.#addon = addon;
    this.#outgoing = new Outgoing(addon, fd, inFlight);
    this.#handlers = handlers;
    this.#watcher = addon.watch(fd, 0, (events) => this.#wake(events));
  }

  /** Bytes that wait for the other side. */
  get queuedBytes(): number {
    return this.#outgoing.bytes;
  }

  /** Those, and what is said to it once the message that is passing has passed. */
  get owedBytes(): number {
    return this.#outgoing.bytes + this.#deferredBytes;
  }

  get waitingDescriptors(): number {
    return this.#outgoing.descriptors;
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
    this.#outgoing.keepIn(ledger, side);
    if (queued === undefined || queued.length === 0) return;
    this.#outgoing.restore(queued);
    this.#watch();
  }

  /** Bytes [from, to); the buffer may be reused afterwards. Takes the descriptors over. */
  send(bytes: Uint8Array, from: number, to: number, fds: readonly number[] = NO_FDS): void {
    if (!this.#takes(fds)) return;
    const first = this.queuedBytes === 0;
    this.#outgoing.push(bytes.slice(from, to), fds);
    if (first) this.#drain();
  }

  /** Input of the lane from the other end, from one position of it to another, then `made`, as one step of the ledger's. Takes the descriptors over: they ride on the first of it. */
  forward(from: number, to: number, fds: readonly number[] = NO_FDS, made?: Uint8Array): void {
    if (!this.#takes(fds)) return;
    const first = this.queuedBytes === 0;
    if (to > from) this.#outgoing.input(from, to, fds);
    if (made !== undefined) this.#outgoing.push(made, to > from ? NO_FDS : fds);
    if (first) this.#drain();
  }

  /** A message of our own: never inside another one that is still passing, and not before the ledger has it. Takes the descriptors over. */
  say(bytes: Uint8Array, fds: readonly number[] = NO_FDS): void {
    if (this.#midMessage) this.#defer(bytes, fds);
    else if (this.#ledger === undefined) this.send(bytes, 0, bytes.length, fds);
    else if (this.#takes(fds)) {
      this.#untried ||= this.queuedBytes === 0;
      this.#outgoing.push(bytes, fds);
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
    if (is || this.#deferred.length === 0) return;
    this.#deferredBytes = 0;
    for (const { bytes, fds } of this.#deferred.splice(0)) this.say(bytes, fds);
  }

  #defer(bytes: Uint8Array, fds: readonly number[]): void {
    this.#deferred.push({ bytes, fds });
    this.#deferredBytes += bytes.length;
  }

  /** Closes as soon as what is queued has been taken. */
  finish(): void {
    if (this.#closed || this.#finishing) return;
    this.#finishing = true;
    this.#reading = false;
    // A connection that ends is nobody's to go on with.
    this.#ledger = undefined;
    this.#outgoing.leaveLedger();
    if (this.queuedBytes === 0) {
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
    this.#outgoing.close();
    for (const { fds } of this.#deferred.splice(0)) this.#closeAll(fds);
    this.#deferredBytes = 0;
    // Copies of the socket may live in the connector: the end must be said, not only implied by the last close.
    this.#addon.shutdown(this.fd, 2);
    this.#addon.close(this.fd);
  }

  #wake(events: number): void {
    if (this.#closed) return;
    try {
      if ((events & WRITABLE) !== 0 && this.queuedBytes > 0) this.#flush();
      if (this.#reading && !this.#closed && (events & ~WRITABLE) !== 0) this.#handlers.readable();
    } catch (fault) {
      this.#handlers.broken(fault);
    }
  }

  #flush(): void {
    if (!this.#drain() || this.queuedBytes > 0) return;
    if (this.#finishing) this.close();
    else this.#handlers.drained();
  }

  /** Writes what the other side takes now. False where it is gone. */
  #drain(): boolean {
    if (this.#outgoing.drain() === "gone") {
      if (this.#finishing) this.close();
      this.#handlers.broken();
      return false;
    }
    this.#watch();
    return true;
  }

  /** Whether anything is written any more; if not, the descriptors are closed. */
  #takes(fds: readonly number[]): boolean {
    if (!this.#closed && !this.#finishing) return true;
    this.#closeAll(fds);
    return false;
  }

  #watch(): void {
    const events = (this.#reading ? READABLE : 0) | (this.queuedBytes > 0 ? WRITABLE : 0);
    if (this.#closed || events === this.#watched) return;
    this.#watched = events;
    this.#watcher.update(events);
  }

  #closeAll(fds: readonly number[]): void {
    for (const fd of fds) this.#addon.close(fd);
  }
}
