// A bus and an app for the training run: just enough D-Bus for one greeting and one `Hello`, over plain descriptors.
import { setTimeout as sleep } from "node:timers/promises";
import { type Addon, READABLE } from "../../native/addon.ts";

const GUID = "0123456789abcdef0123456789abcdef";
const METHOD_CALL = 1;
const METHOD_RETURN = 2;
const HEADER_BYTES = 16;
const EMPTY_LIST = littleEndian(0);

/** Listens as a bus, for whoever asks it for names. */
export function listenAsBus(addon: Addon, path: string): void {
  const listener = addon.listenUnix(path, 16);
  addon.watch(listener, READABLE, () => {
    for (let fd = addon.accept(listener); fd >= 0; fd = addon.accept(listener)) serveMadeUpBus(addon, fd);
  });
}

/** Answers greetings and calls on one accepted connection until its end: `ListNames` with none, every other call with a name, as `Hello` is. Owns `fd`. */
export function serveMadeUpBus(addon: Addon, fd: number): void {
  let held = Buffer.alloc(0);
  let greeted = false;
  const end = (): void => {
    watcher.close();
    addon.close(fd);
  };
  const watcher = addon.watch(fd, READABLE, () => {
    const chunk = receive(addon, fd);
    if (chunk === null) return end();
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
      if (held[1] === METHOD_CALL) sendAll(addon, fd, answerTo(held.readUInt32LE(8), held.subarray(0, length).includes("ListNames")));
      held = held.subarray(length);
    }
  });
}

/** What an app does first: authenticates and says Hello; resolves once the answer is there. */
export async function sayHello(addon: Addon, address: string): Promise<void> {
  const fd = addon.connectUnix(address);
  try {
    say(addon, fd, `\0AUTH EXTERNAL ${Buffer.from(String(process.geteuid?.())).toString("hex")}\r\n`);
    await received(addon, fd, "OK ");
    say(addon, fd, "NEGOTIATE_UNIX_FD\r\n");
    await received(addon, fd, "AGREE_UNIX_FD");
    say(addon, fd, "BEGIN\r\n");
    const bus = "org.freedesktop.DBus";
    sendAll(
      addon,
      fd,
      message(METHOD_CALL, 1, [...field(1, "o", "/org/freedesktop/DBus"), ...field(2, "s", bus), ...field(6, "s", bus), ...field(3, "s", "Hello")], []),
    );
    await received(addon, fd, ":1.1");
  } finally {
    addon.close(fd);
  }
}

function answerTo(serial: number, isList: boolean): Buffer {
  const reply = [5, 1, 117, 0, ...littleEndian(serial)];
  const fields = [...reply, ...field(7, "s", "org.freedesktop.DBus"), ...field(8, "g", isList ? "as" : "s")];
  return message(METHOD_RETURN, serial, fields, isList ? EMPTY_LIST : [...littleEndian(4), ...Buffer.from(":1.1\0")]);
}

/** D-Bus specification, "Message Format". */
function message(type: number, serial: number, fields: readonly number[], content: readonly number[]): Buffer {
  const head = Buffer.from([108, type, 0, 1, ...littleEndian(content.length), ...littleEndian(serial), ...littleEndian(fields.length), ...fields]);
  return Buffer.concat([head, Buffer.alloc(aligned(head.length) - head.length), Buffer.from(content)]);
}

/** One header field with its padding to the next: a text, or for `g` a signature. */
function field(code: number, type: "o" | "s" | "g", value: string): readonly number[] {
  const length = type === "g" ? [value.length] : littleEndian(value.length);
  const bytes = [code, 1, type.charCodeAt(0), 0, ...length, ...Buffer.from(`${value}\0`)];
  // The last field of a header ends unpadded: a signature stands last here, and the padding of others is the next one's.
  return type === "g" || (code === 3 && type === "s") ? bytes : [...bytes, ...new Array<number>(aligned(bytes.length) - bytes.length).fill(0)];
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
  let text = "";
  for (let tries = 0; tries < 5000 && !text.includes(wanted); tries++) {
    const chunk = receive(addon, fd);
    if (chunk === null) throw new Error(`the filter closed the connection before ${wanted}`);
    text += chunk.toString("latin1");
    if (chunk.length === 0) await sleep(1);
  }
  if (!text.includes(wanted)) throw new Error(`the filter never said ${wanted}`);
}

function say(addon: Addon, fd: number, text: string): void {
  sendAll(addon, fd, Buffer.from(text, "latin1"));
}

/** What is sent here fits into an empty socket. */
function sendAll(addon: Addon, fd: number, bytes: Buffer): void {
  if (addon.sendmsg(fd, bytes, 0, bytes.length, []) !== bytes.length) throw new Error("a short answer did not fit into its socket");
}
