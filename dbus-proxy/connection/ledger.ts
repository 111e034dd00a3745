// What must outlive this process of one connection, in shared memory that the connector keeps a copy of: bytes read, bytes to be written, positions, state.
// The memory is in use, not written afterwards: lanes read into it, and `commit` says what of it counts.
import type { Addon } from "../../native/addon.ts";
import { HALF_BYTES, Journal } from "./journal.ts";
import { Broken, Field, HEADER_BYTES, LedgerHeader, SEND_CELL_AT } from "./ledger-header.ts";
import type { ConnectionState } from "./state.ts";

/** The two ends of a connection, as indexes. A lane is named after the end it reads from, a queue after the end it goes to. */
export const APP = 0;
export const BUS = 1;
export type Side = typeof APP | typeof BUS;

/** Powers of two. The first is also the most that one connection may read per turn of the event loop. */
export const IN_BYTES = 256 * 1024;
const OUT_BYTES = 512 * 1024;
const RESTART_BYTES = 16 * 1024;
const IN_AT = [HEADER_BYTES, HEADER_BYTES + IN_BYTES] as const;
const OUT_AT = [HEADER_BYTES + 2 * IN_BYTES, HEADER_BYTES + 2 * IN_BYTES + OUT_BYTES] as const;
const JOURNAL_AT = HEADER_BYTES + 2 * IN_BYTES + 2 * OUT_BYTES;
const TOTAL_BYTES = JOURNAL_AT + 2 * HALF_BYTES;

export interface Recovered {
  readonly ledger: Ledger;
  readonly busIndex: number;
  /** Judged and not yet written, by the end they go to. */
  readonly queued: readonly [Uint8Array, Uint8Array];
}

export class Ledger {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #header: LedgerHeader;
  readonly #in: readonly [Uint8Array, Uint8Array];
  readonly #out: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];
  readonly #journalBytes: Uint8Array;
  readonly #journal: Journal;
  #state: ConnectionState | undefined;
  #committedTail = -1;
  readonly #committedHead: [number, number] = [0, 0];
  #dirty = true;
  /** Positions in the streams from app and bus: before `done` everything was dealt with, up to `filled` bytes are there. */
  readonly done: [number, number] = [0, 0];
  readonly filled: [number, number] = [0, 0];
  /** Descriptors that were read and not passed on, by lane. */
  readonly held: [number, number] = [0, 0];
  /** In the middle of a long message, by lane. */
  readonly middle: [boolean, boolean] = [false, false];
  readonly #head: [number, number] = [0, 0];
  readonly #end: [number, number] = [0, 0];
  /** The queue holds what the shared memory does not: until it is empty. */
  readonly #partial: [boolean, boolean] = [false, false];

  private constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.#fd = fd;
    this.#header = new LedgerHeader(addon.mapShared(fd, 0, HEADER_BYTES, false));
    this.#in = [addon.mapShared(fd, IN_AT[APP], IN_BYTES, true), addon.mapShared(fd, IN_AT[BUS], IN_BYTES, true)];
    this.#journalBytes = addon.mapShared(fd, JOURNAL_AT, 2 * HALF_BYTES, false);
    this.#journal = new Journal(this.#journalBytes);
  }

  /** `busIndex` comes back when the connection is recovered. */
  static create(addon: Addon, busIndex: number): Ledger {
    const ledger = new Ledger(addon, addon.sharedMemory("tsbox-connection", TOTAL_BYTES));
    ledger.#header.begin(busIndex);
    return ledger;
  }

  /** Takes the memory of a dead process over, and `fd` in any case. `makeState` gives a new state, which then is the recovered one. A text says why not. */
  static recover(addon: Addon, fd: number, makeState: (record: Journal["record"]) => ConnectionState): Recovered | string {
    if (addon.fstat(fd).size !== BigInt(TOTAL_BYTES)) {
      addon.close(fd);
      return "memory of another size";
    }
    const ledger = new Ledger(addon, fd);
    const recovered = ledger.#recover(makeState);
    if (typeof recovered === "string") ledger.close();
    return recovered;
  }

  /** A copy of the memory for somebody else. */
  copy(): number {
    return this.#addon.dup(this.#fd);
  }

  /** What the state's changes are told to. */
  get record(): Journal["record"] {
    return (change, number, first, second) => this.#journal.record(change, number, first, second);
  }

  keepState(state: ConnectionState): void {
    this.#state = state;
  }

  input(side: Side): Uint8Array {
    return this.#in[side];
  }

  /** Bytes that were read before the ledger began. */
  preload(side: Side, bytes: Uint8Array): void {
    this.#in[side].set(bytes, 0);
    this.filled[side] = bytes.length;
    this.#header.setInputEnd(side, bytes.length);
    this.#dirty = true;
  }

  /** Where the byte at `position` of a lane lies in its input. */
  static offset(position: number): number {
    return position & (IN_BYTES - 1);
  }

  /** One read into the lane's input; what recvmsg answers. */
  receive(side: Side, fd: number, fds: number[]): number {
    let live = this.done[side];
    // An empty ring begins again at its start, so that small traffic touches few pages.
    if (live === this.filled[side] && (live & (IN_BYTES - 1)) >= RESTART_BYTES)
      live = this.done[side] = this.filled[side] = Math.ceil(live / IN_BYTES) * IN_BYTES;
    const start = this.filled[side];
    const room = IN_BYTES - (start - live);
    const count = this.#addon.receiveRecorded(
      fd,
      this.#header.bytes,
      LedgerHeader.inputCell(side),
      this.#in[side],
      start & (IN_BYTES - 1),
      room,
      start,
      live,
      fds,
    );
    if (count > 0) this.filled[side] = start + count;
    if (fds.length > 0) this.#dirty = true;
    return count;
  }

  /** The lane dealt with everything before `position`. */
  advance(side: Side, position: number): void {
    if (this.done[side] === position) return;
    this.done[side] = position;
    this.#dirty = true;
  }

  /** Sends input of the lane from the other end, [from, to), while nothing is queued that must go before it. Commits first. */
  sendInput(sink: Side, fd: number, from: number, to: number, fds: readonly number[]): number {
    const lane = (1 - sink) as Side;
    this.commit(sink, from, to, fds.length);
    return this.#addon.sendRecorded(fd, this.#header.bytes, SEND_CELL_AT, this.#header.number, this.#in[lane], from & (IN_BYTES - 1), to - from, fds);
  }

  /** Sends from the head of a queue, which is `bytes` from `at`. */
  sendQueued(sink: Side, fd: number, bytes: Uint8Array, at: number, fds: readonly number[]): number {
    this.commit(sink, 0, 0, fds.length);
    const sent = this.#addon.sendRecorded(fd, this.#header.bytes, SEND_CELL_AT, this.#header.number, bytes, at, bytes.length - at, fds);
    if (sent > 0 && !this.#partial[sink]) this.#head[sink] += sent;
    return sent;
  }

  /** The queue towards `sink` grows by these bytes. `fds`: descriptors wait with them, which no memory can hold. */
  queue(sink: Side, bytes: Uint8Array, from: number, to: number, fds: number): void {
    this.#dirty = true;
    // Nothing is overwritten that the last commit still counts.
    if (fds > 0 || this.#end[sink] - this.#committedHead[sink] + (to - from) > OUT_BYTES) this.#partial[sink] = true;
    if (this.#partial[sink]) return;
    this.#out[sink] ??= this.#addon.mapShared(this.#fd, OUT_AT[sink], OUT_BYTES, true);
    (this.#out[sink] as Uint8Array).set(bytes.subarray(from, to), this.#end[sink] & (OUT_BYTES - 1));
    this.#end[sink] += to - from;
  }

  /** The queue is empty, whatever it held. */
  queueEmpty(sink: Side): void {
    if (this.#partial[sink] || this.#head[sink] !== this.#end[sink]) this.#dirty = true;
    this.#partial[sink] = false;
    this.#head[sink] = this.#end[sink];
  }

  /** What lies in the queue's memory is forgotten, to be queued again in another order. */
  requeue(sink: Side): void {
    this.#head[sink] = this.#end[sink];
  }

  /** Once per turn, after everything: commits what no call committed. */
  settle(): void {
    if (this.#dirty || this.#journal.tail !== this.#committedTail) this.commit(-1, 0, 0, 0);
  }

  /** INVARIANT: a commit becomes valid with one store, of its number; the one before stays whole until then. */
  commit(sink: Side | -1, from: number, to: number, fds: number): void {
    const state = this.#state;
    if (state === undefined) return;
    const journal = this.#journal;
    journal.settle(state);
    const slot = this.#header.open();
    slot[Field.half] = journal.half;
    slot[Field.tail] = journal.tail;
    slot[Field.journalSum] = journal.sum;
    slot[Field.done] = this.done[0];
    slot[Field.done + 1] = this.done[1];
    slot[Field.filled] = this.filled[0];
    slot[Field.filled + 1] = this.filled[1];
    slot[Field.head] = this.#head[0];
    slot[Field.head + 1] = this.#head[1];
    slot[Field.end] = this.#end[0];
    slot[Field.end + 1] = this.#end[1];
    slot[Field.sink] = sink;
    slot[Field.from] = from;
    slot[Field.to] = to;
    slot[Field.fds] = fds;
    slot[Field.held] = this.held[0];
    slot[Field.held + 1] = this.held[1];
    slot[Field.broken] =
      (this.middle[0] || this.middle[1] ? Broken.middle : 0) +
      (this.#partial[0] || this.#partial[1] ? Broken.largeQueue : 0) +
      (journal.overflown ? Broken.state : 0);
    this.#header.close(slot);
    this.#committedHead[0] = this.#head[0];
    this.#committedHead[1] = this.#head[1];
    this.#committedTail = journal.tail;
    this.#dirty = false;
  }

  /** Nothing of it can be read from here afterwards. */
  close(): void {
    for (const view of [this.#header.bytes, ...this.#in, ...this.#out, this.#journalBytes]) if (view !== undefined) this.#addon.unmapShared(view);
    this.#addon.close(this.#fd);
  }

  #recover(makeState: (record: Journal["record"]) => ConnectionState): Recovered | string {
    if (!this.#header.isOurs()) return "memory of another build";
    const slot = this.#header.latest();
    if (slot === undefined) return "no commit that checks";
    const field = (index: number): number => slot[index] as number;
    if (field(Field.broken) !== 0) return field(Field.broken) === Broken.state ? "more state than fits" : "in the middle of a message";
    const sent = this.#header.sentSince(slot);
    if (field(Field.held) + field(Field.held + 1) > 0 || (field(Field.fds) > 0 && sent === 0)) return "with descriptors in its hands";
    for (const side of [APP, BUS] as const) {
      const problem = this.#recoverInput(side, field(Field.done + side), field(Field.filled + side));
      if (problem !== "") return problem;
    }
    const state = makeState(this.record);
    if (!this.#journal.restore(state, field(Field.half), field(Field.tail), field(Field.journalSum))) return "a state that does not check";
    const queued = [this.#unsent(slot, APP, sent), this.#unsent(slot, BUS, sent)] as const;
    if (queued[0] === undefined || queued[1] === undefined) return "positions that do not check";
    this.#state = state;
    this.#header.goOnFrom(slot);
    for (const side of [APP, BUS] as const) {
      this.#head[side] = this.#end[side] = field(Field.end + side);
      this.queue(side, queued[side] as Uint8Array, 0, (queued[side] as Uint8Array).length, 0);
    }
    this.settle();
    return { ledger: this, busIndex: this.#header.busIndex, queued: [queued[0], queued[1]] };
  }

  #recoverInput(side: Side, done: number, filled: number): string {
    const { end, live, brought } = this.#header.input(side);
    const from = Math.max(done, live);
    const to = Math.max(end, from);
    if (!Number.isInteger(from) || !Number.isInteger(to) || to - from > IN_BYTES) return "positions that do not check";
    // The commit does not know of this read, and what came with it is gone.
    if (brought && end > filled) return "with descriptors in its hands";
    this.done[side] = from;
    this.filled[side] = to;
    return "";
  }

  /** What the commit says is on its way to `sink`, less what left: first the input that was being sent, then the queue. */
  #unsent(slot: Float64Array, sink: Side, sentByCall: number): Uint8Array | undefined {
    const mine = slot[Field.sink] === sink;
    const from = mine ? (slot[Field.from] as number) : 0;
    const direct = mine ? (slot[Field.to] as number) - from : 0;
    const head = slot[Field.head + sink] as number;
    const length = (slot[Field.end + sink] as number) - head;
    const sent = mine ? sentByCall : 0;
    if (!(direct >= 0 && direct <= IN_BYTES && length >= 0 && length <= OUT_BYTES && sent <= direct + length)) return undefined;
    const all = new Uint8Array(direct + length);
    if (direct > 0) all.set(this.#in[1 - sink]?.subarray(from & (IN_BYTES - 1), (from & (IN_BYTES - 1)) + direct) as Uint8Array, 0);
    if (length > 0) {
      this.#out[sink] ??= this.#addon.mapShared(this.#fd, OUT_AT[sink], OUT_BYTES, true);
      all.set((this.#out[sink] as Uint8Array).subarray(head & (OUT_BYTES - 1), (head & (OUT_BYTES - 1)) + length), direct);
    }
    return all.subarray(sent);
  }
}
