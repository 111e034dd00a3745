// Messages of PipeWire's protocol as an app and the server send them.
import { encodeMessage, HEAD_BYTES, lengthAt, type Message, parseMessage } from "../../../dbus-proxy/pipewire/message.ts";
import { int, type Properties, propertyFields, struct, text, textOf } from "../../../dbus-proxy/pipewire/pod.ts";

export const parsed = (bytes: Uint8Array): Message => {
  const message = parseMessage(bytes, 0, lengthAt(bytes, 0));
  if (message === undefined) throw new Error("no message");
  return message;
};

export const send = (object: number, opcode: number, ...fields: readonly Uint8Array[]): Message =>
  parsed(encodeMessage({ object, opcode, sequence: 7 }, struct(...fields)));

export const dict = (properties: Readonly<Record<string, string>>): Uint8Array => struct(...propertyFields(new Map(Object.entries(properties))));

export const hello = (version = 3): Message => send(0, 1, int(version));
export const getRegistry = (number: number): Message => send(0, 5, int(3), int(number));
export const bind = (registry: number, global: number, type: string, number: number): Message =>
  send(registry, 1, int(global), text(type), int(3), int(number));
export const destroy = (number: number): Message => send(0, 7, int(number));
export const removeId = (number: number): Message => send(0, 4, int(number));
export const PLAYING = { "media.class": "Stream/Output/Audio", "media.name": "song" } as const;
export const RECORDING = { "media.class": "Stream/Input/Audio" } as const;

export const createObject = (
  number: number,
  properties: Readonly<Record<string, string>>,
  factory = "client-node",
  type = "PipeWire:Interface:ClientNode",
  version = 4,
): Message => send(0, 6, text(factory), text(type), int(version), dict(properties), int(number));

export const global = (registry: number, id: number, type: string, properties: Readonly<Record<string, string>> = {}): Message =>
  send(registry, 0, int(id), int(0o7), text(`PipeWire:Interface:${type}`), int(3), dict(properties));

/** All texts of a message, one after another, however deep. */
export function textsOf(bytes: Uint8Array): readonly string[] {
  const texts: string[] = [];
  const walk = (message: Message): void => {
    for (const field of message.fields) {
      const one = textOf(field);
      if (one !== undefined) texts.push(one);
      else if (field.type === 14) walk({ ...message, fields: parsedFields(field.bytes, field.from, field.to) });
    }
  };
  walk(parsed(bytes));
  return texts;
}

function parsedFields(bytes: Uint8Array, from: number, to: number): Message["fields"] {
  const body = bytes.slice(from, to);
  const framed = encodeMessage({ object: 0, opcode: 0, sequence: 0 }, new Uint8Array(HEAD_BYTES / 2 + body.length));
  const view = new DataView(framed.buffer);
  view.setUint32(HEAD_BYTES, body.length, true);
  view.setUint32(HEAD_BYTES + 4, 14, true);
  framed.set(body, HEAD_BYTES + 8);
  return parsed(framed).fields;
}

export const asProperties = (record: Readonly<Record<string, string>>): Properties => new Map(Object.entries(record));
