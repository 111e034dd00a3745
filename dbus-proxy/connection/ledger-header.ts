// The first page of a ledger: two slots for commits, and the cells in which the kernel writes what calls did (native/addon/records.cc).

export const HEADER_BYTES = 4096;
/** Changes with every change of what lies where, or of what a record means: another build's memory is then refused. */
const FORMAT = 0x7473_0002;
/** Offsets in bytes. */
const BUS_INDEX_AT = 8;
const SLOTS_AT = [256, 512] as const;
const INPUT_CELL_AT = [1024, 1152] as const;
export const SEND_CELL_AT = 1280;
/** Offsets in a cell. */
const Cell = { settled: 8, start: 16, live: 24, controlBytes: 72, length: 88 } as const;
/** In the place of a length that the kernel did not write. */
const UNKNOWN = 0xffff_ffff;

const SLOT_FIELDS = 22;
/** Fields of a slot, each a double; those of both sides take two. */
export const Field = {
  /** Which commit it is; 0: none. */
  number: 0,
  sum: 1,
  half: 2,
  tail: 3,
  journalSum: 4,
  done: 5,
  filled: 7,
  head: 9,
  end: 11,
  /** Where a call sends to, -1 none, and the descriptors that ride along. */
  sink: 13,
  fds: 14,
  /** Input on its way to each end: it goes before what is queued. */
  from: 15,
  to: 17,
  held: 19,
  broken: 21,
} as const;

/** Why nobody could go on with the connection if this process died now. */
export const Broken = { middle: 1, largeQueue: 4, descriptors: 8, state: 16 } as const;

export class LedgerHeader {
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #slots: readonly [Float64Array, Float64Array];
  readonly #double = new Float64Array(1);
  readonly #halves = new Uint32Array(this.#double.buffer);
  /** Of the last commit. */
  number = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, HEADER_BYTES / 4);
    const slot = (at: number): Float64Array => new Float64Array(bytes.buffer, bytes.byteOffset + at, SLOT_FIELDS);
    this.#slots = [slot(SLOTS_AT[0]), slot(SLOTS_AT[1])];
  }

  static inputCell(side: 0 | 1): number {
    return INPUT_CELL_AT[side];
  }

  begin(busIndex: number): void {
    this.#words[0] = FORMAT;
    this.#words[BUS_INDEX_AT / 4] = busIndex;
  }

  isOurs(): boolean {
    return this.#words[0] === FORMAT;
  }

  get busIndex(): number {
    return this.#words[BUS_INDEX_AT / 4] as number;
  }

  /** The slot for the next commit. INVARIANT: the last one lies in the other slot and stays whole until `close`. */
  open(): Float64Array {
    // The cell of a call bears the lower 32 bits, and there 0 means none. The parity stays: it chooses the slot.
    this.number += (this.number + 1) % 0x1_0000_0000 === 0 ? 3 : 1;
    const at = this.number % 2;
    // The upper half of a double is 0 only for 0: a number without it is no commit.
    Atomics.store(this.#words, (SLOTS_AT[at] as number) / 4 + 1, 0);
    return this.#slots[at] as Float64Array;
  }

  /** Makes it the last commit, with one store. */
  close(slot: Float64Array): void {
    const word = (SLOTS_AT[this.number % 2] as number) / 4;
    slot[Field.sum] = sumOf(slot, this.number);
    this.#double[0] = this.number;
    Atomics.store(this.#words, word, this.#halves[0] as number);
    Atomics.store(this.#words, word + 1, this.#halves[1] as number);
  }

  /** The last commit. Where it does not check the other one does not count either: it is older than what was done since. */
  latest(): Float64Array | undefined {
    const [first, second] = this.#slots;
    const valid = (slot: Float64Array): boolean => Number.isInteger(slot[Field.number]) && (slot[Field.number] as number) > 0;
    const slot = valid(first) && (!valid(second) || (first[Field.number] as number) > (second[Field.number] as number)) ? first : second;
    return valid(slot) && sumOf(slot, slot[Field.number] as number) === slot[Field.sum] ? slot : undefined;
  }

  goOnFrom(slot: Float64Array): void {
    this.number = slot[Field.number] as number;
  }

  /** Bytes that left with the call which this commit announced. */
  sentSince(slot: Float64Array): number {
    if (slot[Field.sink] === -1 || this.#words[SEND_CELL_AT / 4] !== (slot[Field.number] as number) >>> 0) return 0;
    const length = this.#words[(SEND_CELL_AT + Cell.length) / 4] as number;
    return length === UNKNOWN ? 0 : length;
  }

  setInputEnd(side: 0 | 1, end: number): void {
    this.#doubles(INPUT_CELL_AT[side])[Cell.settled / 8] = end;
  }

  /** How far the last read of a lane went, before what it begins, and whether descriptors came with it. */
  input(side: 0 | 1): { readonly end: number; readonly live: number; readonly brought: boolean } {
    const at = INPUT_CELL_AT[side];
    const cell = this.#doubles(at);
    const live = cell[Cell.live / 8] as number;
    if (this.#words[at / 4] !== 1) return { end: cell[Cell.settled / 8] as number, live, brought: false };
    const length = this.#words[(at + Cell.length) / 4] as number;
    const read = length === UNKNOWN ? 0 : length;
    return { end: (cell[Cell.start / 8] as number) + read, live, brought: read > 0 && (this.#words[(at + Cell.controlBytes) / 4] as number) > 0 };
  }

  #doubles(at: number): Float64Array {
    return new Float64Array(this.bytes.buffer, this.bytes.byteOffset + at, 4);
  }
}

function sumOf(slot: Float64Array, number: number): number {
  let sum = number | 0;
  for (let index = 2; index < SLOT_FIELDS; index++) {
    const value = slot[index] as number;
    sum = Math.imul(sum ^ (value | 0), 0x01000193) ^ Math.imul((value / 0x1_0000_0000) | 0, 0x9e3779b1);
  }
  return sum;
}
