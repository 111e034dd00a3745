// The clipboard of one X server, as a carrier of text sees it: whether somebody else has it, what text is in it, and what is asked of us while we have it.
// (Inter-Client Communication Conventions Manual, section 2; XFIXES.) Text alone, and no longer than fits into one property.
import type { Socket } from "node:net";
import { type XClient, openClient } from "./client.ts";
import { type Cookie, XError } from "./connection.ts";

export interface Selection {
  /** Who has the clipboard now. */
  owner(): Promise<"nobody" | "us" | "another">;
  /** Its text; null where there is none, or none that can be carried. */
  text(): Promise<string | null>;
  /** From now on we have it. */
  take(): void;
  /** Nobody has it, if we had. */
  release(): void;
}

export interface SelectionEvents {
  /** Somebody else has it now, or nobody. */
  changed(owner: "nobody" | "another"): void;
  /** Somebody pastes what we have. */
  wanted(): Promise<string | null>;
  ended(): void;
}

interface Conversion {
  readonly target: number;
  /** The property that holds it, 0 for none. */
  answered(property: number): void;
}

const CREATE_WINDOW = 1;
const INTERN_ATOM = 16;
const CHANGE_PROPERTY = 18;
const GET_PROPERTY = 20;
const SET_SELECTION_OWNER = 22;
const GET_SELECTION_OWNER = 23;
const CONVERT_SELECTION = 24;
const SEND_EVENT = 25;
const QUERY_EXTENSION = 98;
const SELECTION_REQUEST = 30;
const SELECTION_NOTIFY = 31;
const ATOM = 4;
const STRING = 31;
/** A request to a server without BIG-REQUESTS holds 262,140 bytes. */
const LONGEST_TEXT = 240_000;
const PATIENCE_MILLISECONDS = 3_000;
/** What KDE's clipboard looks for in that target. */
const SECRET = "secret";
/** Pastes that wait; more than a user makes. */
const MOST_WANTED = 16;

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => void bytes.writeUInt32LE(value >>> 0, index * 4));
  return bytes;
}

export async function openSelection(socket: Socket, cookie: Cookie | null, events: SelectionEvents): Promise<Selection> {
  const waiting = new Set<Conversion>();
  let wanted = 0;
  let latest: Promise<string | null> = Promise.resolve(null);
  let handle: (packet: Buffer) => void = () => {};
  const x = await openClient(socket, cookie, { event: (packet) => handle(packet), ended: () => events.ended() });
  const window = x.idBase | 1;
  // InputOnly, never mapped.
  x.send(CREATE_WINDOW, 0, words(window, x.root, 0, 0x0001_0001, 0x0002_0000, 0, 0));
  const atom = async (name: string): Promise<number> => {
    const body = Buffer.alloc(4 + name.length);
    body.writeUInt16LE(name.length, 0);
    body.write(name, 4, "latin1");
    return (await x.ask(INTERN_ATOM, 0, body)).readUInt32LE(8);
  };
  const clipboard = await atom("CLIPBOARD");
  const targets = await atom("TARGETS");
  const utf8 = await atom("UTF8_STRING");
  const plain = await atom("text/plain;charset=utf-8");
  const hint = await atom("x-kde-passwordManagerHint");
  const carried = await atom("TSBOX_CARRIED");
  const firstEvent = await watchOwner(x, window, clipboard);

  /** Null: it has no such text. Undefined: nobody answered in time. */
  const convert = async (target: number): Promise<string | null | undefined> => {
    const property = await new Promise<number | undefined>((resolve) => {
      const request: Conversion = {
        target,
        answered: (found) => {
          clearTimeout(timer);
          resolve(found);
        },
      };
      const timer = setTimeout(() => {
        waiting.delete(request);
        resolve(undefined);
      }, PATIENCE_MILLISECONDS);
      waiting.add(request);
      x.send(CONVERT_SELECTION, 0, words(window, clipboard, target, carried, 0));
    });
    if (property !== carried) return property === undefined ? undefined : null;
    const reply = await x.ask(GET_PROPERTY, 1, words(window, carried, 0, 0, LONGEST_TEXT / 4));
    const length = reply.readUInt32LE(16);
    // Another format, or more than one property holds (INCR says so by its type): not carried.
    if (reply[1] !== 8 || reply.readUInt32LE(12) > 0 || 32 + length > reply.length) return null;
    return reply.toString(reply.readUInt32LE(8) === STRING ? "latin1" : "utf8", 32, 32 + length);
  };

  const give = async (packet: Buffer): Promise<void> => {
    const [time, requestor, selection, target] = [4, 12, 16, 20].map((at) => packet.readUInt32LE(at)) as [number, number, number, number];
    const property = packet.readUInt32LE(24) || target;
    const put = (type: number, format: number, data: Buffer): void =>
      x.send(CHANGE_PROPERTY, 0, Buffer.concat([words(requestor, property, type, format, (data.length * 8) / format), data]));
    let given = false;
    if (target === targets) {
      put(ATOM, 32, words(targets, utf8, plain, STRING));
      given = true;
    } else if ([utf8, plain, STRING].includes(target) && wanted < MOST_WANTED) {
      wanted++;
      const text = await events.wanted().finally(() => wanted--);
      const data = text === null ? null : Buffer.from(text, target === STRING ? "latin1" : "utf8");
      given = data !== null && data.length <= LONGEST_TEXT;
      if (data !== null && given) put(target, 8, data);
    }
    const answer = Buffer.alloc(32);
    answer.writeUInt8(SELECTION_NOTIFY, 0);
    [time, requestor, selection, target, given ? property : 0].forEach((value, index) => void answer.writeUInt32LE(value, 4 + index * 4));
    x.send(SEND_EVENT, 0, Buffer.concat([words(requestor, 0), answer]));
  };

  /** One that comes late is the answer to no other question. */
  const notified = (packet: Buffer): void => {
    for (const request of waiting) {
      if (request.target !== packet.readUInt32LE(16)) continue;
      waiting.delete(request);
      request.answered(packet.readUInt32LE(20));
      return;
    }
  };
  handle = (packet) => {
    const kind = packet.readUInt8(0) & 0x7f;
    if (kind === SELECTION_NOTIFY) notified(packet);
    else if (kind === SELECTION_REQUEST) give(packet).catch(() => {});
    else if (kind === firstEvent && packet.readUInt32LE(8) !== window) events.changed(packet.readUInt32LE(8) === 0 ? "nobody" : "another");
  };
  const ownerWindow = async (): Promise<number> => (await x.ask(GET_SELECTION_OWNER, 0, words(clipboard))).readUInt32LE(8);
  /** INVARIANT: what a password manager marks as a secret (KDE's x-kde-passwordManagerHint) is not carried, nor what changed hands meanwhile. */
  const openText = async (): Promise<string | null> => {
    const before = await ownerWindow();
    const marked = await convert(hint);
    if (marked === undefined || marked?.replace(/\0$/, "").trim() === SECRET) return null;
    const text = await convert(utf8);
    const read = text === null ? await convert(STRING) : text;
    return read === undefined || (await ownerWindow()) !== before ? null : read;
  };
  const owner = async (): Promise<"nobody" | "us" | "another"> => {
    const found = await ownerWindow();
    return found === 0 ? "nobody" : found === window ? "us" : "another";
  };
  return {
    owner,
    // One after the other: they share the property.
    text: () => {
      const asked = latest.then(openText);
      latest = asked.catch(() => null);
      return asked;
    },
    take: () => x.send(SET_SELECTION_OWNER, 0, words(window, clipboard, 0)),
    release: () => void owner().then((who) => who === "us" && x.send(SET_SELECTION_OWNER, 0, words(0, clipboard, 0))),
  };
}

/** The number of the event that tells of another owner (XFIXES 1.0, XFixesSelectionNotify). */
async function watchOwner(x: XClient, window: number, clipboard: number): Promise<number> {
  const name = "XFIXES";
  const body = Buffer.alloc(4 + name.length);
  body.writeUInt16LE(name.length, 0);
  body.write(name, 4, "latin1");
  const found = await x.ask(QUERY_EXTENSION, 0, body);
  if (found[8] !== 1) throw new XError("this X server has no XFIXES extension");
  const opcode = found[9] as number;
  await x.ask(opcode, 0, words(1, 0));
  x.send(opcode, 2, words(window, clipboard, 7));
  return found[10] as number;
}
