// The connection's state in shared memory: its changes, one record each, behind a whole state, in one of two halves. What lies behind the committed end is not there.
import type { ConnectionState } from "./state.ts";
import { applyChange, recordAll } from "./state-records.ts";

export const HALF_BYTES = 512 * 1024;
/** From here on a whole state is written into the other half, where that is shorter. */
const COMPACT_BYTES = 12 * 1024;
const RECORD_HEAD_BYTES = 9;
const MAX_TEXT_BYTES = 0xffff;
/** Start of the sum over all bytes of a half. */
const SEED = 0x811c9dc5;

export class Journal {
  /** Both halves. */
  readonly #bytes: Uint8Array;
  half = 0;
  /** Bytes of this half that are written, and their sum. */
  tail = 0;
  sum = SEED | 0;
  /** The state is longer than a half: nobody else can go on from here. */
  overflown = false;
  #compactAt = COMPACT_BYTES;
  #silent = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A record: change, number, the lengths of both texts, the texts. */
  record(change: number, number: number, first: string, second: string): void {
    if (this.#silent || this.overflown) return;
    const base = this.half * HALF_BYTES;
    // A text has at most three bytes per character here.
    if (this.tail + RECORD_HEAD_BYTES + 3 * (first.length + second.length) > HALF_BYTES || 3 * Math.max(first.length, second.length) > MAX_TEXT_BYTES) {
      this.overflown = true;
      return;
    }
    const bytes = this.#bytes;
    const from = base + this.tail;
    const middle = putText(bytes, from + RECORD_HEAD_BYTES, first);
    const end = putText(bytes, middle, second);
    const firstBytes = middle - from - RECORD_HEAD_BYTES;
    const secondBytes = end - middle;
    bytes[from] = change;
    bytes[from + 1] = number;
    bytes[from + 2] = number >>> 8;
    bytes[from + 3] = number >>> 16;
    bytes[from + 4] = number >>> 24;
    bytes[from + 5] = firstBytes;
    bytes[from + 6] = firstBytes >>> 8;
    bytes[from + 7] = secondBytes;
    bytes[from + 8] = secondBytes >>> 8;
    this.sum = sumOf(bytes, from, end, this.sum);
    this.tail = end - base;
  }

  /** Before a commit: keeps the journal short. Nothing that was committed is touched. */
  settle(state: ConnectionState): void {
    if (this.tail < this.#compactAt && !this.overflown) return;
    this.half = 1 - this.half;
    this.tail = 0;
    this.sum = SEED | 0;
    this.overflown = false;
    recordAll(state, (change, number, first, second) => this.record(change, number, first, second));
    this.#compactAt = Math.max(COMPACT_BYTES, 2 * this.tail);
  }

  /** Makes `state`, which must be new, the one that was committed. False where what lies here is no state. */
  restore(state: ConnectionState, half: number, tail: number, sum: number): boolean {
    if ((half !== 0 && half !== 1) || !Number.isInteger(tail) || tail < 0 || tail > HALF_BYTES) return false;
    const base = half * HALF_BYTES;
    if (sumOf(this.#bytes, base, base + tail, SEED | 0) !== sum) return false;
    const bytes = this.#bytes.subarray(base, base + tail);
    this.#silent = true;
    const applied = applyAll(state, bytes);
    this.#silent = false;
    this.half = half;
    this.tail = tail;
    this.sum = sum;
    this.#compactAt = Math.max(COMPACT_BYTES, 2 * tail);
    return applied;
  }
}

function applyAll(state: ConnectionState, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    for (let at = 0; at < bytes.length; ) {
      if (bytes.length - at < RECORD_HEAD_BYTES) return false;
      const middle = at + RECORD_HEAD_BYTES + view.getUint16(at + 5, true);
      const end = middle + view.getUint16(at + 7, true);
      if (end > bytes.length) return false;
      // A copy: the decoder takes no view of memory that is mapped for everyone.
      const first = decoder.decode(bytes.slice(at + RECORD_HEAD_BYTES, middle));
      const second = decoder.decode(bytes.slice(middle, end));
      if (!applyChange(state, bytes[at] as number, view.getUint32(at + 1, true), first, second)) return false;
      at = end;
    }
    return true;
  } catch {
    return false;
  }
}

function putText(bytes: Uint8Array, from: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return from + new TextEncoder().encodeInto(text, bytes.subarray(from)).written;
    bytes[from + index] = code;
  }
  return from + text.length;
}

function sumOf(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let sum = seed;
  for (let at = from; at < to; at++) sum = Math.imul(sum ^ (bytes[at] as number), 0x01000193);
  return sum;
}
