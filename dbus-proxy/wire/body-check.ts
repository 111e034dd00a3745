// Checks a body against its signature while it passes, in pieces of any size: nothing that a bus would refuse is forwarded, and nothing is held back for it.
import { type Interner, TextKind } from "./interner.ts";
import { readU32 } from "./header.ts";
import { MAX_ARRAY_BYTES, MAX_TOTAL_DEPTH } from "./limits.ts";
import { alignmentOf, endOfType, isSingleType, plainSizeOf } from "./signature.ts";
import { PathCheck, type TextCheck, Utf8Check } from "./text-check.ts";

/** One open container: the top level, an array or a variant. Structs need none: their brackets are walked. */
interface Open {
  signature: string;
  first: number;
  end: number;
  /** Where the array's last element must end; -1 for what is no array. */
  arrayEnd: number;
  next: number;
}

const INVALID = -1;

export class BodyCheck {
  readonly #texts: Interner;
  readonly #utf8 = new Utf8Check();
  readonly #path = new PathCheck();
  /** Used again and again: the first `#opened` of them are open. */
  readonly #open: Open[] = [];
  #opened = 0;
  #little = true;
  #bodyBytes = 0;
  #position = 0;
  #depth = 0;
  /** Bytes of the current text or plain array still to pass, and what checks them. */
  #run = 0;
  #text: TextCheck | undefined;

  constructor(texts: Interner) {
    this.#texts = texts;
  }

  begin(signature: string, little: boolean, bodyBytes: number): void {
    this.#opened = 0;
    if (signature !== "") this.#push(signature, 0, signature.length, -1);
    this.#little = little;
    this.#bodyBytes = bodyBytes;
    this.#position = this.#depth = this.#run = 0;
    this.#text = undefined;
  }

  /** True once all bytes have passed and the signature is used up with them. */
  get complete(): boolean {
    return this.#opened === 0 && this.#position === this.#bodyBytes;
  }

  /**
   * Looks at bytes [from, to), the next ones of the body. Returns how many passed: what is left (a value cut in two, at most 260 bytes)
   * comes again with more behind it. -1: not a valid body.
   */
  feed(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (true) {
      const taken = this.#run > 0 || this.#text !== undefined ? this.#pass(bytes, at, to) : this.#value(bytes, at, to);
      if (taken === INVALID) return INVALID;
      if (taken === NOTHING_NOW) break;
      at += taken;
      this.#position += taken;
      if (this.#opened === 0) break;
    }
    if (this.#position > this.#bodyBytes || (this.#opened === 0 && !this.complete)) return INVALID;
    return at - from;
  }

  /** The rest of a text or of an array of plain values; after a text its NUL. */
  #pass(bytes: Uint8Array, at: number, to: number): number {
    if (at === to) return NOTHING_NOW;
    if (this.#run === 0) {
      const ended = (this.#text as TextCheck).end() && bytes[at] === 0;
      this.#text = undefined;
      return ended ? 1 : INVALID;
    }
    const count = Math.min(this.#run, to - at);
    if (this.#text !== undefined && !this.#text.push(bytes, at, at + count)) return INVALID;
    this.#run -= count;
    return count;
  }

  #value(bytes: Uint8Array, at: number, to: number): number {
    if (this.#opened === 0) return NOTHING_NOW;
    const top = this.#open[this.#opened - 1] as Open;
    if (top.next === top.end) return this.#endOfSequence(top);
    const type = top.signature.charCodeAt(top.next);
    if (type === CLOSE_STRUCT || type === CLOSE_ENTRY) {
      top.next++;
      this.#depth--;
      return 0;
    }
    const pad = -this.#position & (alignmentOf(type) - 1);
    if (at + pad > to) return NOTHING_NOW;
    for (let index = at; index < at + pad; index++) if (bytes[index] !== 0) return INVALID;
    const size = plainSizeOf(type);
    if (size > 0) {
      if (at + pad + size > to) return NOTHING_NOW;
      top.next++;
      return pad + size;
    }
    return this.#special(type, top, bytes, at, at + pad, to);
  }

  #endOfSequence(top: Open): number {
    if (top.arrayEnd >= 0 && this.#position < top.arrayEnd) {
      top.next = top.first;
      return 0;
    }
    if (top.arrayEnd >= 0 && this.#position > top.arrayEnd) return INVALID;
    if (--this.#opened > 0) this.#depth--;
    return 0;
  }

  /** Everything that is not plain. `from` is where the padding starts, `at` where the value does. */
  #special(type: number, top: Open, bytes: Uint8Array, from: number, at: number, to: number): number {
    switch (type) {
      case OPEN_STRUCT:
      case OPEN_ENTRY:
        top.next++;
        return ++this.#depth > MAX_TOTAL_DEPTH ? INVALID : at - from;
      case BOOLEAN: {
        if (at + 4 > to) return NOTHING_NOW;
        top.next++;
        return readU32(bytes, at, this.#little) > 1 ? INVALID : at + 4 - from;
      }
      case STRING:
      case OBJECT_PATH: {
        if (at + 4 > to) return NOTHING_NOW;
        this.#run = readU32(bytes, at, this.#little);
        this.#text = type === STRING ? this.#utf8 : this.#path;
        this.#text.reset();
        top.next++;
        return this.#position + this.#run > this.#bodyBytes ? INVALID : at + 4 - from;
      }
      case SIGNATURE:
      case VARIANT: {
        const length = at < to ? (bytes[at] as number) : 0;
        if (at + length + 2 > to) return NOTHING_NOW;
        const text = this.#texts.read(bytes, at + 1, length, TextKind.SIGNATURE);
        if (text === undefined || bytes[at + 1 + length] !== 0) return INVALID;
        top.next++;
        if (type === VARIANT && !(isSingleType(text) && this.#enter(text, 0, text.length, -1))) return INVALID;
        return at + length + 2 - from;
      }
      default:
        return this.#array(top, bytes, from, at, to);
    }
  }

  #array(top: Open, bytes: Uint8Array, from: number, at: number, to: number): number {
    if (at + 4 > to) return NOTHING_NOW;
    const element = top.signature.charCodeAt(top.next + 1);
    // Padding before the first element stands even where there is none, and does not count as part of the array.
    const start = this.#position + (at + 4 - from);
    const pad = -start & (alignmentOf(element) - 1);
    if (at + 4 + pad > to) return NOTHING_NOW;
    for (let index = at + 4; index < at + 4 + pad; index++) if (bytes[index] !== 0) return INVALID;
    const length = readU32(bytes, at, this.#little);
    if (length > MAX_ARRAY_BYTES || start + pad + length > this.#bodyBytes) return INVALID;
    const first = top.next + 1;
    const size = plainSizeOf(element);
    top.next = size > 0 ? first + 1 : endOfType(top.signature, top.next);
    if (size > 0) {
      if (length % size !== 0) return INVALID;
      this.#run = length;
    } else if (length > 0 && !this.#enter(top.signature, first, top.next, start + pad + length)) return INVALID;
    return at + 4 + pad - from;
  }

  #push(signature: string, first: number, end: number, arrayEnd: number): void {
    const open = this.#open[this.#opened];
    if (open === undefined) this.#open.push({ signature, first, end, arrayEnd, next: first });
    else {
      open.signature = signature;
      open.first = open.next = first;
      open.end = end;
      open.arrayEnd = arrayEnd;
    }
    this.#opened++;
  }

  #enter(signature: string, first: number, end: number, arrayEnd: number): boolean {
    this.#push(signature, first, end, arrayEnd);
    return ++this.#depth <= MAX_TOTAL_DEPTH;
  }
}

/** More bytes must come first; unlike 0, which means a step that used none. */
const NOTHING_NOW = -2;

const OPEN_STRUCT = 40;
const CLOSE_STRUCT = 41;
const OPEN_ENTRY = 123;
const CLOSE_ENTRY = 125;
const BOOLEAN = 98;
const STRING = 115;
const OBJECT_PATH = 111;
const SIGNATURE = 103;
const VARIANT = 118;
