// A client of one of the host's buses, with descriptors, made of the proxy's own wire code: what apps say reaches services through it, and every byte back is checked.
import { type Addon, READABLE, WRITABLE, type Watcher } from "../../native/addon.ts";
import { BusAuthentication, LineReader } from "../../dbus-proxy/authentication.ts";
import { encodeMatchRule, type MatchRule, ruleMatches } from "../../dbus-proxy/match-rule.ts";
import { Interner } from "../../dbus-proxy/wire/interner.ts";
import { BUS_NAME, BUS_PATH, type MessageHeader, MessageFlag, MessageType } from "../../dbus-proxy/wire/message.ts";
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { encodeMessage } from "../../dbus-proxy/wire/writer.ts";
import { busError, PortalError } from "../core/portal-error.ts";
import { MessageReader, type ReceivedMessage } from "./message-reader.ts";

export interface BusAnswer {
  readonly values: readonly Value[];
  /** The receiver closes them. */
  readonly fds: readonly number[];
}

export interface BusCallRequest {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly args?: readonly Value[];
  /** Stay the caller's. */
  readonly fds?: readonly number[];
  /** 0: for ever. */
  readonly timeout?: number;
  readonly noAutoStart?: boolean;
}

export interface HeardSignal {
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly args: readonly Value[];
}

interface Waiting {
  resolve(answer: BusAnswer): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout | undefined;
}

interface Queued {
  readonly bytes: Uint8Array;
  at: number;
  readonly fds: readonly number[];
}

interface Listener {
  readonly rule: MatchRule;
  readonly owns: (name: string) => boolean;
  readonly heard: (signal: HeardSignal) => void;
}

const TIMEOUT_MILLISECONDS = 25_000;
const CHUNK_BYTES = 64 * 1024;
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;

/** Connects, authenticates and says Hello. `address` as the addon takes it: a path or `@abstract`. */
export async function connectBusClient(addon: Addon, address: string, uid: number): Promise<BusClient> {
  const client = new BusClient(addon, addon.connectUnix(address), uid);
  await client.greet();
  return client;
}

export class BusClient {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #watcher: Watcher;
  readonly #authentication: BusAuthentication;
  readonly #lines = new LineReader();
  readonly #reader: MessageReader;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<Listener>();
  readonly #owners = new Map<string, string>();
  readonly #queue: Queued[] = [];
  readonly #endings: (() => void)[] = [];
  #queuedBytes = 0;
  #serial = 0;
  #begun = false;
  #ready: (() => void) | undefined;
  closed = false;
  uniqueName = "";

  constructor(addon: Addon, fd: number, uid: number) {
    this.#addon = addon;
    this.#fd = fd;
    this.#authentication = new BusAuthentication(uid);
    this.#reader = new MessageReader(addon, new Interner());
    this.#watcher = addon.watch(fd, READABLE, (events) => this.#wake(events));
  }

  async greet(): Promise<void> {
    const begun = new Promise<void>((resolve, reject) => {
      this.#ready = resolve;
      this.onEnd(() => reject(busError("Disconnected", "the bus does not take us")));
    });
    this.#sayText(this.#authentication.opening());
    await begun;
    const { values } = await this.call({ destination: BUS_NAME, path: BUS_PATH, interface: BUS_NAME, member: "Hello" });
    this.uniqueName = String(values[0]);
  }

  onEnd(ended: () => void): void {
    this.#endings.push(ended);
  }

  call(request: BusCallRequest): Promise<BusAnswer> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(busError("Disconnected", "the connection to the bus is over"));
        return;
      }
      this.#serial = (this.#serial % 0x7fff_ffff) + 1;
      const serial = this.#serial;
      const timeout = request.timeout ?? TIMEOUT_MILLISECONDS;
      const timer =
        timeout === 0 ? undefined : setTimeout(() => this.#settle(serial)?.reject(busError("NoReply", `no answer from \`${request.destination}\``)), timeout);
      this.#waiting.set(serial, { resolve, reject, timer });
      const fds = request.fds ?? [];
      const header = {
        type: MessageType.CALL,
        flags: request.noAutoStart === true ? MessageFlag.NO_AUTO_START : 0,
        serial,
        destination: request.destination,
        path: request.path,
        interface: request.interface,
        member: request.member,
        signature: request.signature ?? "",
        unixFds: fds.length,
      };
      this.#say(
        encodeMessage(header, request.args ?? []),
        fds.map((fd) => this.#addon.dup(fd)),
      );
    });
  }

  /** Hears signals of the sender, and of whoever owns that name. Answers how to stop. */
  async listen(terms: Readonly<Record<string, string>> & { readonly sender: string }, heard: (signal: HeardSignal) => void): Promise<() => void> {
    const rule: MatchRule = { terms: Object.entries({ type: "signal", ...terms }).map(([key, value]) => ({ key, value })) };
    const { sender } = terms;
    const listener: Listener = { rule, owns: (name) => this.#owners.get(name) !== undefined && name === sender, heard };
    this.#listeners.add(listener);
    await this.#bus("AddMatch", encodeMatchRule(rule));
    if (sender !== BUS_NAME && !sender.startsWith(":")) await this.#followOwner(sender);
    return () => {
      if (!this.#listeners.delete(listener) || this.closed) return;
      this.#bus("RemoveMatch", encodeMatchRule(rule)).catch(() => {});
    };
  }

  async ownerOf(name: string): Promise<string | undefined> {
    try {
      return String((await this.#bus("GetNameOwner", name)).values[0]);
    } catch {
      return undefined;
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#watcher.close();
    this.#addon.close(this.#fd);
    this.#reader.close();
    for (const { fds } of this.#queue.splice(0)) for (const fd of fds) this.#addon.close(fd);
    for (const serial of [...this.#waiting.keys()]) this.#settle(serial)?.reject(busError("Disconnected", "the connection to the bus is over"));
    for (const ended of this.#endings.splice(0)) ended();
  }

  #bus(member: string, argument: string): Promise<BusAnswer> {
    return this.call({ destination: BUS_NAME, path: BUS_PATH, interface: BUS_NAME, member, signature: "s", args: [argument] });
  }

  async #followOwner(name: string): Promise<void> {
    if (this.#owners.has(name)) return;
    this.#owners.set(name, "");
    await this.#bus("AddMatch", `type='signal',sender='${BUS_NAME}',interface='${BUS_NAME}',member='NameOwnerChanged',arg0='${name}'`);
    this.#owners.set(name, (await this.ownerOf(name)) ?? "");
  }

  #settle(serial: number): Waiting | undefined {
    const waiting = this.#waiting.get(serial);
    this.#waiting.delete(serial);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  #wake(events: number): void {
    if ((events & WRITABLE) !== 0) this.#flush();
    if (this.closed || (events & ~WRITABLE) === 0) return;
    const chunk = new Uint8Array(CHUNK_BYTES);
    const fds: number[] = [];
    const count = this.#addon.recvmsg(this.#fd, chunk, 0, chunk.length, fds);
    if (count === -(this.#addon.constants["EAGAIN"] as number)) return;
    if (count <= 0) this.close();
    else if (this.#begun) this.#receive(chunk.subarray(0, count), fds);
    else {
      for (const fd of fds) this.#addon.close(fd);
      this.#authenticate(chunk, count);
    }
  }

  #authenticate(chunk: Uint8Array, count: number): void {
    for (let at = 0; at < count && !this.closed; ) {
      at = this.#lines.next(chunk, at, count);
      if (at < 0) this.close();
      if (at <= 0) return;
      const step = this.#authentication.line(this.#lines.line);
      if (step.kind === "close") this.close();
      else if (step.kind === "ok") this.#sayText(this.#authentication.negotiateUnixFds());
      else {
        this.#sayText(this.#authentication.begin());
        this.#begun = true;
        this.#ready?.();
        return;
      }
    }
  }

  /** INVARIANT: a malformed message ends the connection; nothing behind it is read. */
  #receive(chunk: Uint8Array, fds: readonly number[]): void {
    this.#reader.push(chunk, fds);
    for (let message = this.#reader.next(); message !== undefined && !this.closed; message = this.#reader.next()) {
      if (message === "malformed") this.close();
      else this.#take(message);
    }
  }

  #take({ header, values, fds }: ReceivedMessage): void {
    if (header.type === MessageType.RETURN || header.type === MessageType.ERROR) {
      const waiting = this.#settle(header.replySerial);
      if (waiting !== undefined && header.type === MessageType.RETURN) {
        waiting.resolve({ values, fds });
        return;
      }
      waiting?.reject(new PortalError(header.errorName as `org.${string}`, typeof values[0] === "string" ? values[0] : header.errorName));
    } else if (header.type === MessageType.SIGNAL) this.#hear(header, values);
    for (const fd of fds) this.#addon.close(fd);
  }

  #hear(header: MessageHeader, values: readonly Value[]): void {
    const [name, , owner] = values;
    if (header.sender === BUS_NAME && header.member === "NameOwnerChanged" && typeof name === "string" && this.#owners.has(name))
      this.#owners.set(name, String(owner));
    const args = values.map((value) => (typeof value === "string" ? value : "\0"));
    const signal = { sender: header.sender, path: header.path, interface: header.interface, member: header.member, args };
    const owns =
      (listener: Listener) =>
      (wanted: string): boolean =>
        listener.owns(wanted) && this.#owners.get(wanted) === header.sender;
    for (const listener of [...this.#listeners]) if (ruleMatches(listener.rule, signal, owns(listener))) listener.heard({ ...signal, args: values });
  }

  #sayText(text: string): void {
    this.#say(
      Uint8Array.from(text, (char) => char.charCodeAt(0)),
      [],
    );
  }

  #say(bytes: Uint8Array, fds: readonly number[]): void {
    this.#queue.push({ bytes, at: 0, fds });
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.close();
    else this.#flush();
  }

  #flush(): void {
    while (this.#queue.length > 0 && !this.closed) {
      const head = this.#queue[0] as Queued;
      const sent = this.#addon.sendmsg(this.#fd, head.bytes, head.at, head.bytes.length - head.at, head.at === 0 ? head.fds : []);
      if (sent === -(this.#addon.constants["EAGAIN"] as number)) break;
      if (sent < 0) {
        this.close();
        return;
      }
      if (head.at === 0) for (const fd of head.fds) this.#addon.close(fd);
      head.at += sent;
      this.#queuedBytes -= sent;
      if (head.at === head.bytes.length) this.#queue.shift();
    }
    if (!this.closed) this.#watcher.update(this.#queue.length > 0 ? READABLE | WRITABLE : READABLE);
  }
}
