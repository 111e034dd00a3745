// A D-Bus client whose every byte the test decides: any message, any descriptor, any order.
import { Buffer } from "node:buffer";
import { resolve } from "node:path";
import { type Addon, loadAddon, READABLE, type Watcher } from "../../../native/addon.ts";
import { readHeader } from "../../../dbus-proxy/wire/foreign-fields.ts";
import { FIXED_HEADER_BYTES, frameLength } from "../../../dbus-proxy/wire/header.ts";
import { Interner } from "../../../dbus-proxy/wire/interner.ts";
import { emptyHeader, type MessageHeader } from "../../../dbus-proxy/wire/message.ts";
import { readBody, type Value } from "../../../dbus-proxy/wire/reader.ts";
import { encodeMessage, type OutgoingHeader } from "../../../dbus-proxy/wire/writer.ts";
import { waitFor } from "../../support/process.ts";

export interface Received {
  readonly header: Readonly<MessageHeader>;
  readonly values: readonly Value[];
}

export const BUS = { path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", destination: "org.freedesktop.DBus" } as const;
const UID_HEX = Buffer.from(String(process.getuid?.())).toString("hex");

export class Peer {
  readonly addon: Addon = loadAddon(resolve("build/tsbox.node"));
  readonly fd: number;
  /** In the order of their coming. */
  readonly messages: Received[] = [];
  readonly descriptors: number[] = [];
  /** What came before messages. */
  text = "";
  closed = false;
  name = "";
  /** Bodies are the bus's to check: one that lies may send any. */
  takesAnyBody = false;
  #begun = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #serial = 0;
  readonly #texts = new Interner();
  readonly #watcher: Watcher;

  /** A path to connect to, or a connected socket, which it then owns. */
  constructor(to: string | number) {
    this.fd = typeof to === "number" ? to : this.addon.connectUnix(to);
    this.#watcher = this.addon.watch(this.fd, READABLE, () => this.#read());
  }

  /** Authenticated, greeted. */
  static async open(path: string): Promise<Peer> {
    const peer = new Peer(path);
    await peer.authenticate();
    const hello = await peer.call({ ...BUS, member: "Hello" });
    peer.name = hello.values[0] as string;
    return peer;
  }

  async authenticate(): Promise<void> {
    this.write(`\0AUTH EXTERNAL ${UID_HEX}\r\nNEGOTIATE_UNIX_FD\r\n`);
    await waitFor("authentication", () => this.text.includes("AGREE_UNIX_FD\r\n") || this.closed);
    this.begin();
  }

  begin(): void {
    this.#begun = true;
    this.write("BEGIN\r\n");
  }

  write(data: string | Uint8Array, fds: readonly number[] = []): void {
    const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
    let at = 0;
    while (at < bytes.length) {
      const sent = this.addon.sendmsg(this.fd, bytes, at, bytes.length - at, at === 0 ? fds : []);
      if (sent < 0) {
        if (sent === -(this.addon.constants["EAGAIN"] as number)) continue;
        return;
      }
      at += sent;
    }
  }

  nextSerial(): number {
    return ++this.#serial;
  }

  /** Sends a message and tells its serial. */
  send(header: Omit<OutgoingHeader, "serial"> & { serial?: number }, values: readonly Value[] = [], fds: readonly number[] = []): number {
    const serial = header.serial ?? this.nextSerial();
    this.write(encodeMessage({ ...header, serial } as OutgoingHeader, values), fds);
    return serial;
  }

  async call(header: Partial<OutgoingHeader>, values: readonly Value[] = [], fds: readonly number[] = []): Promise<Received> {
    const serial = this.send({ type: 1, ...header }, values, fds);
    return this.reply(serial);
  }

  /** The answer to a call; a closed connection is an error. */
  async reply(serial: number): Promise<Received> {
    return waitFor(
      `the answer to ${serial}`,
      () => {
        const found = this.messages.find(({ header }) => (header.type === 2 || header.type === 3) && header.replySerial === serial);
        if (found === undefined && this.closed) throw new Error("connection closed");
        return found;
      },
      5000,
    );
  }

  /** A method of the bus with texts as arguments. */
  bus(member: string, ...args: readonly Value[]): Promise<Received> {
    const signature = args.map((arg) => (typeof arg === "number" ? "u" : "s")).join("");
    return this.call({ ...BUS, member, signature }, args);
  }

  /** After this everything that the bus had for us before has come. */
  async settle(): Promise<void> {
    await this.bus("GetId");
  }

  close(): void {
    this.#watcher.close();
    if (!this.closed) this.addon.close(this.fd);
    this.closed = true;
    for (const fd of this.descriptors.splice(0)) this.addon.close(fd);
  }

  pause(paused: boolean): void {
    this.#watcher.update(paused ? 0 : READABLE);
  }

  #read(): void {
    const chunk = new Uint8Array(256 * 1024);
    const count = this.addon.recvmsg(this.fd, chunk, 0, chunk.length, this.descriptors);
    if (count === -(this.addon.constants["EAGAIN"] as number)) return;
    if (count <= 0) {
      this.#watcher.close();
      this.addon.close(this.fd);
      this.closed = true;
      return;
    }
    if (!this.#begun) {
      this.text += Buffer.from(chunk.subarray(0, count)).toString("latin1");
      return;
    }
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
    while (this.#bytes.length >= FIXED_HEADER_BYTES) {
      const total = frameLength(this.#bytes, 0);
      if (this.#bytes.length < total) return;
      const header = emptyHeader();
      const problem = readHeader(this.#bytes, 0, header, this.#texts);
      if (problem !== "") throw new Error(`malformed message received: ${problem}`);
      const values = readBody(this.#bytes, header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, this.#texts);
      if (values === undefined && !this.takesAnyBody) throw new Error("malformed body received");
      this.messages.push({ header, values: values ?? [] });
      this.#bytes = this.#bytes.subarray(total);
    }
  }
}

/** Answers each call for it with its own arguments, and remembers what came. */
export function echo(peer: Peer): () => void {
  let done = 0;
  const timer = setInterval(() => {
    for (; done < peer.messages.length; done++) {
      const { header, values } = peer.messages[done] as Received;
      if (header.type === 1 && (header.flags & 1) === 0)
        peer.send({ type: 2, replySerial: header.serial, destination: header.sender, signature: header.signature }, values);
    }
  }, 2);
  return () => clearInterval(timer);
}

export function errorOf(received: Received): string {
  return received.header.errorName.replace("org.freedesktop.DBus.Error.", "");
}
