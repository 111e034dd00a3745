// Cuts what a bus sends into messages and reads them whole: strict, bounded, each with just its own descriptors.
import type { Addon } from "../../native/addon.ts";
import { DescriptorQueue } from "../../dbus-proxy/connection/descriptors.ts";
import { readHeader } from "../../dbus-proxy/wire/foreign-fields.ts";
import { FIXED_HEADER_BYTES, frameLength } from "../../dbus-proxy/wire/header.ts";
import type { Interner } from "../../dbus-proxy/wire/interner.ts";
import { emptyHeader, type MessageHeader } from "../../dbus-proxy/wire/message.ts";
import { readBody, type Value } from "../../dbus-proxy/wire/reader.ts";

export interface ReceivedMessage {
  readonly header: MessageHeader;
  readonly values: readonly Value[];
  /** The receiver closes them. */
  readonly fds: readonly number[];
}

/** A service's answer that portals read is small; a longer one ends the connection. */
const MAX_BYTES = 16 * 1024 * 1024;

export class MessageReader {
  readonly #texts: Interner;
  readonly #descriptors: DescriptorQueue;
  #bytes = new Uint8Array(0);
  #read = 0;

  constructor(addon: Addon, texts: Interner) {
    this.#texts = texts;
    this.#descriptors = new DescriptorQueue(addon);
  }

  push(chunk: Uint8Array, fds: readonly number[]): void {
    const joined = new Uint8Array(this.#bytes.length + chunk.length);
    joined.set(this.#bytes);
    joined.set(chunk, this.#bytes.length);
    this.#bytes = joined;
    if (fds.length > 0) this.#descriptors.add([...fds], this.#read + joined.length);
  }

  /** Undefined: more must come first. */
  next(): ReceivedMessage | "malformed" | undefined {
    const bytes = this.#bytes;
    if (bytes.length < FIXED_HEADER_BYTES) return undefined;
    const total = frameLength(bytes, 0);
    if (total < 0 || total > MAX_BYTES) return "malformed";
    if (bytes.length < total) return undefined;
    const header = emptyHeader();
    if (readHeader(bytes, 0, header, this.#texts) !== "") return "malformed";
    const values = readBody(bytes, header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, this.#texts);
    const fds = header.unixFds > 0 ? this.#descriptors.take(header.unixFds) : [];
    if (values === undefined || fds === undefined) return "malformed";
    this.#bytes = bytes.subarray(total);
    this.#read += total;
    this.#descriptors.dropUpTo(this.#read);
    return { header, values, fds };
  }

  close(): void {
    this.#descriptors.close();
  }
}
