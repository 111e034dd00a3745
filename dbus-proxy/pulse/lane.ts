// One direction of a sound connection: cuts the stream into frames in the receive buffer that all connections share. Commands are collected whole where they are
// judged; audio passes as it comes, in runs, untouched. Descriptors are closed: nothing in the protocol needs one once shared memory is off.
import type { Endpoint } from "../connection/endpoint.ts";
import type { Workbench } from "../connection/workbench.ts";
import { DESCRIPTOR_BYTES, type FrameHead, parseDescriptor } from "./framing.ts";

export type Outcome = "forward" | "drop" | "close" | Uint8Array;

export interface PulseLaneRules {
  /** Whether the command whose payload begins at `at` must be whole before it is judged. */
  needsWhole(bytes: Uint8Array, at: number): boolean;
  /** The payload, as much of it as is there. */
  judge(bytes: Uint8Array, from: number, to: number): Outcome;
  ended(): void;
  broken(because: string): void;
  /** Whether the rest must wait. */
  held(): boolean;
}

/** A command that is judged is at most this long; the servers take no longer one either. */
const MAX_COMMAND_BYTES = 64 * 1024;
/** Enough of a command to know which it is. */
const HEAD_BYTES = 10;
const EMPTY = new Uint8Array(0);

export class PulseLane {
  readonly #bench: Workbench;
  readonly #source: Endpoint;
  readonly #sink: Endpoint;
  readonly #rules: PulseLaneRules;
  readonly #eagain: number;
  readonly #head: FrameHead = { length: 0, isCommand: false };
  #carry: Uint8Array = EMPTY;
  /** Bytes still to come of a frame that passes in pieces. */
  #passing = 0;
  #failure = "";
  #closed = false;

  constructor(bench: Workbench, source: Endpoint, sink: Endpoint, rules: PulseLaneRules) {
    this.#bench = bench;
    this.#source = source;
    this.#sink = sink;
    this.#rules = rules;
    this.#eagain = -(bench.addon.constants["EAGAIN"] as number);
  }

  receive(): void {
    const { addon, buffer } = this.#bench;
    const kept = this.#carry.length;
    if (kept > 0) buffer.set(this.#carry, 0);
    const fds: number[] = [];
    const count = addon.recvmsg(this.#source.fd, buffer, kept, buffer.length - kept, fds);
    for (const fd of fds) addon.close(fd);
    if (count === this.#eagain) return;
    if (count <= 0) this.#rules.ended();
    else this.#work(buffer, kept + count);
  }

  /** Goes on with what was kept while the lane was held. */
  resume(): void {
    if (this.#closed || this.#carry.length === 0) return;
    this.#bench.buffer.set(this.#carry, 0);
    this.#work(this.#bench.buffer, this.#carry.length);
  }

  close(): void {
    this.#closed = true;
    this.#carry = EMPTY;
  }

  #work(buffer: Uint8Array, end: number): void {
    const done = this.#frames(buffer, end);
    if (this.#failure !== "") this.#rules.broken(this.#failure);
    else if (!this.#closed) this.#carry = done < end ? buffer.slice(done, end) : EMPTY;
  }

  /** Deals with all it can and returns how far that went. Bytes [run, at) may go and have not yet. */
  #frames(buffer: Uint8Array, end: number): number {
    let at = 0;
    let run = 0;
    while (!this.#closed) {
      if (this.#passing > 0) {
        const here = Math.min(this.#passing, end - at);
        at += here;
        this.#passing -= here;
        this.#send(buffer, run, at);
        run = at;
        if (this.#passing > 0) break;
        this.#sink.midMessage(false);
      }
      if (this.#rules.held() || end - at < DESCRIPTOR_BYTES) break;
      this.#failure = parseDescriptor(buffer, at, this.#head);
      if (this.#failure !== "") break;
      const payload = at + DESCRIPTOR_BYTES;
      const whole = payload + this.#head.length;
      if (this.#head.isCommand) {
        const wait = this.#mustWait(buffer, payload, whole, end);
        if (wait) break;
        const outcome = this.#rules.judge(buffer, payload, Math.min(whole, end));
        if (outcome === "close" || this.#closed) break;
        if (outcome !== "forward") {
          this.#send(buffer, run, at);
          if (typeof outcome !== "string") this.#sink.send(outcome, 0, outcome.length);
          at = run = whole;
          continue;
        }
      }
      at = Math.min(whole, end);
      if (whole <= end) continue;
      this.#passing = whole - end;
      this.#send(buffer, run, at);
      run = at;
      this.#sink.midMessage(true);
    }
    this.#send(buffer, run, at);
    return at;
  }

  /** A command that is judged whole must be there whole; of another its beginning is enough. */
  #mustWait(buffer: Uint8Array, payload: number, whole: number, end: number): boolean {
    if (end < Math.min(whole, payload + HEAD_BYTES)) return true;
    if (whole - payload < HEAD_BYTES || !this.#rules.needsWhole(buffer, payload)) return false;
    if (whole - payload > MAX_COMMAND_BYTES) this.#failure = "a command that is too long";
    return whole > end || this.#failure !== "";
  }

  #send(buffer: Uint8Array, from: number, to: number): void {
    if (to > from) this.#sink.send(buffer, from, to);
  }
}
