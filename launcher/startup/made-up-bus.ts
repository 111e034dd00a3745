// A bus and an app for the training run: just enough D-Bus for one greeting, one `Hello` and one call of a portal, over plain descriptors.
import { setTimeout as sleep } from "node:timers/promises";
import { type Addon, READABLE } from "../../native/addon.ts";

const GUID = "0123456789abcdef0123456789abcdef";
const METHOD_CALL = 1;
const METHOD_RETURN = 2;
const ERROR = 3;
const SIGNAL = 4;
const HEADER_BYTES = 16;
const BUS = "org.freedesktop.DBus";
const PATH = "/org/freedesktop/DBus";
const OWN_NAME = ":1.1";
const PORTAL = "org.freedesktop.portal";
const PORTAL_PATH = "/org/freedesktop/portal/desktop";

/** Listens as a bus, for whoever asks it for names. */
export function listenAsBus(addon: Addon, path: string): void {
  const listener = addon.listenUnix(path, 16);
  addon.watch(listener, READABLE, () => {
    for (let fd = addon.accept(listener); fd >= 0; fd = addon.accept(listener)) serveMadeUpBus(addon, fd);
  });
}

/** Answers greetings and calls on one accepted connection until its end: `ListNames` with the names there are, every other call with a name, as `Hello` is. Owns `fd`. */
export function serveMadeUpBus(addon: Addon, fd: number): void {
  let held = Buffer.alloc(0);
  let greeted = false;
  const end = (): void => {
    watcher.close();
    addon.close(fd);
  };
  const take = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    for (let at = greeted ? -1 : held.indexOf("\r\n"); at >= 0; at = greeted ? -1 : held.indexOf("\r\n")) {
      const line = held.subarray(0, at).toString("latin1").replace("\0", "");
      held = held.subarray(at + 2);
      if (line === "BEGIN") greeted = true;
      else say(addon, fd, line === "NEGOTIATE_UNIX_FD" ? "AGREE_UNIX_FD\r\n" : `OK ${GUID}\r\n`);
    }
    while (greeted && held.length >= HEADER_BYTES) {
      const length = aligned(HEADER_BYTES + held.readUInt32LE(12)) + held.readUInt32LE(4);
      if (held.length < length) break;
      if (held[1] === METHOD_CALL) for (const answer of answersTo(held.readUInt32LE(8), held.subarray(0, length))) sendAll(addon, fd, answer);
      held = held.subarray(length);
    }
  };
  const watcher = addon.watch(fd, READABLE, () => {
    const chunk = receive(addon, fd);
    if (chunk === null) return end();
    try {
      take(chunk);
    } catch {
      // A process that was told to leave while it asked waits for no answer.
      end();
    }
  });
}

/** What an app does first: authenticates, says Hello, and asks for the desktop's settings as toolkits do; resolves once the answers are there. */
export async function sayHello(addon: Addon, address: string): Promise<void> {
  const fd = addon.connectUnix(address);
  try {
    say(addon, fd, `\0AUTH EXTERNAL ${Buffer.from(String(process.geteuid?.())).toString("hex")}\r\n`);
    await received(addon, fd, "OK ");
    say(addon, fd, "NEGOTIATE_UNIX_FD\r\n");
    await received(addon, fd, "AGREE_UNIX_FD");
    say(addon, fd, "BEGIN\r\n");
    sendAll(addon, fd, message(METHOD_CALL, 1, [field(1, "o", PATH), field(2, "s", BUS), field(6, "s", BUS), field(3, "s", "Hello")], []));
    await received(addon, fd, "NameAcquired");
    const settings = [
      field(1, "o", PORTAL_PATH),
      field(2, "s", `${PORTAL}.Settings`),
      field(6, "s", `${PORTAL}.Desktop`),
      field(3, "s", "ReadAll"),
      field(8, "g", "as"),
    ];
    sendAll(addon, fd, message(METHOD_CALL, 2, settings, littleEndian(0)));
    await received(addon, fd, "color-scheme");
  } finally {
    addon.close(fd);
  }
}

/** As a bus does, `Hello` brings a signal with it. */
function answersTo(serial: number, call: Buffer): readonly Buffer[] {
  if (call.includes("GetNameOwner") && call.includes(PORTAL)) {
    const nobody = [[5, 1, 117, 0, ...littleEndian(serial)], field(7, "s", BUS), field(4, "s", `${BUS}.Error.NameHasNoOwner`)];
    return [message(ERROR, serial, nobody, [])];
  }
  const isList = call.includes("ListNames");
  const fields = [[5, 1, 117, 0, ...littleEndian(serial)], field(7, "s", BUS), field(8, "g", isList ? "as" : "s")];
  const answer = message(METHOD_RETURN, serial, fields, isList ? list([BUS, OWN_NAME]) : text(OWN_NAME));
  if (!call.includes("Hello")) return [answer];
  const acquired = [field(1, "o", PATH), field(2, "s", BUS), field(3, "s", "NameAcquired"), field(6, "s", OWN_NAME), field(7, "s", BUS), field(8, "g", "s")];
  return [answer, message(SIGNAL, serial + 1, acquired, text(OWN_NAME))];
}

/** D-Bus specification, "Message Format". */
function message(type: number, serial: number, fields: readonly (readonly number[])[], content: readonly number[]): Buffer {
  const last = fields.length - 1;
  const all = fields.flatMap((one, index) => (index === last ? one : padded(one, 8)));
  const head = Buffer.from([108, type, 0, 1, ...littleEndian(content.length), ...littleEndian(serial), ...littleEndian(all.length), ...all]);
  return Buffer.concat([head, Buffer.alloc(aligned(head.length) - head.length), Buffer.from(content)]);
}

/** One header field: a text, or for `g` a signature. */
function field(code: number, type: "o" | "s" | "g", value: string): readonly number[] {
  return [code, 1, type.charCodeAt(0), 0, ...(type === "g" ? [value.length, ...Buffer.from(`${value}\0`)] : text(value))];
}

function text(value: string): readonly number[] {
  return [...littleEndian(value.length), ...Buffer.from(`${value}\0`)];
}

function list(values: readonly string[]): readonly number[] {
  const content = values.flatMap((value, index) => (index === values.length - 1 ? text(value) : padded(text(value), 4)));
  return [...littleEndian(content.length), ...content];
}

function padded(bytes: readonly number[], to: number): readonly number[] {
  return [...bytes, ...new Array<number>((to - (bytes.length % to)) % to).fill(0)];
}

function littleEndian(value: number): readonly number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
}

function aligned(length: number): number {
  return (length + 7) & ~7;
}

/** Null at the end. */
function receive(addon: Addon, fd: number): Buffer | null {
  const buffer = Buffer.alloc(4096);
  const fds: number[] = [];
  const count = addon.recvmsg(fd, buffer, 0, buffer.length, fds);
  for (const descriptor of fds) addon.close(descriptor);
  if (count === -(addon.constants["EAGAIN"] ?? 11)) return Buffer.alloc(0);
  return count <= 0 ? null : buffer.subarray(0, count);
}

async function received(addon: Addon, fd: number, wanted: string): Promise<void> {
  let said = "";
  for (let tries = 0; tries < 5000 && !said.includes(wanted); tries++) {
    const chunk = receive(addon, fd);
    if (chunk === null) throw new Error(`the filter closed the connection before ${wanted}`);
    said += chunk.toString("latin1");
    if (chunk.length === 0) await sleep(1);
  }
  if (!said.includes(wanted)) throw new Error(`the filter never said ${wanted}`);
}

function say(addon: Addon, fd: number, line: string): void {
  sendAll(addon, fd, Buffer.from(line, "latin1"));
}

/** What is sent here fits into an empty socket. */
function sendAll(addon: Addon, fd: number, bytes: Buffer): void {
  if (addon.sendmsg(fd, bytes, 0, bytes.length, []) !== bytes.length) throw new Error("a short answer did not fit into its socket");
}
