// Asks a bus which of its names belong to which process: one short connection, without waiting in the event loop, since it stands between two steps of a start.
import { Buffer } from "node:buffer";
import type { Addon, SystemError } from "../native/addon.ts";
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

/** A question that the bus works on while the asker does something else. */
export interface NameQuestion {
  /**
   * The names that `isWanted` picks, with their owners; undefined where the bus gives no answer that can be read in `patience` milliseconds from the asking on.
   * Ends the connection.
   */
  answer(isWanted: (name: string) => boolean): readonly OwnedName[] | undefined;
  /** Ends the connection; idempotent. */
  close(): void;
}

/** A bus whose backlog is full is busy, not dead. */
function connectPatiently(addon: Addon, address: string, until: number): number {
  for (;;) {
    try {
      return addon.connectUnix(address);
    } catch (error) {
      if ((error as SystemError).code !== "EAGAIN" || Date.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
    }
  }
}

/** Throws SystemError where nobody listens at `address`. */
export function askForNames(addon: Addon, address: string, uid: number, patience: number): NameQuestion {
  const until = Date.now() + patience;
  let fd = connectPatiently(addon, address, until);
  const close = (): void => {
    if (fd >= 0) addon.close(fd);
    fd = -1;
  };
  const bus = new PatientBus(addon, fd, until);
  // All at once, as sd-bus does: the bus reads line after line, and what follows BEGIN are messages.
  const greeting = Buffer.from(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString("hex")}\r\nBEGIN\r\n`, "latin1");
  bus.say(Buffer.concat([greeting, busCall(1, "Hello", []), busCall(2, "ListNames", [])]));
  const answer = (isWanted: (name: string) => boolean): readonly OwnedName[] | undefined => {
    try {
      return readOwners(bus, isWanted);
    } finally {
      close();
    }
  };
  return { answer, close };
}

function readOwners(bus: PatientBus, isWanted: (name: string) => boolean): readonly OwnedName[] | undefined {
  const names = bus.readGreeting() ? bus.readAnswer(2) : undefined;
  if (!Array.isArray(names)) return undefined;
  const wanted = names.filter((name): name is string => typeof name === "string" && !name.startsWith(":") && isWanted(name));
  for (const [index, name] of wanted.entries()) bus.say(busCall(3 + index, "GetConnectionUnixProcessID", [name]));
  const owned: OwnedName[] = [];
  for (const [index, name] of wanted.entries()) {
    const pid = bus.readAnswer(3 + index);
    if (pid === undefined) return undefined;
    // Null: its owner has just left.
    if (typeof pid === "number") owned.push({ name, pid });
  }
  return owned;
}

/** More is no list of names. */
const MOST_BYTES = 16 * 1024 * 1024;
const PAUSE_MILLISECONDS = 0.1;
/** Looks without a pause, a few microseconds each. */
const EAGER_TRIES = 300;

/** A connection whose descriptor does not wait, read by somebody who does. */
class PatientBus {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #until: number;
  readonly #texts = new Interner();
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  #bytes = Buffer.alloc(0);
  #eager = EAGER_TRIES;

  constructor(addon: Addon, fd: number, until: number) {
    this.#addon = addon;
    this.#fd = fd;
    this.#until = until;
  }

  /** What does not go out in time is missed by whoever waits for its answer. */
  say(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const count = this.#addon.sendmsg(this.#fd, bytes, at, bytes.length - at, []);
      if (count > 0) at += count;
      else if (!this.#isAgain(count) || !this.#pause()) return;
    }
  }

  readGreeting(): boolean {
    for (;;) {
      const end = this.#bytes.indexOf("\r\n");
      if (end >= 0) {
        const isOk = this.#bytes.toString("latin1", 0, 3) === "OK ";
        this.#bytes = this.#bytes.subarray(end + 2);
        return isOk;
      }
      if (!this.#more()) return false;
    }
  }

  /** The first value of the answer to `serial`; null for an error, undefined where none comes. What else arrives is passed over. */
  readAnswer(serial: number): Value | null | undefined {
    const header = emptyHeader();
    for (;;) {
      const total = this.#bytes.length < 16 ? 0 : frameLength(this.#bytes, 0);
      if (total < 0) return undefined;
      if (total === 0 || this.#bytes.length < total) {
        if (!this.#more()) return undefined;
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

  #more(): boolean {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    for (;;) {
      const descriptors: number[] = [];
      const count = this.#addon.recvmsg(this.#fd, chunk, 0, chunk.length, descriptors);
      for (const descriptor of descriptors) this.#addon.close(descriptor);
      if (count > 0) {
        this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, count)]);
        return this.#bytes.length <= MOST_BYTES;
      }
      if (!this.#isAgain(count) || !this.#pause()) return false;
    }
  }

  #isAgain(count: number): boolean {
    return count === -(this.#addon.constants["EAGAIN"] as number);
  }

  /** False when the time is over. */
  #pause(): boolean {
    if (Date.now() > this.#until) return false;
    // The bus is at work on another processor, and answers sooner than a sleep would end.
    if (this.#eager-- > 0) return true;
    Atomics.wait(this.#bell, 0, 0, PAUSE_MILLISECONDS);
    return true;
  }
}
