// A bus whose every byte the test decides: it lets whoever comes in, writes down what it is told, and says what it is made to say.
import { Buffer } from "node:buffer";
import { rmSync } from "node:fs";
import { type Addon, READABLE, type Watcher } from "../../../native/addon.ts";
import { readHeader } from "../../../dbus-proxy/wire/foreign-fields.ts";
import { FIXED_HEADER_BYTES, frameLength } from "../../../dbus-proxy/wire/header.ts";
import { Interner } from "../../../dbus-proxy/wire/interner.ts";
import { emptyHeader, type MessageHeader } from "../../../dbus-proxy/wire/message.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";

const BUS_NAME = "org.freedesktop.DBus";
const CHUNK_BYTES = 256 * 1024;

/** One connection to it. */
export class LyingEnd {
  /** What came and was not answered yet. */
  readonly heard: MessageHeader[] = [];
  readonly name: string;
  closed = false;
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #watcher: Watcher;
  readonly #texts = new Interner();
  #bytes = Buffer.alloc(0);
  #begun = false;
  #serial = 0;

  constructor(addon: Addon, fd: number, name: string) {
    this.#addon = addon;
    this.#fd = fd;
    this.name = name;
    this.#watcher = addon.watch(fd, READABLE, () => this.#read());
  }

  nextSerial(): number {
    return ++this.#serial;
  }

  /** As much as is taken at once, which is returned: who does not read is not waited for. */
  say(bytes: Uint8Array, fds: readonly number[] = []): number {
    return this.closed ? 0 : Math.max(0, this.#addon.sendmsg(this.#fd, bytes, 0, bytes.length, fds));
  }

  /** What a bus answers to this call; a list of names is empty, a name has no owner. */
  answer({ serial, member, sender }: Pick<MessageHeader, "serial" | "member" | "sender">, from = BUS_NAME): void {
    const reply = { serial: this.nextSerial(), replySerial: serial, destination: sender === "" ? this.name : sender, sender: from };
    if (member === "GetNameOwner") this.say(encodeMessage({ ...reply, type: 3, errorName: `${BUS_NAME}.Error.NameHasNoOwner` }));
    else if (member === "Hello") this.say(encodeMessage({ ...reply, type: 2, signature: "s" }, [this.name]));
    else if (member === "ListNames") this.say(encodeMessage({ ...reply, type: 2, signature: "as" }, [[]]));
    else this.say(encodeMessage({ ...reply, type: 2 }));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#watcher.close();
    this.#addon.close(this.#fd);
  }

  #read(): void {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const descriptors: number[] = [];
    const count = this.#addon.recvmsg(this.#fd, chunk, 0, chunk.length, descriptors);
    for (const descriptor of descriptors) this.#addon.close(descriptor);
    if (count === -(this.#addon.constants["EAGAIN"] as number)) return;
    if (count <= 0) {
      this.close();
      return;
    }
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
    if (!this.#begun) this.#greet();
    if (this.#begun) this.#messages();
  }

  #greet(): void {
    for (let end = this.#bytes.indexOf("\r\n"); end >= 0 && !this.#begun; end = this.#bytes.indexOf("\r\n")) {
      const line = this.#bytes.toString("latin1", 0, end).replace("\0", "");
      this.#bytes = this.#bytes.subarray(end + 2);
      if (line === "BEGIN") this.#begun = true;
      else
        this.say(
          Buffer.from(
            line.startsWith("NEGOTIATE") ? "AGREE_UNIX_FD\r\n" : line === "DATA" || line.startsWith("AUTH") ? `OK ${"0".repeat(32)}\r\n` : "ERROR\r\n",
          ),
        );
    }
  }

  #messages(): void {
    while (this.#bytes.length >= FIXED_HEADER_BYTES) {
      const total = frameLength(this.#bytes, 0);
      if (total > 0 && this.#bytes.length < total) return;
      const header = emptyHeader();
      const problem = total < 0 ? "length" : readHeader(this.#bytes, 0, header, this.#texts);
      if (problem !== "") throw new Error(`malformed message for the bus: ${problem}`);
      this.#bytes = this.#bytes.subarray(total);
      this.heard.push(header);
    }
  }
}

export class LyingBus {
  readonly ends: LyingEnd[] = [];
  readonly path: string;
  readonly #addon: Addon;
  readonly #listener: number;
  readonly #watcher: Watcher;

  constructor(addon: Addon, path: string) {
    this.#addon = addon;
    this.path = path;
    this.#listener = addon.listenUnix(path, 16);
    this.#watcher = addon.watch(this.#listener, READABLE, () => {
      for (let fd = addon.accept(this.#listener); fd >= 0; fd = addon.accept(this.#listener))
        this.ends.push(new LyingEnd(addon, fd, `:1.${this.ends.length + 1}`));
    });
  }

  close(): void {
    this.#watcher.close();
    this.#addon.close(this.#listener);
    for (const end of this.ends) end.close();
    rmSync(this.path, { force: true });
  }
}
