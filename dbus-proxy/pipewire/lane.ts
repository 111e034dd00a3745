// One direction of a connection to PipeWire: cuts the stream into messages in the receive buffer that all connections share, and hands each over whole, with its
// descriptors.
import type { Endpoint } from "../connection/endpoint.ts";
import type { Workbench } from "../connection/workbench.ts";
import { HEAD_BYTES, lengthAt, MAX_MESSAGE_BYTES, type Message, parseMessage } from "./message.ts";

export interface PipewireLaneRules {
  /** The message lies at [from, to) of the bytes. Takes its descriptors over. */
  take(message: Message, bytes: Uint8Array, from: number, to: number, descriptors: readonly number[]): void;
  ended(): void;
  broken(because: string): void;
  /** Of messages that are not here yet: more of them are no reason to wait. */
  readonly mostDescriptors: number;
}

export const MOST_DESCRIPTORS_OF_SERVER = 256;

const EMPTY = new Uint8Array(0);

export class PipewireLane {
  readonly #bench: Pick<Workbench, "addon" | "buffer">;
  readonly #source: Endpoint;
  readonly #rules: PipewireLaneRules;
  readonly #eagain: number;
  #carry: Uint8Array = EMPTY;
  #descriptors: number[] = [];
  #closed = false;

  constructor(bench: Pick<Workbench, "addon" | "buffer">, source: Endpoint, rules: PipewireLaneRules) {
    this.#bench = bench;
    this.#source = source;
    this.#rules = rules;
    this.#eagain = -(bench.addon.constants["EAGAIN"] as number);
  }

  receive(): void {
    const { addon, buffer } = this.#bench;
    const kept = this.#carry.length;
    if (kept > 0) buffer.set(this.#carry, 0);
    const count = addon.recvmsg(this.#source.fd, buffer, kept, buffer.length - kept, this.#descriptors);
    if (count === this.#eagain) return;
    if (count <= 0) this.#rules.ended();
    else if (this.#descriptors.length > this.#rules.mostDescriptors) this.#rules.broken("too many descriptors");
    else this.#messages(buffer, kept + count);
  }

  close(): void {
    this.#closed = true;
    this.#carry = EMPTY;
    for (const fd of this.#descriptors.splice(0)) this.#bench.addon.close(fd);
  }

  #messages(buffer: Uint8Array, end: number): void {
    let at = 0;
    while (!this.#closed && end - at >= HEAD_BYTES) {
      const to = at + lengthAt(buffer, at);
      if (to - at > MAX_MESSAGE_BYTES) {
        this.#rules.broken("a message that is too long");
        return;
      }
      if (to > end) break;
      const message = parseMessage(buffer, at, to);
      if (message === undefined || message.descriptors > this.#descriptors.length) {
        this.#rules.broken(message === undefined ? "a message that is no struct" : "a message without its descriptors");
        return;
      }
      this.#rules.take(message, buffer, at, to, this.#descriptors.splice(0, message.descriptors));
      at = to;
    }
    if (!this.#closed) this.#carry = at < end ? buffer.slice(at, end) : EMPTY;
  }
}
