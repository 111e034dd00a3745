// What must outlive this process of one connection, in shared memory that the connector keeps a copy of: bytes read, bytes to be written, positions, state.
// The memory is in use, not written afterwards: lanes read into it, and `commit` says what of it counts.
import type { Addon } from "../../native/addon.ts";
import { HALF_BYTES, Journal } from "./journal.ts";
import { Broken, Field, HEADER_BYTES, LedgerHeader, SEND_CELL_AT } from "./ledger-header.ts";
import { APP, BUS, findLast, IN_BYTES, OUT_BYTES, type Side } from "./ledger-recovery.ts";
import type { ConnectionState } from "./state.ts";

export { APP, BUS, type Side };
/** A lane with less room than this is not read from. What waits for its own end (a header, or a message that is judged whole) takes less than the rest. */
export const LEAST_ROOM_BYTES = IN_BYTES / 2;
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
  /** Input of the lane from the other end that is on its way to an end, by that end: it stays in the lane's memory until it is sent. */
  readonly #passFrom: [number, number] = [0, 0];
  readonly #passTo: [number, number] = [0, 0];
  /** Descriptors ride on it that no call took: they die with this process. */
  readonly #passHeld: [boolean, boolean] = [false, false];
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

  /** Of no connection before its `begin(busIndex)`, whose number comes back when the connection is recovered. */
  static readonly create = (addon: Addon): Ledger => new Ledger(addon, addon.sharedMemory("tsbox-connection", TOTAL_BYTES));
  readonly begin = (busIndex: number): void => this.#header.begin(busIndex);

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

  /** Positions before this one may be overwritten. */
  #live(side: Side): number {
    const sink = (1 - side) as Side;
    return this.#passFrom[sink] < this.#passTo[sink] ? this.#passFrom[sink] : this.done[side];
  }

  /** How much the lane's input could take now. */
  room(side: Side): number {
    return IN_BYTES - (this.filled[side] - this.#live(side));
  }

  /** One read into the lane's input, which must have room; what recvmsg answers. */
  receive(side: Side, fd: number, fds: number[]): number {
    let live = this.#live(side);
    // An empty ring begins again at its start, so that small traffic touches few pages.
    if (live === this.filled[side] && (live & (IN_BYTES - 1)) >= RESTART_BYTES)
      live = this.done[side] = this.filled[side] = Math.ceil(live / IN_BYTES) * IN_BYTES;
    const start = this.filled[side];
    const count = this.#addon.receiveRecorded(
      fd,
      this.#header.bytes,
      LedgerHeader.inputCell(side),
      this.#in[side],
      start & (IN_BYTES - 1),
      IN_BYTES - (start - live),
      start,
      live,
      fds,
    );
    if (count > 0) this.filled[side] = start + count;
    if (fds.length > 0) this.#dirty = true;
    return count;
  }

  /** Bytes of the stream that lie in memory of their own: they take no room here. */
  readElsewhere(side: Side, count: number): void {
    this.filled[side] += count;
    this.advance(side, this.filled[side]);
  }

  /** The lane dealt with everything before `position`. */
  advance(side: Side, position: number): void {
    if (this.done[side] === position) return;
    this.done[side] = position;
    this.#dirty = true;
  }

  /** Input of the lane from the other end goes to `sink`, before what is queued there. */
  passOn(sink: Side, from: number, to: number): void {
    this.#passFrom[sink] = from;
    this.#passTo[sink] = to;
    this.#dirty = true;
  }

  /** Where the input on its way to `sink` begins, if it ends at `position`; else -1. */
  continues(sink: Side, position: number): number {
    return this.#passTo[sink] === position ? this.#passFrom[sink] : -1;
  }

  /** A copy of the input on its way, which is on it no more. */
  takeBack(sink: Side): Uint8Array {
    const at = Ledger.offset(this.#passFrom[sink]);
    const copy = this.#in[(1 - sink) as Side].slice(at, at + this.#passTo[sink] - this.#passFrom[sink]);
    this.passOn(sink, 0, 0);
    return copy;
  }

  /** Sends the input on its way. Commits first. */
  sendInput(sink: Side, fd: number, fds: readonly number[]): number {
    this.#passHeld[sink] = false;
    this.commit(sink, fds.length);
    const from = this.#passFrom[sink];
    const length = this.#passTo[sink] - from;
    const sent = this.#addon.sendRecorded(
      fd,
      this.#header.bytes,
      SEND_CELL_AT,
      this.#header.number,
      this.#in[(1 - sink) as Side],
      Ledger.offset(from),
      length,
      fds,
    );
    if (sent > 0) this.#passFrom[sink] = from + sent;
    this.#passHeld[sink] = sent <= 0 && fds.length > 0;
    // The cell says it until the next call; for what waits longer a commit does.
    if (sent < length) this.#dirty = true;
    return sent;
  }

  /** Sends from the head of a queue, which is `bytes` from `at`. */
  sendQueued(sink: Side, fd: number, bytes: Uint8Array, at: number, fds: readonly number[]): number {
    this.commit(sink, fds.length);
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
    this.#outOf(sink).set(bytes.subarray(from, to), this.#end[sink] & (OUT_BYTES - 1));
    this.#end[sink] += to - from;
  }

  /** The queue is empty, whatever it held. */
  queueEmpty(sink: Side): void {
    if (this.#partial[sink] || this.#head[sink] !== this.#end[sink]) this.#dirty = true;
    this.#partial[sink] = false;
    this.#head[sink] = this.#end[sink];
  }

  /** Once per turn, after everything: commits what no call committed. */
  settle(): void {
    if (this.#dirty || this.#journal.tail !== this.#committedTail) this.commit(-1, 0);
  }

  /** INVARIANT: a commit becomes valid with one store, of its number; the one before stays whole until then. */
  commit(sink: Side | -1, fds: number): void {
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
    slot[Field.from] = this.#passFrom[0];
    slot[Field.from + 1] = this.#passFrom[1];
    slot[Field.to] = this.#passTo[0];
    slot[Field.to + 1] = this.#passTo[1];
    slot[Field.fds] = fds;
    slot[Field.held] = this.held[0];
    slot[Field.held + 1] = this.held[1];
    slot[Field.broken] =
      (this.middle[0] || this.middle[1] ? Broken.middle : 0) +
      (this.#partial[0] || this.#partial[1] ? Broken.largeQueue : 0) +
      (this.#passHeld[0] || this.#passHeld[1] ? Broken.descriptors : 0) +
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
    const found = findLast(this.#header, this.#in, (sink) => this.#outOf(sink));
    if (typeof found === "string") return found;
    const { slot, inputs, queued } = found;
    const field = (index: number): number => slot[index] as number;
    const state = makeState(this.record);
    if (!this.#journal.restore(state, field(Field.half), field(Field.tail), field(Field.journalSum))) return "a state that does not check";
    this.#state = state;
    this.#header.goOnFrom(slot);
    for (const side of [APP, BUS] as const) {
      this.done[side] = inputs[side].from;
      this.filled[side] = inputs[side].to;
      this.#head[side] = this.#end[side] = field(Field.end + side);
      this.queue(side, queued[side], 0, queued[side].length, 0);
    }
    this.settle();
    return { ledger: this, busIndex: this.#header.busIndex, queued };
  }

  #outOf(sink: Side): Uint8Array {
    this.#out[sink] ??= this.#addon.mapShared(this.#fd, OUT_AT[sink], OUT_BYTES, true);
    return this.#out[sink] as Uint8Array;
  }
}
