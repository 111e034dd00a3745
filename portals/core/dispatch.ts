// One call of an app to an object of ours: finds the method, checks the arguments' types, runs it, and makes the answer or the error of the right name.
import type { Interner } from "../../dbus-proxy/wire/interner.ts";
import { expectsReply, type MessageHeader, MessageFlag, MessageType } from "../../dbus-proxy/wire/message.ts";
import { readBody, type Value } from "../../dbus-proxy/wire/reader.ts";
import { encodeMessage } from "../../dbus-proxy/wire/writer.ts";
import { parseHeader } from "../../dbus-proxy/wire/header.ts";
import { emptyHeader } from "../../dbus-proxy/wire/message.ts";
import type { Addon } from "../../native/addon.ts";
import type { Descriptors, Portal, PortalCall, PortalEntry, PortalMethod } from "./portal.ts";
import { busError, PortalError } from "./portal-error.ts";

export interface ReadCall {
  readonly header: MessageHeader;
  readonly args: readonly Value[];
}

/** INVARIANT: checked again here, although the bus process let only well-formed ones through. */
export function readCall(bytes: Uint8Array, texts: Interner): ReadCall | undefined {
  const header = emptyHeader();
  if (bytes.length < 16 || parseHeader(bytes, 0, header, texts) !== "" || header.type !== MessageType.CALL) return undefined;
  const args = readBody(bytes, header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, texts);
  return args === undefined ? undefined : { header, args };
}

/** `fds` are closed by `finish` but for those that were taken, and those that were given unless `given` took them along. */
export function callDescriptors(addon: Addon, fds: readonly number[]): Descriptors & { given(): readonly number[]; finish(): void } {
  const left = new Set(fds);
  let given: number[] = [];
  return {
    take(index) {
      const fd = typeof index === "number" ? fds[index] : undefined;
      if (fd === undefined || !left.delete(fd)) throw new PortalError("InvalidArgument", "no descriptor came for this argument");
      return fd;
    },
    give: (fd) => given.push(fd) - 1,
    given() {
      const all = given;
      given = [];
      return all;
    },
    finish() {
      for (const fd of [...left, ...given]) addon.close(fd);
      left.clear();
      given = [];
    },
  };
}

export interface Answered {
  readonly signature: string;
  readonly values: readonly Value[];
}

/** `unixFds`: how many descriptors go with it. */
export function answerBytes(header: MessageHeader, client: string, owner: string, serial: number, answered: Answered, unixFds = 0): Uint8Array | undefined {
  if (!expectsReply(header)) return undefined;
  const { signature, values } = answered;
  const flags = MessageFlag.NO_REPLY_EXPECTED;
  return encodeMessage({ type: MessageType.RETURN, flags, serial, replySerial: header.serial, destination: client, sender: owner, signature, unixFds }, values);
}

export function errorBytes(header: MessageHeader, client: string, owner: string, serial: number, error: unknown): Uint8Array | undefined {
  if (!expectsReply(header)) return undefined;
  // What is no error of ours is a fault of ours, and its text is nobody's business inside.
  const { errorName, message } = error instanceof PortalError ? error : busError("Failed", "a fault of the portal service");
  return encodeMessage(
    {
      type: MessageType.ERROR,
      flags: MessageFlag.NO_REPLY_EXPECTED,
      serial,
      replySerial: header.serial,
      destination: client,
      sender: owner,
      errorName,
      signature: "s",
    },
    [message],
  );
}

/** The method that a call means; without an interface the first that has it, as the specification allows. */
export async function findMethod(entries: readonly PortalEntry[], header: MessageHeader): Promise<{ portal: Portal; method: PortalMethod }> {
  const candidates = header.interface === "" ? entries : entries.filter((entry) => entry.interface === header.interface);
  if (candidates.length === 0) throw busError("UnknownMethod", `no interface \`${header.interface}\` at \`${header.path}\``);
  for (const entry of candidates) {
    const portal = await entry.load();
    const method = Object.hasOwn(portal.methods, header.member) ? portal.methods[header.member] : undefined;
    if (method !== undefined) return { portal, method };
  }
  throw busError("UnknownMethod", `no method \`${header.member}\` in \`${header.interface}\``);
}

export async function runMethod(method: PortalMethod, call: PortalCall, signature: string): Promise<Answered> {
  if (signature !== method.in) throw busError("InvalidArgs", `arguments of type \`${signature}\`, not \`${method.in}\``);
  return { signature: method.out, values: await method.run(call) };
}

export async function readProperty(portal: Portal, name: string, instance: PortalCall["instance"]): Promise<{ signature: string; value: Value }> {
  if (name === "version") return { signature: "u", value: portal.version };
  const property = portal.properties !== undefined && Object.hasOwn(portal.properties, name) ? portal.properties[name] : undefined;
  if (property === undefined) throw busError("UnknownProperty", `no property \`${name}\` in \`${portal.interface}\``);
  return { signature: property.type, value: await property.get(instance) };
}
