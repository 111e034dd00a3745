// One end of a socket in the rig: authentication lines first, then messages; descriptors are counted by message. No code under test takes part.
import { Buffer } from "node:buffer";
import { type Addon, READABLE, type Watcher } from "../../../native/addon.ts";
import { messageLength, type ReadMessage, readMessage } from "./raw-message.ts";

export interface WireEvents {
  line(text: string): void;
  message(message: ReadMessage, descriptors: number): void;
  end(): void;
}

export class Wire {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #events: WireEvents;
  readonly #watcher: Watcher;
  #bytes: Buffer = Buffer.alloc(0);
  #descriptors = 0;
  /** Lines come before messages. The first byte of an app is no line's. */
  lines = true;
  skip: number;
  closed = false;

  /** Owns the descriptor. `skip`: bytes before the first line. */
  constructor(addon: Addon, fd: number, skip: number, events: WireEvents) {
    this.#addon = addon;
    this.#fd = fd;
    this.skip = skip;
    this.#events = events;
    this.#watcher = addon.watch(fd, READABLE, () => this.#read());
  }

  write(data: string | Uint8Array, fds: readonly number[] = []): void {
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    for (let at = 0; at < bytes.length && !this.closed; ) {
      const sent = this.#addon.sendmsg(this.#fd, bytes, at, bytes.length - at, at === 0 ? fds : []);
      if (sent > 0) at += sent;
      else if (sent !== -(this.#addon.constants["EAGAIN"] as number)) return;
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#watcher.close();
    this.#addon.close(this.#fd);
  }

  #read(): void {
    const chunk = new Uint8Array(64 * 1024);
    const fds: number[] = [];
    const count = this.#addon.recvmsg(this.#fd, chunk, 0, chunk.length, fds);
    if (count === -(this.#addon.constants["EAGAIN"] as number)) return;
    for (const fd of fds) this.#addon.close(fd);
    this.#descriptors += fds.length;
    if (count <= 0) {
      this.close();
      this.#events.end();
      return;
    }
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
    this.#cut();
  }

  #cut(): void {
    if (this.skip > 0 && this.#bytes.length > 0) {
      this.#bytes = this.#bytes.subarray(this.skip);
      this.skip = 0;
    }
    while (!this.closed) {
      if (this.lines) {
        const end = this.#bytes.indexOf("\r\n");
        if (end < 0) return;
        const text = this.#bytes.toString("latin1", 0, end);
        this.#bytes = this.#bytes.subarray(end + 2);
        this.#events.line(text);
        continue;
      }
      const total = messageLength(this.#bytes);
      if (total === 0 || this.#bytes.length < total) return;
      const message = readMessage(this.#bytes.subarray(0, total));
      this.#bytes = this.#bytes.subarray(total);
      const descriptors = this.#descriptors;
      this.#descriptors = 0;
      this.#events.message(message, descriptors);
    }
  }
}
