// One socket of a connection: reads when told, writes what it can at once and keeps the rest until the other side takes it.
import { type Addon, READABLE, type Watcher, WRITABLE } from "../../native/addon.ts";

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

  /** Bytes [from, to) of a message or of a run of them; the buffer may be reused afterwards. Takes the descriptors over. */
  send(bytes: Uint8Array, from: number, to: number, fds: readonly number[] = NO_FDS): void {
    if (this.#closed || this.#finishing) {
      this.#closeAll(fds);
      return;
    }
    let at = from;
    if (this.#queue.length === 0) {
      const sent = this.#addon.sendmsg(this.fd, bytes, from, to - from, fds);
      if (sent < 0 && sent !== this.#eagain) {
        this.#closeAll(fds);
        this.#handlers.broken();
        return;
      }
      if (sent > 0) {
        at += sent;
        if (fds.length > 0) this.#closeAll(fds);
      }
      if (at === to) return;
    }
    this.#queue.push({ bytes: bytes.slice(at, to), at: 0, fds: at === from ? fds : NO_FDS });
    this.queuedBytes += to - at;
    this.#watch();
  }

  /** A message of our own: never inside another one that is still passing. */
  say(bytes: Uint8Array): void {
    if (this.#midMessage) this.#deferred.push(bytes);
    else this.send(bytes, 0, bytes.length);
  }

  /** Whether a message of which only a part was sent so far is passing. */
  midMessage(is: boolean): void {
    this.#midMessage = is;
    if (is) return;
    for (const bytes of this.#deferred.splice(0)) this.send(bytes, 0, bytes.length);
  }

  /** Closes as soon as what is queued has been taken. */
  finish(): void {
    if (this.#closed || this.#finishing) return;
    this.#finishing = true;
    this.#reading = false;
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
    while (this.#queue.length > 0) {
      const head = this.#queue[0] as Queued;
      const sent = this.#addon.sendmsg(this.fd, head.bytes, head.at, head.bytes.length - head.at, head.at === 0 ? head.fds : NO_FDS);
      if (sent === this.#eagain) return;
      if (sent < 0) {
        if (this.#finishing) this.close();
        this.#handlers.broken();
        return;
      }
      if (head.at === 0) this.#closeAll(head.fds);
      head.at += sent;
      this.queuedBytes -= sent;
      if (head.at === head.bytes.length) this.#queue.shift();
    }
    if (this.#finishing) {
      this.close();
      return;
    }
    this.#watch();
    this.#handlers.drained();
  }

  #watch(): void {
    if (!this.#closed) this.#watcher.update((this.#reading ? READABLE : 0) | (this.#queue.length > 0 ? WRITABLE : 0));
  }

  #closeAll(fds: readonly number[]): void {
    for (const fd of fds) this.#addon.close(fd);
  }
}
