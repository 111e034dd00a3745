// Writes whole messages: what the filter itself says to a bus or to an app.
import { HeaderField, type MessageHeader } from "./message.ts";
import type { Value, VariantValue } from "./reader.ts";
import { alignmentOf, endOfType } from "./signature.ts";

/** Header fields as given; empty texts and zeros are left out. `bodyBytes` and `headerBytes` are worked out here. */
export type OutgoingHeader = Partial<Omit<MessageHeader, "bodyBytes" | "headerBytes">> & { readonly type: number; readonly serial: number };

/** The bytes of a message. Values must fit the signature: that is the caller's promise, since only our own texts come here. */
export function encodeMessage(header: OutgoingHeader, values: readonly Value[] = []): Uint8Array {
  return encodeHeader(header, encodeBody(header.signature ?? "", values, header.littleEndian ?? true));
}

/** A message whose body is there already. */
export function encodeHeader(header: OutgoingHeader, body: Uint8Array): Uint8Array {
  const little = header.littleEndian ?? true;
  const signature = header.signature ?? "";
  const out = new Sink(little);
  out.byte(little ? 108 : 66);
  out.byte(header.type);
  out.byte(header.flags ?? 0);
  out.byte(1);
  out.u32(body.length);
  out.u32(header.serial);
  const fields: Value[] = [];
  const add = (code: number, type: string, value: Value | undefined): void => {
    if (value !== undefined && value !== "" && value !== 0) fields.push([code, { signature: type, value }]);
  };
  add(HeaderField.PATH, "o", header.path);
  add(HeaderField.INTERFACE, "s", header.interface);
  add(HeaderField.MEMBER, "s", header.member);
  add(HeaderField.ERROR_NAME, "s", header.errorName);
  add(HeaderField.REPLY_SERIAL, "u", header.replySerial);
  add(HeaderField.DESTINATION, "s", header.destination);
  add(HeaderField.SENDER, "s", header.sender);
  add(HeaderField.SIGNATURE, "g", signature);
  add(HeaderField.UNIX_FDS, "u", header.unixFds);
  out.value("a(yv)", 0, fields);
  out.align(8);
  out.bytes(body);
  return out.done();
}

export function encodeBody(signature: string, values: readonly Value[], little = true): Uint8Array {
  const out = new Sink(little);
  let index = 0;
  for (let next = 0; next < signature.length; next = endOfType(signature, next)) out.value(signature, next, values[index++] as Value);
  return out.done();
}

class Sink {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #room(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(at + size, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#at += size;
    return at;
  }

  align(to: number): void {
    const pad = -this.#at & (to - 1);
    const at = this.#room(pad);
    this.#bytes.fill(0, at, at + pad);
  }

  byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  u32(value: number): void {
    this.align(4);
    const at = this.#room(4);
    this.#view.setUint32(at, value, this.#little);
  }

  bytes(value: Uint8Array): void {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
  }

  #text(value: string): void {
    const bytes = UTF8.encode(value);
    this.u32(bytes.length);
    this.bytes(bytes);
    this.byte(0);
  }

  #signature(value: string): void {
    this.byte(value.length);
    this.bytes(UTF8.encode(value));
    this.byte(0);
  }

  value(signature: string, next: number, value: Value): void {
    const type = signature[next] as string;
    this.align(alignmentOf(type.charCodeAt(0)));
    switch (type) {
      case "s":
      case "o":
        this.#text(value as string);
        return;
      case "g":
        this.#signature(value as string);
        return;
      case "v": {
        const inner = value as VariantValue;
        this.#signature(inner.signature);
        this.value(inner.signature, 0, inner.value);
        return;
      }
      case "a":
        this.#array(signature, next + 1, value as readonly Value[]);
        return;
      case "(":
      case "{":
        this.#sequence(signature, next + 1, value as readonly Value[]);
        return;
      default:
        this.#plain(type, value);
        return;
    }
  }

  #plain(type: string, value: Value): void {
    const little = this.#little;
    const at = this.#room(PLAIN_BYTES[type] as number);
    switch (type) {
      case "y":
        this.#view.setUint8(at, value as number);
        return;
      case "n":
        this.#view.setInt16(at, value as number, little);
        return;
      case "q":
        this.#view.setUint16(at, value as number, little);
        return;
      case "b":
        this.#view.setUint32(at, value === true ? 1 : 0, little);
        return;
      case "i":
        this.#view.setInt32(at, value as number, little);
        return;
      case "x":
        this.#view.setBigInt64(at, value as bigint, little);
        return;
      case "t":
        this.#view.setBigUint64(at, value as bigint, little);
        return;
      case "d":
        this.#view.setFloat64(at, value as number, little);
        return;
      default:
        this.#view.setUint32(at, value as number, little);
        return;
    }
  }

  #array(signature: string, element: number, values: readonly Value[]): void {
    this.u32(0);
    const lengthAt = this.#at - 4;
    this.align(alignmentOf(signature.charCodeAt(element)));
    const start = this.#at;
    for (const value of values) this.value(signature, element, value);
    this.#view.setUint32(lengthAt, this.#at - start, this.#little);
  }

  #sequence(signature: string, from: number, values: readonly Value[]): void {
    let index = 0;
    let next = from;
    while (signature[next] !== ")" && signature[next] !== "}") {
      this.value(signature, next, values[index++] as Value);
      next = endOfType(signature, next);
    }
  }
}

const PLAIN_BYTES: Readonly<Record<string, number>> = { y: 1, n: 2, q: 2, b: 4, i: 4, u: 4, h: 4, x: 8, t: 8, d: 8 };
const UTF8 = new TextEncoder();
