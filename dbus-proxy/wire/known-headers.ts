// Headers that one direction of a connection read a moment ago: what comes again byte for byte but for its serials is known, and need not be parsed anew.
import { FIXED_HEADER_BYTES, headerLength, readU32 } from "./header.ts";
import { emptyHeader, type MessageHeader } from "./message.ts";

interface Known {
  readonly bytes: Uint8Array;
  /** What was read from them, under another serial. */
  readonly header: MessageHeader;
}

/** A program that works calls a few methods over and over, and each has an answer of one shape. */
const MOST = 4;
/** Longer ones are rare, and each connection pays for its memory. */
const LONGEST = 512;
const SERIAL_AT = 8;
const SERIAL_BYTES = 4;

export class KnownHeaders {
  readonly #known: Known[] = [];
  #oldest = 0;

  /**
   * Fills `header` where the header at `at`, all of whose bytes are there, equals one that `keep` was told of in every byte but those of its serial and of the
   * serial that it answers; these are read, and must not be 0. Each other rule about a header depends on equal bytes alone.
   */
  recall(bytes: Uint8Array, at: number, header: MessageHeader): boolean {
    const length = headerLength(bytes, at);
    for (let index = 0; index < this.#known.length; index++) {
      const known = this.#known[index] as Known;
      const { replySerialAt } = known.header;
      if (known.bytes.length !== length || !isSame(known.bytes, bytes, at, replySerialAt)) continue;
      const little = known.header.littleEndian;
      const serial = readU32(bytes, at + SERIAL_AT, little);
      const replySerial = replySerialAt === 0 ? 0 : readU32(bytes, at + replySerialAt, little);
      if (serial === 0 || (replySerialAt !== 0 && replySerial === 0)) return false;
      copyHeader(known.header, header);
      header.serial = serial;
      header.replySerial = replySerial;
      return true;
    }
    return false;
  }

  /** `header` is what stands at `at`, read without a problem. One that was rewritten is not kept. */
  keep(bytes: Uint8Array, at: number, header: MessageHeader): void {
    if (header.headerBytes > LONGEST || header.rewritten !== undefined) return;
    const kept = emptyHeader();
    copyHeader(header, kept);
    this.#known[this.#oldest] = { bytes: bytes.slice(at, at + header.headerBytes), header: kept };
    this.#oldest = (this.#oldest + 1) % MOST;
  }
}

/** From the end, where members and names are; the fixed part, in which alone the serial stands, last. */
function isSame(known: Uint8Array, bytes: Uint8Array, at: number, replySerialAt: number): boolean {
  const afterReply = replySerialAt === 0 ? FIXED_HEADER_BYTES : replySerialAt + SERIAL_BYTES;
  for (let index = known.length - 1; index >= afterReply; index--) if (known[index] !== bytes[at + index]) return false;
  for (let index = replySerialAt - 1; index >= FIXED_HEADER_BYTES; index--) if (known[index] !== bytes[at + index]) return false;
  for (let index = SERIAL_AT + SERIAL_BYTES; index < FIXED_HEADER_BYTES; index++) if (known[index] !== bytes[at + index]) return false;
  for (let index = 0; index < SERIAL_AT; index++) if (known[index] !== bytes[at + index]) return false;
  return true;
}

function copyHeader(from: MessageHeader, to: MessageHeader): void {
  to.littleEndian = from.littleEndian;
  to.type = from.type;
  to.flags = from.flags;
  to.serial = from.serial;
  to.bodyBytes = from.bodyBytes;
  to.headerBytes = from.headerBytes;
  to.path = from.path;
  to.interface = from.interface;
  to.member = from.member;
  to.errorName = from.errorName;
  to.destination = from.destination;
  to.sender = from.sender;
  to.signature = from.signature;
  to.replySerial = from.replySerial;
  to.replySerialAt = from.replySerialAt;
  to.unixFds = from.unixFds;
  to.rewritten = undefined;
}
