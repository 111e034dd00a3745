// Reads the header of one message in place: strict, without copies, into a record that the caller reuses.
import type { Interner } from "./interner.ts";
import { TextKind } from "./interner.ts";
import { MAX_HEADER_BYTES, MAX_MESSAGE_BYTES } from "./limits.ts";
import { HeaderField, LOCAL_INTERFACE, LOCAL_PATH, type MessageHeader, MessageType } from "./message.ts";

export const FIXED_HEADER_BYTES = 16;

/** Bytes of the whole message from its first 16 bytes, or a problem. A header longer than our own limit is told apart: it is answered, not cut off. */
export function frameLength(bytes: Uint8Array, at: number): number {
  const little = bytes[at] === 108;
  if (!little && bytes[at] !== 66) return -1;
  const fields = readU32(bytes, at + 12, little);
  const body = readU32(bytes, at + 4, little);
  const total = ((FIXED_HEADER_BYTES + fields + 7) & ~7) + body;
  // `& ~7` is a 32-bit operation: fields near 2^32 would wrap, so they are refused by themselves first.
  return fields > MAX_MESSAGE_BYTES || total > MAX_MESSAGE_BYTES ? -1 : total;
}

/** Bytes of the header alone, padding included. Only after `frameLength` said yes. */
export function headerLength(bytes: Uint8Array, at: number): number {
  return (FIXED_HEADER_BYTES + readU32(bytes, at + 12, bytes[at] === 108) + 7) & ~7;
}

export function readU32(bytes: Uint8Array, at: number, little: boolean): number {
  const a = bytes[at] as number;
  const b = bytes[at + 1] as number;
  const c = bytes[at + 2] as number;
  const d = bytes[at + 3] as number;
  return (little ? a | (b << 8) | (c << 16) | (d << 24) : d | (c << 8) | (b << 16) | (a << 24)) >>> 0;
}

/** Only what stands in the first 16 bytes: enough to answer a message whose header is too long to be read. */
export function parseFixedPart(bytes: Uint8Array, at: number, header: MessageHeader): void {
  const little = bytes[at] === 108;
  header.littleEndian = little;
  header.type = bytes[at + 1] as number;
  header.flags = bytes[at + 2] as number;
  header.bodyBytes = readU32(bytes, at + 4, little);
  header.serial = readU32(bytes, at + 8, little);
  header.headerBytes = headerLength(bytes, at);
  header.path = header.interface = header.member = header.errorName = header.destination = header.sender = header.signature = "";
  header.replySerial = header.replySerialAt = header.unixFds = 0;
  header.rewritten = undefined;
}

/** What `parseHeader` says of a header with fields that it does not know (foreign-fields.ts). */
export const FOREIGN_FIELD = "a field of no known meaning";

/** Fills `header` from the header at `at`, all of whose bytes are there. Returns "" or what is wrong. */
export function parseHeader(bytes: Uint8Array, at: number, header: MessageHeader, texts: Interner): string {
  parseFixedPart(bytes, at, header);
  const little = header.littleEndian;
  const fieldsEnd = at + FIXED_HEADER_BYTES + readU32(bytes, at + 12, little);
  if (bytes[at + 3] !== 1) return "protocol version";
  if (header.serial === 0) return "serial 0";
  if (header.type === 0) return "message type";
  if (header.headerBytes > MAX_HEADER_BYTES) return "header too long";

  let seen = 0;
  for (let next = at + FIXED_HEADER_BYTES; next < fieldsEnd; ) {
    // Each field is a struct (code, variant): 8-aligned relative to the message, padded with zeros.
    while (((next - at) & 7) !== 0) if (bytes[next++] !== 0) return "padding";
    if (next + 4 > fieldsEnd) return "header field overruns the array";
    const code = bytes[next] as number;
    if (code === 0) return "header field code";
    if (code > HeaderField.UNIX_FDS) return FOREIGN_FIELD;
    if ((seen & (1 << code)) !== 0) return "duplicate header field";
    seen |= 1 << code;
    const wanted = TYPE_OF_FIELD[code] as number;
    if (bytes[next + 1] !== 1 || bytes[next + 2] !== wanted || bytes[next + 3] !== 0) return "type of a header field";
    // code, signature length, signature, NUL: the value starts 4-aligned.
    next += 4;
    const lengthBytes = wanted === SIGNATURE_CHAR ? 1 : 4;
    if (next + lengthBytes > fieldsEnd) return "header field overruns the array";
    const value = lengthBytes === 1 ? (bytes[next] as number) : readU32(bytes, next, little);
    next += lengthBytes;
    if (wanted === UINT32_CHAR) {
      if (code === HeaderField.REPLY_SERIAL) {
        if (value === 0) return "reply serial 0";
        header.replySerial = value;
        header.replySerialAt = next - 4 - at;
      } else header.unixFds = value;
      continue;
    }
    if (value >= fieldsEnd - next) return "header field overruns the array";
    if (bytes[next + value] !== 0) return "header text without NUL";
    const text = texts.read(bytes, next, value, KIND_OF_FIELD[code] as number);
    if (text === undefined) return "syntax of a header field";
    setText(header, code, text);
    next += value + 1;
  }
  for (let pad = fieldsEnd; pad < at + header.headerBytes; pad++) if (bytes[pad] !== 0) return "padding";
  return problemOfWhole(header, seen);
}

function setText(header: MessageHeader, code: number, text: string): void {
  switch (code) {
    case HeaderField.PATH:
      header.path = text;
      break;
    case HeaderField.INTERFACE:
      header.interface = text;
      break;
    case HeaderField.MEMBER:
      header.member = text;
      break;
    case HeaderField.ERROR_NAME:
      header.errorName = text;
      break;
    case HeaderField.DESTINATION:
      header.destination = text;
      break;
    case HeaderField.SENDER:
      header.sender = text;
      break;
    default:
      header.signature = text;
  }
}

/** Fields that each type of message must have, as bits; and the local names that never travel (specification, "Local Disconnected signal"). */
function problemOfWhole(header: MessageHeader, seen: number): string {
  const required = REQUIRED_FIELDS[header.type] ?? 0;
  if ((seen & required) !== required) return "missing header field";
  if (header.bodyBytes > 0 && header.signature === "") return "body without signature";
  if (header.bodyBytes === 0 && header.signature !== "") return "signature without body";
  if (header.type === MessageType.SIGNAL && (header.path === LOCAL_PATH || header.interface === LOCAL_INTERFACE)) return "local signal";
  return "";
}

const UINT32_CHAR = 117;
const SIGNATURE_CHAR = 103;

/** Type character by field code. */
const TYPE_OF_FIELD = [0, 111, 115, 115, 115, UINT32_CHAR, 115, 115, SIGNATURE_CHAR, UINT32_CHAR];
const KIND_OF_FIELD = [
  0,
  TextKind.PATH,
  TextKind.INTERFACE,
  TextKind.MEMBER,
  TextKind.INTERFACE,
  0,
  TextKind.BUS_NAME,
  TextKind.BUS_NAME,
  TextKind.SIGNATURE,
  0,
];
const bit = (code: number): number => 1 << code;
const REQUIRED_FIELDS = [
  0,
  bit(HeaderField.PATH) | bit(HeaderField.MEMBER),
  bit(HeaderField.REPLY_SERIAL),
  bit(HeaderField.ERROR_NAME) | bit(HeaderField.REPLY_SERIAL),
  bit(HeaderField.PATH) | bit(HeaderField.INTERFACE) | bit(HeaderField.MEMBER),
];
