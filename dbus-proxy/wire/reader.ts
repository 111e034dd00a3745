// Reads values out of a body. Strict by itself: it checks the whole body first, so nothing is read from one that a bus would refuse.
import { BodyCheck } from "./body-check.ts";
import { readU32 } from "./header.ts";
import type { Interner } from "./interner.ts";
import { alignmentOf, endOfType } from "./signature.ts";

/** Numbers up to 32 bits and doubles as numbers, x and t as bigints, arrays and structs as arrays, dict entries as pairs. */
export type Value = number | bigint | string | boolean | readonly Value[] | VariantValue;

export interface VariantValue {
  readonly signature: string;
  readonly value: Value;
}

/** The values of a body, or undefined where it is malformed. */
export function readBody(bytes: Uint8Array, at: number, length: number, signature: string, little: boolean, texts: Interner): readonly Value[] | undefined {
  const check = new BodyCheck(texts);
  check.begin(signature, little, length);
  if (check.feed(bytes, at, at + length) !== length || !check.complete) return undefined;
  const cursor = new Cursor(bytes, at, little);
  const values: Value[] = [];
  for (let next = 0; next < signature.length; next = endOfType(signature, next)) values.push(cursor.value(signature, next));
  return values;
}

/** The first argument where it is a string, without looking at the rest. Only for a body that was checked. */
export function firstString(bytes: Uint8Array, at: number, signature: string, little: boolean): string | undefined {
  return signature.charCodeAt(0) === 115 ? new Cursor(bytes, at, little).text() : undefined;
}

/** INVARIANT: the bytes passed BodyCheck; this class checks nothing. */
class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;
  readonly #little: boolean;
  #at: number;

  constructor(bytes: Uint8Array, at: number, little: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = this.#at = at;
    this.#little = little;
  }

  #align(to: number): void {
    this.#at += -(this.#at - this.#start) & (to - 1);
  }

  #take(size: number): number {
    const at = this.#at;
    this.#at += size;
    return at;
  }

  text(): string {
    this.#align(4);
    const length = readU32(this.#bytes, this.#take(4), this.#little);
    const at = this.#take(length + 1);
    return UTF8.decode(this.#bytes.subarray(at, at + length));
  }

  #signature(): string {
    const length = this.#bytes[this.#take(1)] as number;
    const at = this.#take(length + 1);
    return UTF8.decode(this.#bytes.subarray(at, at + length));
  }

  value(signature: string, next: number): Value {
    const type = signature[next] as string;
    this.#align(alignmentOf(type.charCodeAt(0)));
    const little = this.#little;
    switch (type) {
      case "y":
        return this.#view.getUint8(this.#take(1));
      case "n":
        return this.#view.getInt16(this.#take(2), little);
      case "q":
        return this.#view.getUint16(this.#take(2), little);
      case "b":
        return this.#view.getUint32(this.#take(4), little) === 1;
      case "i":
        return this.#view.getInt32(this.#take(4), little);
      case "u":
      case "h":
        return this.#view.getUint32(this.#take(4), little);
      case "x":
        return this.#view.getBigInt64(this.#take(8), little);
      case "t":
        return this.#view.getBigUint64(this.#take(8), little);
      case "d":
        return this.#view.getFloat64(this.#take(8), little);
      case "s":
      case "o":
        return this.text();
      case "g":
        return this.#signature();
      case "v": {
        const inner = this.#signature();
        return { signature: inner, value: this.value(inner, 0) };
      }
      case "a":
        return this.#array(signature, next + 1);
      default:
        return this.#sequence(signature, next + 1);
    }
  }

  #array(signature: string, element: number): Value[] {
    const length = readU32(this.#bytes, this.#take(4), this.#little);
    this.#align(alignmentOf(signature.charCodeAt(element)));
    const end = this.#at + length;
    const values: Value[] = [];
    while (this.#at < end) values.push(this.value(signature, element));
    return values;
  }

  /** Struct or dict entry, from behind its opening bracket. */
  #sequence(signature: string, from: number): Value[] {
    const values: Value[] = [];
    for (let next = from; signature[next] !== ")" && signature[next] !== "}"; next = endOfType(signature, next)) values.push(this.value(signature, next));
    return values;
  }
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
