// A short connection of the bus process's own: some calls with their answers, and then its end. Nothing of an app passes through it.
import { Buffer } from "node:buffer";
import { type Addon, READABLE, type Watcher } from "../../native/addon.ts";
import { LineReader } from "../authentication.ts";
import { readHeader } from "../wire/foreign-fields.ts";
import { FIXED_HEADER_BYTES, frameLength } from "../wire/header.ts";
import type { Interner } from "../wire/interner.ts";
import { emptyHeader, MessageType } from "../wire/message.ts";
import { readBody, type Value } from "../wire/reader.ts";
import { encodeMessage, type OutgoingHeader } from "../wire/writer.ts";

/** `errorName` is "" for a return. */
export interface Answer {
  readonly errorName: string;
  readonly values: readonly Value[];
}

const CHUNK_BYTES = 4096;
/** No answer to what is asked here is longer. */
const MAX_BYTES = 64 * 1024;
const OVER: Answer = { errorName: "over", values: [] };

/** Owns `fd`, until `close`. Every question is answered: with `over` once the other side is gone. */
export class Conversation {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #texts: Interner;
  readonly #watcher: Watcher;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #lines = new LineReader();
  #bytes = Buffer.alloc(0);
  #greeted = false;
  #serial = 0;
  #closed = false;

  constructor(addon: Addon, fd: number, uid: number, texts: Interner) {
    this.#addon = addon;
    this.#fd = fd;
    this.#texts = texts;
    this.#watcher = addon.watch(fd, READABLE, () => this.#read());
    // All at once, as sd-bus does: the bus reads line after line, and what follows BEGIN are messages.
    this.#say(Buffer.from(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString("hex")}\r\nBEGIN\r\n`, "latin1"));
  }

  call(header: Omit<OutgoingHeader, "type" | "serial">, values: readonly Value[] = []): Promise<Answer> {
    const serial = ++this.#serial;
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve(OVER);
        return;
      }
      this.#waiting.set(serial, resolve);
      this.#say(encodeMessage({ ...header, type: MessageType.CALL, serial }, values));
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    this.#addon.shutdown(this.#fd, 2);
    this.#addon.close(this.#fd);
    for (const [, resolve] of this.#waiting) resolve(OVER);
    this.#waiting.clear();
  }

  /** What is said here is short: a bus that does not take it at once is none. */
  #say(bytes: Uint8Array): void {
    if (this.#addon.sendmsg(this.#fd, bytes, 0, bytes.length, []) !== bytes.length) this.close();
  }

  #read(): void {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const descriptors: number[] = [];
    const count = this.#addon.recvmsg(this.#fd, chunk, 0, CHUNK_BYTES, descriptors);
    for (const descriptor of descriptors) this.#addon.close(descriptor);
    if (count === -(this.#addon.constants["EAGAIN"] as number)) return;
    if (count <= 0 || this.#bytes.length + count > MAX_BYTES) {
      this.close();
      return;
    }
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
    if (!this.#greeted && !this.#greeting()) return;
    while (this.#message());
  }

  #greeting(): boolean {
    const next = this.#lines.next(this.#bytes, 0, this.#bytes.length);
    if (next === 0) this.#bytes = Buffer.alloc(0);
    else if (next < 0 || !this.#lines.line.startsWith("OK ")) this.close();
    else {
      this.#bytes = this.#bytes.subarray(next);
      this.#greeted = true;
    }
    return this.#greeted;
  }

  #message(): boolean {
    const total = this.#bytes.length < FIXED_HEADER_BYTES ? 0 : frameLength(this.#bytes, 0);
    if (total === 0 || this.#bytes.length < total) return false;
    const header = emptyHeader();
    if (total < 0 || readHeader(this.#bytes, 0, header, this.#texts) !== "") {
      this.close();
      return false;
    }
    const { type, errorName, replySerial, signature } = header;
    const values = readBody(this.#bytes, header.headerBytes, header.bodyBytes, signature, header.littleEndian, this.#texts) ?? [];
    this.#bytes = this.#bytes.subarray(total);
    // A signal may quote any serial, and whoever asked still waits.
    if (type !== MessageType.RETURN && type !== MessageType.ERROR) return true;
    const resolve = this.#waiting.get(replySerial);
    this.#waiting.delete(replySerial);
    resolve?.({ errorName, values });
    return !this.#closed;
  }
}
