// Header fields that the specification does not know (yet): a bus passes them over, so they are checked like any value and left out of what goes on.
import { headerLength, FIXED_HEADER_BYTES, FOREIGN_FIELD, parseHeader, readU32 } from "./header.ts";
import type { Interner } from "./interner.ts";
import type { KnownHeaders } from "./known-headers.ts";
import { HeaderField, type MessageHeader } from "./message.ts";
import { readBody, type Value, type VariantValue } from "./reader.ts";
import { encodeBody } from "./writer.ts";

/** The whole header as a body: byte order, type, flags, version, length of the body, serial, fields. */
const HEADER_SIGNATURE = "yyyyuua(yv)";
/** libdbus knows it, and takes only one, with a path in it. */
const CONTAINER_INSTANCE = 10;

type Field = readonly [code: number, content: VariantValue];

/** As `parseHeader`; where the message has foreign fields, `header.rewritten` is the header without them. What is in `known` is not parsed again. */
export function readHeader(bytes: Uint8Array, at: number, header: MessageHeader, texts: Interner, known?: KnownHeaders): string {
  if (known?.recall(bytes, at, header) === true) return "";
  const problem = parseHeader(bytes, at, header, texts);
  if (problem === "") known?.keep(bytes, at, header);
  return problem === FOREIGN_FIELD ? readWithoutForeign(bytes, at, header, texts) : problem;
}

function readWithoutForeign(bytes: Uint8Array, at: number, header: MessageHeader, texts: Interner): string {
  const { littleEndian, headerBytes } = header;
  const length = FIXED_HEADER_BYTES + readU32(bytes, at + 12, littleEndian);
  const values = readBody(bytes, at, length, HEADER_SIGNATURE, littleEndian, texts);
  for (let pad = at + length; pad < at + headerBytes; pad++) if (bytes[pad] !== 0) return "padding";
  if (values === undefined) return "value of a header field";
  const fields = values[6] as unknown as readonly Field[];
  const containers = fields.filter(([code]) => code === CONTAINER_INSTANCE);
  if (containers.length > 1) return "duplicate header field";
  if (containers.some(([, { signature }]) => signature !== "o")) return "type of a header field";
  const known = fields.filter(([code]) => code <= HeaderField.UNIX_FDS) as unknown as Value;
  const unpadded = encodeBody(HEADER_SIGNATURE, [...values.slice(0, 6), known], littleEndian);
  const rewritten = new Uint8Array(headerLength(unpadded, 0));
  rewritten.set(unpadded);
  const problem = parseHeader(rewritten, 0, header, texts);
  header.headerBytes = headerBytes;
  header.rewritten = rewritten;
  return problem;
}

/** A message's bytes up to `to` as they go on: a copy, under the rewritten header if there is one. Flags may have been changed in place since it was read. */
export function asItGoesOn({ rewritten, headerBytes }: MessageHeader, bytes: Uint8Array, at: number, to: number): Uint8Array {
  if (rewritten === undefined) return bytes.slice(at, to);
  const made = new Uint8Array(rewritten.length + to - at - headerBytes);
  made.set(rewritten);
  made[FLAGS_AT] = bytes[at + FLAGS_AT] as number;
  made.set(bytes.subarray(at + headerBytes, to), rewritten.length);
  return made;
}

const FLAGS_AT = 2;
