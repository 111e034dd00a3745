// Asks a bus which of its names belong to which process, by one short connection.
import { Buffer } from "node:buffer";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { type Addon, READABLE, type SystemError, type Watcher } from "../native/addon.ts";
import { busCall } from "./connection/made-up.ts";
import { readHeader } from "./wire/foreign-fields.ts";
import { frameLength } from "./wire/header.ts";
import { Interner } from "./wire/interner.ts";
import { emptyHeader, MessageType } from "./wire/message.ts";
import { readBody, type Value } from "./wire/reader.ts";

export interface OwnedName {
  readonly name: string;
  /** Of the process that made the connection, as the bus knows it. */
  readonly pid: number;
}

const PAUSE_MILLISECONDS = 1;
/** A bus has room again within microseconds; after so many tries it is behind. */
const TRIES_WITHOUT_PAUSE = 20;

/** A bus whose backlog is full is busy, not dead. Who asks goes on meanwhile: it may be the broker, whom everybody asks. */
async function connectPatiently(addon: Addon, address: string, until: number): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return addon.connectUnix(address);
    } catch (error) {
      if ((error as SystemError).code !== "EAGAIN" || Date.now() > until) throw error;
      await (tries < TRIES_WITHOUT_PAUSE ? nextTurn() : sleep(PAUSE_MILLISECONDS));
    }
  }
}

/** A D-Bus address of one socket, as the connector takes it; whose uid; and how many milliseconds the answer may take. */
export interface AskedBus {
  readonly address: string;
  readonly uid: number;
  readonly patience: number;
}

/**
 * The names that `isWanted` picks, with their owners; undefined where the bus gives no answer in time that can be read.
 * Throws SystemError where nobody listens at `address`.
 */
export async function ownersOf(
  addon: Addon,
  { address, uid, patience }: AskedBus,
  isWanted: (name: string) => boolean,
): Promise<readonly OwnedName[] | undefined> {
  const until = Date.now() + patience;
  const bus = new BusQuestion(addon, await connectPatiently(addon, address, until));
  const timer = setTimeout(() => bus.close(), patience);
  try {
    // All at once, as sd-bus does: the bus reads line after line, and what follows BEGIN are messages.
    const greeting = Buffer.from(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString("hex")}\r\nBEGIN\r\n`, "latin1");
    bus.say(Buffer.concat([greeting, busCall(1, "Hello", []), busCall(LIST, "ListNames", [])]));
    return await readOwners(bus, isWanted);
  } finally {
    clearTimeout(timer);
    bus.close();
  }
}

const LIST = 2;
const FIRST_OWNER = 3;

async function readOwners(bus: BusQuestion, isWanted: (name: string) => boolean): Promise<readonly OwnedName[] | undefined> {
  const names = (await bus.readGreeting()) ? await bus.readAnswer(LIST) : undefined;
  if (!Array.isArray(names)) return undefined;
  const wanted = names.filter((name): name is string => typeof name === "string" && !name.startsWith(":") && isWanted(name));
  if (!wanted.every((name, index) => bus.say(busCall(FIRST_OWNER + index, "GetConnectionUnixProcessID", [name])))) return undefined;
  const owned: OwnedName[] = [];
  for (const [index, name] of wanted.entries()) {
    const pid = await bus.readAnswer(FIRST_OWNER + index);
    if (pid === undefined) return undefined;
    // Null: its owner has just left.
    if (typeof pid === "number") owned.push({ name, pid });
  }
  return owned;
}

/** More is no list of names. */
const MOST_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** The connection: what has come of its bytes, and who waits for more. */
class BusQuestion {
  readonly #addon: Addon;
  readonly #texts = new Interner();
  #fd: number;
  #bytes = Buffer.alloc(0);
  #watcher: Watcher | undefined;
  /** Told whether more has come. */
  #waiting: ((more: boolean) => void) | undefined;

  constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.#fd = fd;
  }

  /** False where it did not go out whole: a bus that does not take these few bytes does not answer either. */
  say(bytes: Uint8Array): boolean {
    return this.#fd >= 0 && this.#addon.sendmsg(this.#fd, bytes, 0, bytes.length, []) === bytes.length;
  }

  close(): void {
    if (this.#fd < 0) return;
    this.#watcher?.close();
    this.#addon.close(this.#fd);
    this.#fd = -1;
    this.#wake(false);
  }

  async readGreeting(): Promise<boolean> {
    for (;;) {
      const end = this.#bytes.indexOf("\r\n");
      if (end >= 0) {
        const isOk = this.#bytes.toString("latin1", 0, 3) === "OK ";
        this.#bytes = this.#bytes.subarray(end + 2);
        return isOk;
      }
      if (!(await this.#more())) return false;
    }
  }

  /** The first value of the answer to `serial`; null for an error, undefined where none comes. What else arrives is passed over. */
  async readAnswer(serial: number): Promise<Value | null | undefined> {
    const header = emptyHeader();
    for (;;) {
      const total = this.#bytes.length < 16 ? 0 : frameLength(this.#bytes, 0);
      if (total < 0) return undefined;
      if (total === 0 || this.#bytes.length < total) {
        if (!(await this.#more())) return undefined;
        continue;
      }
      if (readHeader(this.#bytes, 0, header, this.#texts) !== "") return undefined;
      const message = this.#bytes.subarray(0, total);
      this.#bytes = this.#bytes.subarray(total);
      if (header.replySerial !== serial) continue;
      if (header.type !== MessageType.RETURN) return null;
      return readBody(message, header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, this.#texts)?.[0];
    }
  }

  /** False where nothing will come any more. */
  #more(): Promise<boolean> {
    if (this.#fd < 0) return Promise.resolve(false);
    this.#watcher ??= this.#addon.watch(this.#fd, READABLE, () => this.#receive());
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #receive(): void {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const descriptors: number[] = [];
    const count = this.#addon.recvmsg(this.#fd, chunk, 0, chunk.length, descriptors);
    for (const descriptor of descriptors) this.#addon.close(descriptor);
    if (count === -(this.#addon.constants["EAGAIN"] as number)) return;
    if (count > 0) this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
    if (count <= 0 || this.#bytes.length > MOST_BYTES) this.close();
    else this.#wake(true);
  }

  #wake(more: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(more);
  }
}
