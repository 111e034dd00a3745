// Ways to spoil a message, by name. A name is what a listed difference refers to.
import { Buffer } from "node:buffer";
import { FIELD, field, type RawField, type RawMessage } from "./raw-message.ts";

type Mutation = (message: RawMessage) => RawMessage;

const without =
  (code: number): Mutation =>
  (message) => ({ ...message, fields: message.fields.filter((one) => one.code !== code) });
const change =
  (code: number, how: (one: RawField) => RawField): Mutation =>
  (message) => ({ ...message, fields: message.fields.map((one) => (one.code === code ? how(one) : one)) });
const withText = (code: number, value: string): Mutation => change(code, (one) => ({ ...one, value }));
const plus =
  (...fields: readonly RawField[]): Mutation =>
  (message) => ({ ...message, fields: [...message.fields, ...fields] });

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "version-0": (message) => ({ ...message, version: 0 }),
  "version-2": (message) => ({ ...message, version: 2 }),
  "type-0": (message) => ({ ...message, type: 0 }),
  "type-5": (message) => ({ ...message, type: 5 }),
  "serial-0": (message) => ({ ...message, serial: 0 }),
  "serial-over-limit": (message) => ({ ...message, serial: 0xffff_0000 }),
  "byte-order": (message) => ({ ...message, order: 0x4c }),
  "too-long": (message) => ({ ...message, bodyLie: 2 ** 27 }),
  "fields-too-long": (message) => ({ ...message, fieldsLie: 2 ** 27 }),
  "field-0": plus({ code: 0, signature: "s", value: "x" }),
  "field-10": plus({ code: 10, signature: "s", value: "x" }),
  "field-255": plus({ code: 255, signature: "u", value: 1 }),
  "no-path": without(FIELD.path),
  "no-member": without(FIELD.member),
  "no-interface": without(FIELD.interface),
  "path-as-text": change(FIELD.path, (one) => ({ ...one, signature: "s" })),
  "member-as-path": change(FIELD.member, (one) => ({ ...one, signature: "o" })),
  "destination-as-number": change(FIELD.destination, (one) => ({ ...one, signature: "u", value: 7 })),
  "no-nul": change(FIELD.member, (one) => ({ ...one, end: 33 })),
  "length-plus-1": change(FIELD.destination, (one) => ({ ...one, lengthLie: 1 })),
  "length-minus-1": change(FIELD.destination, (one) => ({ ...one, lengthLie: -1 })),
  "length-huge": change(FIELD.path, (one) => ({ ...one, lengthLie: 2 ** 24 })),
  "nul-in-name": change(FIELD.destination, (one) => ({ ...one, value: `${one.value}\0.more` })),
  "nul-in-member": change(FIELD.member, (one) => ({ ...one, value: `${one.value}\0x` })),
  "bad-path": withText(FIELD.path, "/a//b"),
  "path-slash-end": withText(FIELD.path, "/a/"),
  "path-relative": withText(FIELD.path, "a"),
  "bad-interface": withText(FIELD.interface, "nodots"),
  "bad-member": withText(FIELD.member, "a.b"),
  "bad-destination": withText(FIELD.destination, "org..test"),
  "empty-destination": withText(FIELD.destination, ""),
  "empty-member": withText(FIELD.member, ""),
  "long-member": withText(FIELD.member, "m".repeat(300)),
  "high-bytes-in-member": withText(FIELD.member, "m\xff"),
  "second-destination": plus(field("destination", "org.test.Hidden")),
  "second-member": plus(field("member", "Other")),
  "reply-serial": plus(field("replySerial", 1)),
  "reply-serial-0": plus(field("replySerial", 0)),
  "own-sender": plus(field("sender", "org.test.Talk")),
  "bad-sender": plus(field("sender", "nodots")),
  "error-name": plus(field("errorName", "org.test.Error")),
  "bad-error-name": plus(field("errorName", "nodots")),
  "descriptors-claimed": plus(field("unixFds", 2)),
  "padding-not-zero": (message) => ({ ...message, padding: 1 }),
  "signature-without-body": plus(field("signature", "u")),
  "body-without-signature": (message) => ({ ...message, body: Buffer.from([1, 0, 0, 0]) }),
  "bad-signature": (message) => ({ ...plus(field("signature", "a"))(message), body: Buffer.from([1, 0, 0, 0]) }),
  "signature-of-other-body": (message) => ({ ...plus(field("signature", "su"))(message), body: Buffer.from([1, 0, 0, 0]) }),
  "boolean-2": (message) => ({ ...plus(field("signature", "b"))(message), body: Buffer.from([2, 0, 0, 0]) }),
  "not-utf-8": (message) => ({ ...plus(field("signature", "s"))(message), body: Buffer.from(message.big ? [0, 0, 0, 1, 0xff, 0] : [1, 0, 0, 0, 0xff, 0]) }),
  "local-path": withText(FIELD.path, "/org/freedesktop/DBus/Local"),
  "local-interface": withText(FIELD.interface, "org.freedesktop.DBus.Local"),
  "flags-unknown": (message) => ({ ...message, flags: 0xf0 }),
};
