// One direction of a connection: cuts the stream into messages in the receive buffer and forwards runs of allowed ones with one call.
import { BodyCheck } from "../wire/body-check.ts";
import { asItGoesOn, readHeader } from "../wire/foreign-fields.ts";
import { FIXED_HEADER_BYTES, frameLength, headerLength, parseFixedPart } from "../wire/header.ts";
import { KnownHeaders } from "../wire/known-headers.ts";
import { MAX_HEADER_BYTES } from "../wire/limits.ts";
import { emptyHeader, type MessageHeader } from "../wire/message.ts";
import { DescriptorQueue } from "./descriptors.ts";
import type { Endpoint } from "./endpoint.ts";
import { APP, Ledger, type Side } from "./ledger.ts";
import type { LaneRules } from "./lane-rules.ts";
import { NO_FDS } from "./outgoing.ts";
import { bytesInstead, keepsDescriptors, type Outcome } from "./outcome.ts";
import { WHOLE_BYTES, type Workbench } from "./workbench.ts";

/** More bytes must come first. */
const WAIT = 0;
/** The message must be collected whole in memory of its own. */
const COLLECT = -1;

export class Lane {
  readonly #bench: Workbench;
  readonly #source: Endpoint;
  readonly #sink: Endpoint;
  readonly #rules: LaneRules;
  readonly #descriptors: DescriptorQueue;
  readonly #header = emptyHeader();
  readonly #known = new KnownHeaders();
  readonly #message: { header: MessageHeader; bytes: Uint8Array; at: number; takeDescriptors(): readonly number[] };
  readonly #check: BodyCheck;
  readonly #eagain: number;
  /** Holds the input, and how far it was read and dealt with. */
  readonly #ledger: Ledger;
  readonly #side: Side;
  readonly #input: Uint8Array;
  /** For those of the next read. */
  readonly #fds: number[] = [];
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
  #closed = false;

  /** `firstFds` came with what the ledger holds already. */
  constructor(bench: Workbench, ledger: Ledger, side: Side, source: Endpoint, sink: Endpoint, rules: LaneRules, firstFds: number[]) {
    this.#bench = bench;
    this.#source = source;
    this.#sink = sink;
    this.#rules = rules;
    this.#descriptors = new DescriptorQueue(bench.addon, rules.inFlight);
    this.#ledger = ledger;
    this.#side = side;
    this.#input = ledger.input(side);
    this.#message = { header: this.#header, bytes: this.#input, at: 0, takeDescriptors: () => this.#takeDescriptors() };
    this.#check = new BodyCheck(bench.texts);
    this.#eagain = -(bench.addon.constants["EAGAIN"] as number);
    if (firstFds.length > 0) this.#descriptors.add(firstFds, ledger.filled[side]);
  }

  /** One read, whatever comes: who has more waits for the next turn. */
  receive(): void {
    const fds = this.#fds;
    const large = this.#large;
    const ledger = this.#ledger;
    const { fd } = this.#source;
    const count =
      large === undefined ? ledger.receive(this.#side, fd, fds) : this.#bench.addon.recvmsg(fd, large, this.#largeBytes, large.length - this.#largeBytes, fds);
    if (count === this.#eagain) return;
    if (count <= 0) {
      this.#rules.ended();
      return;
    }
    if (large !== undefined) ledger.readElsewhere(this.#side, count);
    if (large !== undefined) this.#largeBytes += count;
    if (fds.length > 0) this.#descriptors.add(fds.splice(0), ledger.filled[this.#side]);
    if (large === undefined) this.#work();
    else if (this.#largeBytes >= large.length) {
      this.#large = undefined;
      this.#messages(large, 0, large.length, ledger.filled[this.#side] - large.length);
      this.#worked();
    }
  }

  /** Goes on with what was kept while the lane was held. */
  resume(): void {
    if (!this.#closed && this.#large === undefined && this.#ledger.done[this.#side] < this.#ledger.filled[this.#side]) this.#work();
  }

  close(): void {
    this.#closed = true;
    this.#descriptors.close();
    this.#large = undefined;
  }

  #work(): void {
    const done = this.#ledger.done[this.#side];
    const at = Ledger.offset(done);
    this.#messages(this.#input, at, at + this.#ledger.filled[this.#side] - done, done - at);
    this.#worked();
  }

  #worked(): void {
    if (this.#failure !== "") {
      this.#rules.broken(this.#failure);
      return;
    }
    if (this.#closed) return;
    this.#ledger.held[this.#side] = this.#descriptors.count;
    this.#ledger.middle[this.#side] = this.#passing > 0 || this.#large !== undefined;
    // What peers send to an app is bounded where it is judged.
    if (this.#descriptors.tooMany(this.#side === APP ? this.#rules.descriptorsInFlight : Number.POSITIVE_INFINITY)) this.#rules.broken("too many descriptors");
  }

  /** Deals with all it can of [at, end); index 0 is position `start` of the stream. Bytes [run, at) are allowed and not sent yet. */
  #messages(buffer: Uint8Array, from: number, end: number, start: number): void {
    let at = from;
    let run = from;
    while (!this.#closed) {
      if (this.#passing > 0) {
        at += this.#pass(buffer, at, end);
        if (this.#discarding) run = at;
        if (this.#passing > 0 || this.#failure !== "") break;
        this.#put(buffer, run, at, start, at);
        run = at;
        if (!this.#discarding) this.#sink.midMessage(false);
        this.#descriptors.dropUpTo(start + at);
        continue;
      }
      if (this.#rules.held()) break;
      const total = this.#next(buffer, at, end);
      if (total === WAIT || this.#mustWait(buffer, at)) break;
      if (total === COLLECT) {
        this.#put(buffer, run, at, start, at);
        this.#collect(buffer, at, end);
        this.#ledger.advance(this.#side, start + end);
        return;
      }
      const { rewritten } = this.#header;
      const carries = this.#header.unixFds > 0 || this.#leftOut !== "" || rewritten !== undefined;
      // Alone, with just its own descriptors; and nothing before it may wait for its verdict.
      if (carries) {
        this.#put(buffer, run, at, start, at);
        run = at;
      }
      const outcome = this.#decide(buffer, at);
      if (outcome === "close") break;
      const next = at + this.#here;
      const fds = this.#descriptorsOfMessage;
      const passes = outcome === "forward";
      this.#discarding = !passes;
      this.#passing = at + total - next;
      if (carries || !passes) {
        // The verdict changed the state, so what it decided and what went before are committed together.
        if (!keepsDescriptors(outcome)) this.#closeAll(fds);
        const made = bytesInstead(outcome) ?? (passes && rewritten !== undefined ? asItGoesOn(this.#header, buffer, at, next) : undefined);
        if (passes && made === undefined) this.#put(buffer, at, next, start, next, fds);
        else this.#put(buffer, run, at, start, next, keepsDescriptors(outcome) ? fds : NO_FDS, made);
        run = next;
      }
      at = next;
      if (this.#passing > 0) this.#sink.midMessage(!this.#discarding);
      else if (this.#descriptors.count > 0) this.#descriptors.dropUpTo(start + at);
    }
    this.#put(buffer, run, at, start, at);
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
    const problem = readHeader(buffer, at, this.#header, this.#bench.texts, this.#known);
    if (problem !== "") return this.#fail(problem);
    if (there < total && total <= WHOLE_BYTES) return WAIT;
    const inspected = this.#rules.needsBody(this.#header);
    const limit = inspected ? this.#rules.inspectedBytes(this.#header) : 0;
    if (there < total && inspected) return total <= limit ? COLLECT : this.#leaveOut("bytes that the filter must read", limit, total);
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

  #mustWait(buffer: Uint8Array, at: number): boolean {
    // What was collected has waited before.
    if (this.#leftOut !== "" || buffer !== this.#input) return false;
    this.#message.bytes = buffer;
    this.#message.at = at;
    return this.#rules.mustWait(this.#message);
  }

  #takeDescriptors(): readonly number[] {
    const taken = this.#descriptorsOfMessage;
    this.#descriptorsOfMessage = NO_FDS;
    return taken;
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
      else if (this.#rules.inFlight.descriptors + count > this.#rules.descriptorsInFlight)
        this.#leaveOut("descriptors on their way", this.#rules.descriptorsInFlight, 0);
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
  }

  /** More of a message that was judged before. */
  #pass(buffer: Uint8Array, at: number, end: number): number {
    const there = Math.min(this.#passing, end - at);
    const checked = !this.#discarding && this.#rules.checksBodies;
    const taken = checked ? this.#check.feed(buffer, at, at + there) : there;
    if (taken < 0) return this.#fail("body does not fit its signature");
    this.#passing -= taken;
    if (this.#passing === 0 && checked && !this.#check.complete) this.#fail("body does not fit its signature");
    return taken;
  }

  /** Sends [from, to) and what was made; with it everything before `done` is dealt with. */
  #put(buffer: Uint8Array, from: number, to: number, start: number, done: number, fds: readonly number[] = NO_FDS, made?: Uint8Array): void {
    if (this.#closed) {
      this.#closeAll(fds);
      return;
    }
    this.#ledger.advance(this.#side, start + done);
    this.#ledger.held[this.#side] = this.#descriptors.count;
    this.#ledger.middle[this.#side] = this.#passing > 0;
    if (to === from && made === undefined) return;
    if (buffer === this.#input) this.#sink.forward(start + from, start + to, fds, made);
    else {
      if (to > from) this.#sink.send(buffer, from, to, fds);
      if (made !== undefined) this.#sink.send(made, 0, made.length, to > from ? NO_FDS : fds);
    }
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
