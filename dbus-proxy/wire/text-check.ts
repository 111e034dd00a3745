// Checks long texts piece by piece as they pass: UTF-8 without NUL (specification, "Basic types") and object paths.
// biome-ignore lint/correctness/noNodejsModules: as pure as what stands here: bytes in, a boolean out
import { isUtf8 } from "node:buffer";

/** A position inside a text. Bytes go in through `push`; `end` tells whether the text may stop here. */
export interface TextCheck {
  reset(): void;
  /** False as soon as a byte cannot be part of the text. */
  push(bytes: Uint8Array, from: number, to: number): boolean;
  end(): boolean;
}

/** From this length on the engine's own check, which looks at many bytes at once, is faster than its call takes. */
const LONG_BYTES = 128;
const { indexOf } = Buffer.prototype;

/** No overlong forms, no surrogates, nothing above U+10FFFF, no NUL; noncharacters are allowed, as the buses do. */
export class Utf8Check implements TextCheck {
  #missing = 0;
  #low = 0x80;
  #high = 0xbf;

  reset(): void {
    this.#missing = 0;
  }

  push(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from < LONG_BYTES) return this.#each(bytes, from, to);
    // What a character began with in the piece before, and may go on with in the next one, is left to the slow way.
    let start = from;
    while (this.#missing > 0 && start < to) if (!this.#each(bytes, start, ++start)) return false;
    const end = startOfLast(bytes, to);
    const middle = bytes.subarray(start, end);
    return isUtf8(middle) && indexOf.call(middle, 0) < 0 && this.#each(bytes, end, to);
  }

  #each(bytes: Uint8Array, from: number, to: number): boolean {
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number;
      if (this.#missing === 0) {
        if (byte < 0x80) {
          if (byte === 0) return false;
        } else if (!this.#start(byte)) return false;
        continue;
      }
      if (byte < this.#low || byte > this.#high) return false;
      this.#low = 0x80;
      this.#high = 0xbf;
      this.#missing--;
    }
    return true;
  }

  // Unicode standard, table 3-7: only the second byte's range depends on the first.
  #start(byte: number): boolean {
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    return true;
  }

  end(): boolean {
    return this.#missing === 0;
  }
}

/** Where the last character before `to` begins, if it is longer than one byte; else `to`. */
function startOfLast(bytes: Uint8Array, to: number): number {
  for (let at = to - 1; at >= to - 4; at--) {
    const byte = bytes[at] as number;
    if (byte < 0x80) return to;
    if (byte >= 0xc0) return at;
  }
  return to;
}

const SLASH = 47;

export class PathCheck implements TextCheck {
  #previous = 0;
  #length = 0;

  reset(): void {
    this.#previous = this.#length = 0;
  }

  push(bytes: Uint8Array, from: number, to: number): boolean {
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number;
      if (byte === SLASH) {
        if (this.#previous === SLASH) return false;
      } else {
        const word = (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte === 95;
        if (!word || this.#length === 0) return false;
      }
      this.#previous = byte;
      this.#length++;
    }
    return true;
  }

  end(): boolean {
    return this.#length === 1 || (this.#length > 1 && this.#previous !== SLASH);
  }
}
