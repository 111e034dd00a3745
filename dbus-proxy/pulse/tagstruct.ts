// Tagstructs, the payload of PulseAudio's commands: values, each behind one letter for its type. Cut into tokens strictly; written anew where a value changes.
import { u32 } from "./framing.ts";

/** One value: its letter, and where it lies, letter included. */
export interface Token {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Bounds of the server's own, and of ours where it has none. */
const MAX_CHANNELS = 32;
const MAX_TOKENS = 4096;
const MAX_PROPERTIES = 256;
const FIXED: Readonly<Record<string, number>> = { L: 4, B: 1, R: 8, r: 8, a: 6, "1": 0, "0": 0, T: 8, U: 8, V: 4, N: 0 };

/** Every value of bytes [from, to); undefined where they are not such values from end to end. */
export function tokensOf(bytes: Uint8Array, from: number, to: number): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = from; at < to; ) {
    const end = endOfValue(bytes, at, to);
    if (end < 0 || tokens.length === MAX_TOKENS) return undefined;
    tokens.push({ type: String.fromCharCode(bytes[at] as number), start: at, end });
    at = end;
  }
  return tokens;
}

/** Where the value at `at` ends, or -1. */
function endOfValue(bytes: Uint8Array, at: number, to: number): number {
  const type = String.fromCharCode(bytes[at] as number);
  const fixed = FIXED[type];
  if (fixed !== undefined) return within(at + 1 + fixed, to);
  switch (type) {
    case "t":
      return afterText(bytes, at + 1, to);
    case "x":
      return at + 5 > to ? -1 : within(at + 5 + u32(bytes, at + 1), to);
    case "m":
      return at + 2 > to || (bytes[at + 1] as number) > MAX_CHANNELS ? -1 : within(at + 2 + (bytes[at + 1] as number), to);
    case "v":
      return at + 2 > to || (bytes[at + 1] as number) > MAX_CHANNELS ? -1 : within(at + 2 + 4 * (bytes[at + 1] as number), to);
    case "P":
      return readProperties(bytes, at, to)?.end ?? -1;
    case "f":
      // A format: its encoding and its properties.
      return bytes[at + 1] === 0x42 && at + 3 < to && bytes[at + 3] === 0x50 ? endOfValue(bytes, at + 3, to) : -1;
    default:
      return -1;
  }
}

function within(end: number, to: number): number {
  return end <= to ? end : -1;
}

function afterText(bytes: Uint8Array, at: number, to: number): number {
  const nul = bytes.subarray(at, to).indexOf(0);
  return nul < 0 ? -1 : at + nul + 1;
}

export interface Property {
  readonly key: string;
  readonly value: Uint8Array;
}

/** The property list at `at`: key, length and bytes in turn, closed by an empty key. */
export function readProperties(bytes: Uint8Array, at: number, to: number): { readonly properties: readonly Property[]; readonly end: number } | undefined {
  const properties: Property[] = [];
  let next = at + 1;
  while (next < to && properties.length <= MAX_PROPERTIES) {
    if (bytes[next] === 0x4e) return { properties, end: next + 1 };
    if (bytes[next] !== 0x74) return undefined;
    const afterKey = afterText(bytes, next + 1, to);
    if (afterKey < 0 || afterKey + 10 > to || bytes[afterKey] !== 0x4c || bytes[afterKey + 5] !== 0x78) return undefined;
    const length = u32(bytes, afterKey + 1);
    const end = afterKey + 10 + length;
    if (u32(bytes, afterKey + 6) !== length || end > to) return undefined;
    properties.push({ key: textOf(bytes, next, afterKey), value: bytes.slice(afterKey + 10, end) });
    next = end;
  }
  return undefined;
}

/** The value of a `t` token. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start + 1, end - start - 2).toString("utf8");
}

export function numberValue(value: number): Uint8Array {
  return Uint8Array.of(0x4c, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

export function textValue(text: string | null): Uint8Array {
  return text === null ? Uint8Array.of(0x4e) : Buffer.from(`t${text}\0`, "utf8");
}

export function booleanValue(value: boolean): Uint8Array {
  return Uint8Array.of(value ? 0x31 : 0x30);
}

export function bytesValue(bytes: Uint8Array): Uint8Array {
  const head = numberValue(bytes.length);
  head[0] = 0x78;
  return Buffer.concat([head, bytes]);
}

export function propertiesValue(properties: readonly Property[]): Uint8Array {
  const entries = properties.flatMap(({ key, value }) => [textValue(key), numberValue(value.length), bytesValue(value)]);
  return Buffer.concat([Uint8Array.of(0x50), ...entries, Uint8Array.of(0x4e)]);
}

/** The payload with some of its tokens replaced; a copy. */
export function replaceTokens(bytes: Uint8Array, tokens: readonly Token[], replacements: ReadonlyMap<number, Uint8Array>): Uint8Array {
  return Buffer.concat(tokens.map(({ start, end }, index) => replacements.get(index) ?? bytes.subarray(start, end)));
}
