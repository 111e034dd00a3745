// One of the two proxies with a scripted bus behind it and one app before it. The bus answers as a bus does, and notes all that reaches it.
import { Buffer } from "node:buffer";
import { type Addon, READABLE, type Watcher } from "../../../native/addon.ts";
import { bodyOf, FIELD, field, listBody, type RawField, type RawMessage, rawBytes, type ReadMessage } from "./raw-message.ts";
import { Wire } from "./wire.ts";

export const BUS = "org.freedesktop.DBus";
export const APP = ":1.50";
/** Who owns which name on the scripted bus. */
export const OWNERS: Readonly<Record<string, string>> = {
  "org.test.Talk": ":1.10",
  "org.test.See": ":1.11",
  "org.test.Sub": ":1.12",
  "org.test.Sub.A": ":1.12",
  "org.test.Rule": ":1.13",
  "org.test.Call": ":1.14",
  "org.test.Hidden": ":1.15",
  [BUS]: BUS,
};
const ANSWER_LIMIT = 1500;
/** Serials below are those of the greeting. */
export const FIRST_SERIAL = 100;
const OWN_IDENTITY = `AUTH EXTERNAL ${Buffer.from(String(process.getuid?.())).toString("hex")}`;
const GUID = "0123456789abcdef0123456789abcdef";

export interface Seen {
  readonly message: ReadMessage;
  readonly descriptors: number;
}

/** What one step brought about. */
export interface Result {
  readonly toBus: readonly Seen[];
  readonly toApp: readonly Seen[];
  readonly state: "open" | "closed" | "stuck";
}

export class Side {
  readonly #addon: Addon;
  readonly #proxy: string;
  readonly #listener: number;
  readonly #watcher: Watcher;
  #app: Wire | undefined;
  #bus: Wire | undefined;
  #toBus: Seen[] = [];
  #toApp: Seen[] = [];
  #appLine: (text: string) => void = () => {};
  #waitedFor = 0;
  #arrived: () => void = () => {};
  #busSerial = 1000;
  /** Calls of the app that reached the bus and were not answered, and calls that reached the app. */
  outstanding: ReadMessage[] = [];
  incoming: ReadMessage[] = [];

  constructor(addon: Addon, proxy: string, busPath: string) {
    this.#addon = addon;
    this.#proxy = proxy;
    this.#listener = addon.listenUnix(busPath, 16);
    this.#watcher = addon.watch(this.#listener, READABLE, () => this.#accept());
  }

  /** A new app, up to the end of the answers to its Hello; false where it is not let in. */
  async open(uid: number): Promise<boolean> {
    this.reset();
    const lines: string[] = [];
    this.#app = this.#connectApp();
    const said = (): Promise<void> =>
      new Promise((resolve) => {
        this.#arrived = resolve;
        this.#appLine = (text) => {
          lines.push(text);
          resolve();
        };
      });
    const hex = Buffer.from(String(uid)).toString("hex");
    for (const words of [`\0AUTH EXTERNAL ${hex}\r\n`, "NEGOTIATE_UNIX_FD\r\n"]) {
      const answer = said();
      this.#app.write(words);
      await limited(answer);
    }
    if (!/^OK /.test(lines[0] ?? "") || lines[1] !== "AGREE_UNIX_FD") return false;
    this.#app.lines = false;
    this.#app.write("BEGIN\r\n");
    const fields = [field("path", "/org/freedesktop/DBus"), field("interface", BUS), field("member", "Hello"), field("destination", BUS)];
    // Behind Hello a proxy asks the bus questions of its own, and one that renumbers may lose an answer meanwhile: then the sign is asked for again.
    this.#app.write(rawBytes({ type: 1, serial: 1, fields }));
    let signs = 0;
    for (let serial = 2; serial < FIRST_SERIAL && signs < 2; serial++) if ((await this.step({}, serial, 25)).state === "open") signs++;
    return signs === 2;
  }

  /** Writes to the proxy as app or as bus, then asks for a sign that everything was dealt with. */
  async step(what: { app?: Uint8Array; bus?: Uint8Array; fds?: readonly number[] }, serial: number, limit = ANSWER_LIMIT): Promise<Result> {
    this.#toBus = [];
    this.#toApp = [];
    const sign = new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
    this.#waitedFor = serial;
    if (what.app !== undefined) this.#app?.write(what.app, what.fds);
    if (what.bus !== undefined) this.#bus?.write(what.bus, what.fds);
    this.#app?.write(rawBytes({ type: 1, serial, fields: callFields(BUS, "GetId") }));
    const inTime = await limited(sign, limit);
    const closed = this.#app?.closed !== false;
    await this.#rest();
    // Some proxies renumber what they pass on: the sign is known by being the last.
    if (this.#toBus.at(-1)?.message.fields[FIELD.member] === "GetId") this.#toBus.pop();
    return { toBus: this.#toBus, toApp: this.#toApp, state: closed ? "closed" : inTime ? "open" : "stuck" };
  }

  reset(): void {
    this.#app?.close();
    this.#bus?.close();
    this.#bus = undefined;
    this.outstanding = [];
    this.incoming = [];
    this.#busSerial = 1000;
  }

  /** Raw bytes of an app that decides about its authentication itself; what came back until everything is quiet. */
  async authenticate(pieces: readonly Uint8Array[], quiet: number): Promise<{ readonly reached: readonly Seen[]; readonly closed: boolean }> {
    this.reset();
    this.#toBus = [];
    const app = this.#connectApp();
    this.#app = app;
    const ended = new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
    for (const piece of pieces) {
      app.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await limited(ended, quiet);
    await this.#rest();
    return { reached: this.#toBus, closed: app.closed };
  }

  close(): void {
    this.reset();
    this.#watcher.close();
    this.#addon.close(this.#listener);
  }

  /** What was under way to the bus when the app's side was closed still arrives, and then its end. */
  async #rest(): Promise<void> {
    for (let round = 0; this.#app?.closed !== false && this.#bus?.closed === false && round < 40; round++)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #connectApp(): Wire {
    const wire: Wire = new Wire(this.#addon, this.#addon.connectUnix(this.#proxy), 0, {
      line: (text) => this.#appLine(text),
      message: (message, descriptors) => {
        if (this.#app !== wire) return;
        if (message.type !== 4 && message.type !== 1 && message.fields[FIELD.replySerial] === this.#waitedFor) this.#arrived();
        else {
          this.#toApp.push({ message, descriptors });
          if (message.type === 1) this.incoming.push(message);
        }
      },
      end: () => {
        if (this.#app === wire) this.#arrived();
      },
    });
    return wire;
  }

  #accept(): void {
    const fd = this.#addon.accept(this.#listener);
    if (fd < 0) return;
    this.#bus?.close();
    const wire: Wire = new Wire(this.#addon, fd, 1, {
      line: (text) => {
        if (text === "BEGIN") wire.lines = false;
        else if (text === OWN_IDENTITY || text === "DATA") wire.write(`OK ${GUID}\r\n`);
        else if (text === "AUTH EXTERNAL") wire.write("DATA\r\n");
        else if (text.startsWith("AUTH")) wire.write("REJECTED EXTERNAL\r\n");
        else wire.write(text === "NEGOTIATE_UNIX_FD" ? "AGREE_UNIX_FD\r\n" : 'ERROR "unknown"\r\n');
      },
      message: (message, descriptors) => {
        if (this.#bus === wire) this.#serve(wire, message, descriptors);
      },
      end: () => {},
    });
    this.#bus = wire;
  }

  #serve(wire: Wire, message: ReadMessage, descriptors: number): void {
    this.#toBus.push({ message, descriptors });
    const to = message.fields[FIELD.destination];
    if (message.type !== 1 || (message.flags & 1) !== 0) return;
    if (to !== undefined && to !== BUS) {
      this.outstanding.push(message);
      return;
    }
    const { type, fields, body } = answerOf(message);
    const header = [field("replySerial", message.serial), field("sender", BUS), field("destination", APP), ...fields];
    wire.write(rawBytes({ type, flags: 1, serial: ++this.#busSerial, fields: header, body }));
  }
}

export function callFields(destination: string, member: string): RawField[] {
  return [field("path", "/org/freedesktop/DBus"), field("interface", BUS), field("member", member), field("destination", destination)];
}

type Answer = Required<Pick<RawMessage, "type" | "fields" | "body">>;

function answerOf(message: ReadMessage): Answer {
  const returned = (signature: string, body: Buffer): Answer => ({ type: 2, fields: signature === "" ? [] : [field("signature", signature)], body });
  const first = message.fields[FIELD.signature] === undefined || message.big ? "" : message.body.toString("latin1", 4, message.body.length - 1).split("\0")[0];
  switch (message.fields[FIELD.member]) {
    case "Hello":
      return returned("s", bodyOf([APP]));
    case "GetId":
      return returned("s", bodyOf([GUID]));
    case "ListNames":
    case "ListActivatableNames":
    case "ListQueuedOwners":
      return returned("as", listBody([APP, ...new Set(Object.entries(OWNERS).flat())]));
    case "GetNameOwner": {
      const owner = OWNERS[first ?? ""];
      if (owner !== undefined) return returned("s", bodyOf([owner]));
      return { type: 3, fields: [field("errorName", `${BUS}.Error.NameHasNoOwner`)], body: Buffer.alloc(0) };
    }
    case "NameHasOwner":
      return returned("b", bodyOf([1]));
    case "AddMatch":
    case "RemoveMatch":
    case "Ping":
      return returned("", Buffer.alloc(0));
    default:
      return returned("u", bodyOf([1]));
  }
}

/** True where it came in time. */
function limited(promise: Promise<unknown>, limit = ANSWER_LIMIT): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), limit);
    void promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
