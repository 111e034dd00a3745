// Messages of PipeWire's native protocol: sixteen bytes (object, method and length, sequence, count of descriptors; little-endian), one POD, and perhaps a second
// one, the footer.
import { afterValue, fieldsOf, readValue, type Value, word } from "./pod.ts";

export const HEAD_BYTES = 16;
/** The servers' own messages are far shorter. */
export const MAX_MESSAGE_BYTES = 128 * 1024;

export interface Message {
  /** The proxy's number on this connection. */
  readonly object: number;
  /** Of a method, or of an event. */
  readonly opcode: number;
  readonly sequence: number;
  readonly descriptors: number;
  readonly fields: readonly Value[];
}

/** Length of the whole message whose head is at `at`. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  return HEAD_BYTES + (word(bytes, at + 4) & 0xff_ffff);
}

/** The message at [from, to); undefined where its body is no struct. A footer is not read. */
export function parseMessage(bytes: Uint8Array, from: number, to: number): Message | undefined {
  const body = readValue(bytes, from + HEAD_BYTES, to);
  const fields = fieldsOf(body);
  if (body === undefined || fields === undefined || afterValue(body) > to) return undefined;
  return {
    object: word(bytes, from),
    opcode: bytes[from + 7] as number,
    sequence: word(bytes, from + 8),
    descriptors: word(bytes, from + 12),
    fields,
  };
}

/** A message without descriptors and without a footer. */
export function encodeMessage({ object, opcode, sequence }: Pick<Message, "object" | "opcode" | "sequence">, body: Uint8Array): Uint8Array {
  const made = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(made.buffer);
  view.setUint32(0, object, true);
  view.setUint32(4, ((opcode << 24) | body.length) >>> 0, true);
  view.setUint32(8, sequence, true);
  made.set(body, HEAD_BYTES);
  return made;
}
