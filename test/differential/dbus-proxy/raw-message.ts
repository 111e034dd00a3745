// Messages as bytes that need not be right, written and read without the code under test: D-Bus specification, "Message Format".
import { Buffer } from "node:buffer";

export interface RawField {
  readonly code: number;
  /** Of the variant. */
  readonly signature: string;
  readonly value: string | number;
  /** In place of the NUL that ends a text. */
  readonly end?: number;
  /** Added to the length that stands before a text. */
  readonly lengthLie?: number;
}

export interface RawMessage {
  readonly big?: boolean;
  readonly type: number;
  readonly flags?: number;
  readonly version?: number;
  readonly serial: number;
  readonly fields: readonly RawField[];
  readonly body?: Uint8Array;
  /** Added to the lengths in the fixed part. */
  readonly bodyLie?: number;
  readonly fieldsLie?: number;
  /** The byte that pads. */
  readonly padding?: number;
  readonly order?: number;
}

export const FIELD = { path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, sender: 7, signature: 8, unixFds: 9 } as const;
const TYPE_OF: Readonly<Record<number, string>> = { 1: "o", 2: "s", 3: "s", 4: "s", 5: "u", 6: "s", 7: "s", 8: "g", 9: "u" };

export function field(name: keyof typeof FIELD, value: string | number): RawField {
  return { code: FIELD[name], signature: TYPE_OF[FIELD[name]] as string, value };
}

export function rawBytes(message: RawMessage): Buffer {
  const big = message.big === true;
  const out: number[] = [];
  const pad = (to: number): void => {
    while (out.length % to !== 0) out.push(message.padding ?? 0);
  };
  const u32 = (value: number): void => {
    pad(4);
    const bytes = [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255];
    out.push(...(big ? bytes.reverse() : bytes));
  };
  const body = message.body ?? Buffer.alloc(0);
  out.push(message.order ?? (big ? 66 : 108), message.type, message.flags ?? 0, message.version ?? 1);
  u32((body.length + (message.bodyLie ?? 0)) >>> 0);
  u32(message.serial);
  u32(0);
  for (const one of message.fields) {
    pad(8);
    out.push(one.code, one.signature.length, ...Buffer.from(one.signature), 0);
    const text = Buffer.from(String(one.value), "latin1");
    if (typeof one.value === "number") u32(one.value);
    else if (one.signature === "g") out.push(text.length + (one.lengthLie ?? 0), ...text, one.end ?? 0);
    else {
      u32(text.length + (one.lengthLie ?? 0));
      out.push(...text, one.end ?? 0);
    }
  }
  const length = (out.length - 16 + (message.fieldsLie ?? 0)) >>> 0;
  pad(8);
  const bytes = Buffer.concat([Buffer.from(out), body]);
  if (big) bytes.writeUInt32BE(length, 12);
  else bytes.writeUInt32LE(length, 12);
  return bytes;
}

/** A body of texts and numbers (unsigned, 32 bits). */
export function bodyOf(values: readonly (string | number)[], big = false): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const value of values) {
    const text = typeof value === "number" ? undefined : Buffer.from(value, "utf8");
    const piece = Buffer.alloc((-at & 3) + 4 + (text === undefined ? 0 : text.length + 1));
    const start = -at & 3;
    const number = text === undefined ? (value as number) : text.length;
    if (big) piece.writeUInt32BE(number, start);
    else piece.writeUInt32LE(number, start);
    if (text !== undefined) text.copy(piece, start + 4);
    parts.push(piece);
    at += piece.length;
  }
  return Buffer.concat(parts);
}

/** A body `as`. */
export function listBody(names: readonly string[]): Buffer {
  const inner = bodyOf(names);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(inner.length);
  return Buffer.concat([length, inner]);
}

export interface ReadMessage {
  readonly type: number;
  readonly flags: number;
  readonly serial: number;
  readonly fields: Readonly<Record<number, string | number>>;
  readonly body: Buffer;
  readonly big: boolean;
  readonly bytes: Buffer;
}

/** The length of the message that begins here, 0 while its fixed part is not there. */
export function messageLength(bytes: Buffer): number {
  if (bytes.length < 16) return 0;
  const big = bytes[0] === 66;
  const u32 = (at: number): number => (big ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  return Math.ceil((16 + u32(12)) / 8) * 8 + u32(4);
}

/** As much of a whole message as can be made out. A later field of the same code replaces an earlier one. */
export function readMessage(bytes: Buffer): ReadMessage {
  const big = bytes[0] === 66;
  const u32 = (at: number): number => (at + 4 > bytes.length ? 0 : big ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const fields: Record<number, string | number> = {};
  const end = Math.min(16 + u32(12), bytes.length);
  for (let at = 16; at + 4 < end; ) {
    at = Math.ceil(at / 8) * 8;
    const code = bytes[at] ?? 0;
    const signatureLength = bytes[at + 1] ?? 0;
    const type = String.fromCharCode(bytes[at + 2] ?? 0);
    at += 3 + signatureLength;
    if (type === "g") {
      const length = bytes[at] ?? 0;
      fields[code] = bytes.toString("latin1", at + 1, at + 1 + length);
      at += length + 2;
      continue;
    }
    at = Math.ceil(at / 4) * 4;
    const value = u32(at);
    if (type === "u") fields[code] = value;
    else fields[code] = bytes.toString("latin1", at + 4, at + 4 + value);
    at += type === "u" ? 4 : value + 5;
  }
  const start = Math.ceil((16 + u32(12)) / 8) * 8;
  return { type: bytes[1] ?? 0, flags: bytes[2] ?? 0, serial: u32(8), fields, body: bytes.subarray(start), big, bytes };
}
