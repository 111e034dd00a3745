// One direction of a connection: cuts the stream into messages in the receive buffer and forwards runs of allowed ones with one call.
import type { Addon } from "../../native/addon.ts";
import { BodyCheck } from "../wire/body-check.ts";
import { FIXED_HEADER_BYTES, frameLength, headerLength, parseFixedPart, parseHeader } from "../wire/header.ts";
import type { Interner } from "../wire/interner.ts";
import { MAX_HEADER_BYTES } from "../wire/limits.ts";
import { emptyHeader, type MessageHeader } from "../wire/message.ts";
import { DescriptorQueue } from "./descriptors.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Incoming, Outcome } from "./outcome.ts";

/** What all connections of a process share. INVARIANT: nothing in the buffer outlives one wake-up. */
export interface Workbench {
  readonly addon: Addon;
  readonly buffer: Uint8Array;
  readonly texts: Interner;
}

/** Also the most that one connection may read per turn of the event loop. */
export const BUFFER_BYTES = 256 * 1024;
/** Messages up to this size are collected whole; longer ones pass in pieces once their header is judged. */
export const WHOLE_BYTES = 16 * 1024;

export interface LaneRules {
  needsBody(header: MessageHeader): boolean;
  judge(message: Incoming): Outcome;
  /** The message will be left out: its header or what must be read of it is too long, or it brings too many descriptors. */
  tooLarge(header: MessageHeader, what: string, limit: number): void;
  /** The stream breaks the protocol. */
  broken(because: string): void;
  ended(): void;
  /** Whether the rest must wait. */
  held(): boolean;
  readonly checksBodies: boolean;
  readonly inspectedBytes: number;
  readonly descriptorsPerMessage: number;
}

const EMPTY = new Uint8Array(0);
const NO_FDS: readonly number[] = [];
/** More bytes must come first. */
const WAIT = 0;
/** The message must be collected whole in a buffer of its own. */
const COLLECT = -1;
/** What the kernel passes in one call, and may therefore wait for a message that is not whole yet. */
const MAX_WAITING_DESCRIPTORS = 253;

export class Lane {
  readonly #bench: Workbench;
  readonly #source: Endpoint;
  readonly #sink: Endpoint;
  readonly #rules: LaneRules;
  readonly #descriptors: DescriptorQueue;
  readonly #header = emptyHeader();
  readonly #message: { header: MessageHeader; bytes: Uint8Array; at: number };
  readonly #check: BodyCheck;
  readonly #eagain: number;
  /** Bytes read and not yet dealt with. */
  #carry: Uint8Array;
  /** A message longer than the buffer that must be judged whole, and how much of it is there. */
  #large: Uint8Array | undefined;
  #largeBytes = 0;
  /** Bytes still to come of a message that was judged already. */
  #passing = 0;
  #discarding = false;
  /** Bytes of the message at hand that may go on now. */
  #here = 0;
  #descriptorsOfMessage: readonly number[] = NO_FDS;
  #failure = "";
  /** What of the message at hand is over a limit, "" for nothing. */
  #leftOut = "";
  #leftOutLimit = 0;
  /** Bytes read since the beginning. */
  #position: number;
  #closed = false;

  constructor(bench: Workbench, source: Endpoint, sink: Endpoint, rules: LaneRules, first: Uint8Array, firstFds: number[]) {
    this.#bench = bench;
    this.#source = source;
    this.#sink = sink;
    this.#rules = rules;
    this.#descriptors = new DescriptorQueue(bench.addon);
    this.#message = { header: this.#header, bytes: bench.buffer, at: 0 };
    this.#check = new BodyCheck(bench.texts);
    this.#eagain = -(bench.addon.constants["EAGAIN"] as number);
    this.#carry = first;
    this.#position = first.length;
    if (firstFds.length > 0) this.#descriptors.add(firstFds, first.length);
  }

  /** One read, whatever comes: who has more waits for the next turn. */
  receive(): void {
    const large = this.#large;
    const buffer = large ?? this.#bench.buffer;
    const kept = large === undefined ? this.#carry.length : this.#largeBytes;
    if (large === undefined && kept > 0) buffer.set(this.#carry, 0);
    const fds: number[] = [];
    const count = this.#bench.addon.recvmsg(this.#source.fd, buffer, kept, buffer.length - kept, fds);
    if (count === this.#eagain) return;
    if (count <= 0) {
      this.#rules.ended();
      return;
    }
    this.#position += count;
    if (fds.length > 0) this.#descriptors.add(fds, this.#position);
    if (large === undefined) {
      this.#work(buffer, kept + count);
      return;
    }
    this.#largeBytes += count;
    if (this.#largeBytes < large.length) return;
    this.#large = undefined;
    this.#work(large, large.length);
  }

  /** Goes on with what was kept while the lane was held. */
  resume(): void {
    if (this.#closed || this.#carry.length === 0) return;
    this.#bench.buffer.set(this.#carry, 0);
    this.#work(this.#bench.buffer, this.#carry.length);
  }

  close(): void {
    this.#closed = true;
    this.#descriptors.close();
    this.#carry = EMPTY;
    this.#large = undefined;
  }

  #work(buffer: Uint8Array, end: number): void {
    const done = this.#messages(buffer, end);
    if (this.#failure !== "") {
      this.#rules.broken(this.#failure);
      return;
    }
    if (this.#closed) return;
    if (this.#large === undefined) this.#carry = done < end ? buffer.slice(done, end) : EMPTY;
    if (this.#descriptors.count > MAX_WAITING_DESCRIPTORS) this.#rules.broken("too many descriptors");
  }

  /** Deals with all it can and returns how far that went. Bytes [run, at) are allowed and not sent yet. */
  #messages(buffer: Uint8Array, end: number): number {
    const start = this.#position - end;
    let at = 0;
    let run = 0;
    while (!this.#closed) {
      if (this.#passing > 0) {
        at += this.#pass(buffer, at, end);
        if (this.#discarding) run = at;
        if (this.#passing > 0 || this.#failure !== "") break;
        this.#flush(buffer, run, at);
        run = at;
        this.#messageEnds(start + at);
        continue;
      }
      if (this.#rules.held()) break;
      const total = this.#next(buffer, at, end);
      if (total === WAIT) break;
      if (total === COLLECT) {
        this.#flush(buffer, run, at);
        this.#collect(buffer, at, end);
        return end;
      }
      const outcome = this.#decide(buffer, at);
      if (outcome === "close") break;
      const here = this.#here;
      const fds = this.#descriptorsOfMessage;
      if (outcome !== "forward" || fds.length > 0) {
        this.#flush(buffer, run, at);
        if (outcome === "forward") this.#sink.send(buffer, at, at + here, fds);
        else this.#closeAll(fds);
        if (typeof outcome !== "string") this.#sink.send(outcome, 0, outcome.length);
        run = at + here;
      }
      at += here;
      this.#discarding = outcome !== "forward";
      this.#passing = total - here;
      if (this.#passing > 0) this.#sink.midMessage(!this.#discarding);
      else if (this.#descriptors.count > 0) this.#descriptors.dropUpTo(start + at);
    }
    this.#flush(buffer, run, at);
    return at;
  }

  /** Reads the header at `at`; the length of the message if it can be judged now. */
  #next(buffer: Uint8Array, at: number, end: number): number {
    const there = end - at;
    if (there < FIXED_HEADER_BYTES) return WAIT;
    const total = frameLength(buffer, at);
    if (total < 0) return this.#fail("message length");
    const head = headerLength(buffer, at);
    this.#here = Math.min(total, there);
    this.#leftOut = "";
    if (head > MAX_HEADER_BYTES) {
      parseFixedPart(buffer, at, this.#header);
      return this.#leaveOut("bytes of header", MAX_HEADER_BYTES, total);
    }
    if (there < head) return WAIT;
    const problem = parseHeader(buffer, at, this.#header, this.#bench.texts);
    if (problem !== "") return this.#fail(problem);
    if (there < total && total <= WHOLE_BYTES) return WAIT;
    const inspected = this.#rules.needsBody(this.#header);
    if (there < total && inspected)
      return total <= this.#rules.inspectedBytes ? COLLECT : this.#leaveOut("bytes that the filter must read", this.#rules.inspectedBytes, total);
    if (this.#header.bodyBytes > 0 && (inspected || this.#rules.checksBodies)) {
      this.#check.begin(this.#header.signature, this.#header.littleEndian, this.#header.bodyBytes);
      const taken = this.#check.feed(buffer, at + head, at + this.#here);
      if (taken < 0 || (there >= total && !this.#check.complete)) return this.#fail("body does not fit its signature");
      // A value cut in two waits for its rest: nothing goes on unchecked.
      this.#here = head + taken;
    }
    return total;
  }

  #leaveOut(what: string, limit: number, total: number): number {
    this.#leftOut = what;
    this.#leftOutLimit = limit;
    return total;
  }

  /** Claims the message's descriptors and asks for the outcome. */
  #decide(buffer: Uint8Array, at: number): Outcome {
    const count = this.#leftOut === "" ? this.#header.unixFds : 0;
    this.#descriptorsOfMessage = NO_FDS;
    if (count > 0) {
      const fds = this.#descriptors.take(count);
      if (fds === undefined) {
        this.#fail("fewer descriptors than the header says");
        return "close";
      }
      this.#descriptorsOfMessage = fds;
      if (count > this.#rules.descriptorsPerMessage) this.#leaveOut("descriptors in one message", this.#rules.descriptorsPerMessage, 0);
    }
    if (this.#leftOut !== "") {
      this.#rules.tooLarge(this.#header, this.#leftOut, this.#leftOutLimit);
      return "drop";
    }
    this.#message.bytes = buffer;
    this.#message.at = at;
    const outcome = this.#rules.judge(this.#message);
    if (outcome === "close") {
      this.#closeAll(this.#descriptorsOfMessage);
      this.#fail("message that the protocol forbids");
    }
    return outcome;
  }

  /** Moves the message into a buffer of its own size and waits for its end there. */
  #collect(buffer: Uint8Array, at: number, end: number): void {
    this.#large = new Uint8Array(frameLength(buffer, at));
    this.#large.set(buffer.subarray(at, end), 0);
    this.#largeBytes = end - at;
    this.#carry = EMPTY;
  }

  /** More of a message that was judged before. */
  #pass(buffer: Uint8Array, at: number, end: number): number {
    let taken = Math.min(this.#passing, end - at);
    const checked = !this.#discarding && this.#rules.checksBodies;
    if (checked) {
      taken = this.#check.feed(buffer, at, at + taken);
      if (taken < 0) return this.#fail("body does not fit its signature");
    }
    this.#passing -= taken;
    if (this.#passing === 0 && checked && !this.#check.complete) this.#fail("body does not fit its signature");
    return taken;
  }

  #messageEnds(position: number): void {
    if (!this.#discarding) this.#sink.midMessage(false);
    this.#descriptors.dropUpTo(position);
  }

  #flush(buffer: Uint8Array, from: number, to: number): void {
    if (to > from) this.#sink.send(buffer, from, to);
  }

  /** Told once what was allowed before has been sent. */
  #fail(because: string): 0 {
    this.#failure = because;
    return WAIT;
  }

  #closeAll(fds: readonly number[]): void {
    for (const fd of fds) this.#bench.addon.close(fd);
  }
}
