// Steps of a script, and the bytes that each becomes. A step is abstract: which call an answer is for is known only while the script plays.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { MUTATIONS } from "./mutations.ts";
import { bodyOf, FIELD, field, type RawField, type RawMessage, rawBytes, type ReadMessage } from "./raw-message.ts";
import { APP, BUS, OWNERS } from "./side.ts";

export type Step =
  | {
      readonly kind: "app-message";
      readonly signal: boolean;
      readonly to: string;
      readonly path: string;
      readonly interface: string;
      readonly member: string;
      readonly flags: number;
      readonly big: boolean;
      readonly spoilt: string;
      readonly descriptors: number;
      readonly claimed: number;
      readonly text: string;
    }
  | {
      readonly kind: "bus-method";
      readonly member: string;
      readonly argument: string | number | null;
      readonly interface: string;
      readonly flags: number;
      readonly spoilt: string;
    }
  | { readonly kind: "app-answer"; readonly error: boolean; readonly which: number; readonly to: "caller" | "other" | "bus" | "nobody"; readonly shift: number }
  | {
      readonly kind: "bus-answer";
      readonly error: boolean;
      readonly which: number;
      readonly from: "asked" | "other" | "bus" | "nobody";
      readonly shift: number;
      readonly twice: boolean;
    }
  | {
      readonly kind: "bus-message";
      readonly signal: boolean;
      readonly from: string;
      readonly unicast: boolean;
      readonly path: string;
      readonly interface: string;
      readonly member: string;
      readonly flags: number;
      readonly spoilt: string;
      readonly descriptors: number;
      readonly claimed: number;
    }
  | {
      readonly kind: "owner-change";
      readonly name: string;
      readonly before: string;
      readonly after: string;
      readonly shape: "good" | "two-texts" | "number" | "no-body" | "forged";
    };

const UNIQUE = [APP, ":1.10", ":1.11", ":1.13", ":1.14", ":1.15", ":1.99"];
const NAMES = [...Object.keys(OWNERS), "org.test.Own", "org.test.Sub.A.b", "org.test.Subway", "org.test.Absent", ...UNIQUE];
const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 10, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const spoilt = mostly("", ...Object.keys(MUTATIONS));
const place = {
  path: oneOf("/test", "/test/below", "/tests", "/", "/org/freedesktop/DBus"),
  interface: oneOf("org.test.I", "org.test.J", BUS, "org.freedesktop.DBus.Peer", "org.freedesktop.DBus.Introspectable", ""),
  // Hello is said once, before the script.
  member: oneOf("M", "Sig", "Other", "Ping", "NameOwnerChanged"),
};
const RULES = [
  "",
  "type='signal'",
  "member=M , path='/a'",
  "arg0='eavesdrop=true'",
  "eavesdrop=true",
  "eavesdrop ='true'",
  "nonsense",
  "type='x'",
  "type='signal',type='signal'",
  "path='/a',path_namespace='/a'",
  "arg64='x'",
  "sender='org.test.Talk'",
];
const METHODS = [
  "AddMatch",
  "RemoveMatch",
  "ListNames",
  "ListActivatableNames",
  "NameHasOwner",
  "GetNameOwner",
  "GetConnectionUnixProcessID",
  "GetConnectionUnixUser",
  "GetConnectionCredentials",
  "GetConnectionSELinuxSecurityContext",
  "GetAdtAuditSessionData",
  "StartServiceByName",
  "RequestName",
  "ReleaseName",
  "ListQueuedOwners",
  "UpdateActivationEnvironment",
  "BecomeMonitor",
  "NoSuchMethod",
  "ReloadConfig",
];

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("app-message" as const),
      signal: oneOf(false, false, true),
      to: oneOf("", ...NAMES),
      ...place,
      flags: oneOf(0, 0, 1, 2, 3, 4),
      big: fc.boolean(),
      spoilt,
      descriptors: mostly(0, 1, 2),
      claimed: mostly(0, 1, 2),
      text: oneOf("", "hello"),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("bus-method" as const),
      member: oneOf(...METHODS),
      argument: oneOf<string | number | null>(null, 7, ...NAMES, ...RULES),
      interface: mostly(BUS, "", "org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.Monitoring"),
      flags: oneOf(0, 0, 0, 1, 2),
      spoilt: mostly("", "", ...Object.keys(MUTATIONS)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("app-answer" as const),
      error: fc.boolean(),
      which: fc.nat(3),
      to: mostly("caller" as const, "other" as const, "bus" as const, "nobody" as const),
      shift: mostly(0, 1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("bus-answer" as const),
      error: fc.boolean(),
      which: fc.nat(3),
      from: mostly("asked" as const, "other" as const, "bus" as const, "nobody" as const),
      shift: mostly(0, 1),
      twice: mostly(false, true),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("bus-message" as const),
      signal: fc.boolean(),
      from: oneOf(":1.10", ":1.11", ":1.12", ":1.13", ":1.14", ":1.15", ":1.99", BUS),
      unicast: fc.boolean(),
      ...place,
      flags: oneOf(0, 1),
      spoilt,
      descriptors: mostly(0, 1),
      claimed: mostly(0, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("owner-change" as const),
      name: oneOf(...NAMES),
      before: oneOf("", ":1.10", ":1.15"),
      after: oneOf("", ":1.20", ":1.15"),
      shape: mostly("good" as const, "two-texts" as const, "number" as const, "no-body" as const, "forged" as const),
    }),
  },
);

/** Asks for every change of owner. */
export const LISTEN: Step = {
  kind: "bus-method",
  member: "AddMatch",
  argument: "type='signal',member='NameOwnerChanged'",
  interface: BUS,
  flags: 0,
  spoilt: "",
};

/** What of a running script the bytes depend on. Calls are the same on both sides, or the script would have ended. */
export interface Moment {
  readonly serial: number;
  readonly busSerial: number;
  readonly outstanding: readonly ReadMessage[];
  readonly incoming: readonly ReadMessage[];
}

export interface Written {
  readonly app?: Uint8Array;
  readonly bus?: Uint8Array;
  readonly descriptors: number;
}

/** The bytes of a step; undefined where there is nothing to answer. */
export function writeStep(one: Step, moment: Moment): Written | undefined {
  switch (one.kind) {
    case "app-message":
      return { app: rawBytes(spoil(appMessage(one, moment.serial), one.spoilt)), descriptors: one.descriptors };
    case "bus-method":
      return { app: rawBytes(spoil(busMethod(one, moment.serial), one.spoilt)), descriptors: 0 };
    case "app-answer": {
      const call = moment.incoming[one.which % Math.max(1, moment.incoming.length)];
      if (call === undefined) return undefined;
      const to = { caller: String(call.fields[FIELD.sender]), other: ":1.15", bus: BUS, nobody: "" }[one.to];
      return { app: rawBytes(answer(one.error, moment.serial, call.serial + one.shift, [...text("destination", to)])), descriptors: 0 };
    }
    case "bus-answer": {
      const call = moment.outstanding[one.which % Math.max(1, moment.outstanding.length)];
      if (call === undefined) return undefined;
      const asked = String(call.fields[FIELD.destination]);
      const from = { asked: asked.startsWith(":") ? asked : (OWNERS[asked] ?? ":1.77"), other: ":1.15", bus: BUS, nobody: "" }[one.from];
      const bytes = rawBytes(answer(one.error, moment.busSerial, call.serial + one.shift, [...text("sender", from), field("destination", APP)]));
      return { bus: one.twice ? Buffer.concat([bytes, bytes]) : bytes, descriptors: 0 };
    }
    case "bus-message":
      return { bus: rawBytes(spoil(busMessage(one, moment.busSerial), one.spoilt)), descriptors: one.descriptors };
    default:
      return { bus: rawBytes(ownerChange(one, moment.busSerial)), descriptors: 0 };
  }
}

function spoil(message: RawMessage, how: string): RawMessage {
  return MUTATIONS[how]?.(message) ?? message;
}

function text(name: "path" | "interface" | "destination" | "sender", value: string): RawField[] {
  return value === "" ? [] : [field(name, value)];
}

function appMessage(one: Extract<Step, { kind: "app-message" }>, serial: number): RawMessage {
  const fields = [...text("path", one.path), ...text("interface", one.interface), field("member", one.member), ...text("destination", one.to)];
  if (one.claimed > 0) fields.push(field("unixFds", one.claimed));
  if (one.text === "") return { big: one.big, type: one.signal ? 4 : 1, flags: one.flags, serial, fields };
  return { big: one.big, type: one.signal ? 4 : 1, flags: one.flags, serial, fields: [...fields, field("signature", "s")], body: bodyOf([one.text], one.big) };
}

function busMethod(one: Extract<Step, { kind: "bus-method" }>, serial: number): RawMessage {
  const fields = [field("path", "/org/freedesktop/DBus"), ...text("interface", one.interface), field("member", one.member), field("destination", BUS)];
  if (one.argument === null) return { type: 1, flags: one.flags, serial, fields };
  const second = one.member === "RequestName" || one.member === "StartServiceByName" ? [4] : [];
  const signature = `${typeof one.argument === "number" ? "u" : "s"}${second.length > 0 ? "u" : ""}`;
  return { type: 1, flags: one.flags, serial, fields: [...fields, field("signature", signature)], body: bodyOf([one.argument, ...second]) };
}

function answer(error: boolean, serial: number, replySerial: number, fields: readonly RawField[]): RawMessage {
  const name = error ? [field("errorName", "org.test.Error.Failed")] : [];
  return { type: error ? 3 : 2, flags: 1, serial, fields: [field("replySerial", replySerial), ...name, ...fields] };
}

function busMessage(one: Extract<Step, { kind: "bus-message" }>, serial: number): RawMessage {
  const fields = [...text("path", one.path), ...text("interface", one.interface), field("member", one.member), field("sender", one.from)];
  if (one.unicast || !one.signal) fields.push(field("destination", APP));
  if (one.claimed > 0) fields.push(field("unixFds", one.claimed));
  return { type: one.signal ? 4 : 1, flags: one.flags, serial, fields };
}

function ownerChange(one: Extract<Step, { kind: "owner-change" }>, serial: number): RawMessage {
  const from = one.shape === "forged" ? ":1.99" : BUS;
  const fields = [field("path", "/org/freedesktop/DBus"), field("interface", BUS), field("member", "NameOwnerChanged"), field("sender", from)];
  const message = { type: 4, flags: 1, serial, fields };
  if (one.shape === "no-body") return message;
  const values = one.shape === "number" ? [one.name, 7, one.after] : one.shape === "two-texts" ? [one.name, one.after] : [one.name, one.before, one.after];
  const signature = values.map((value) => (typeof value === "number" ? "u" : "s")).join("");
  return { ...message, fields: [...fields, field("signature", signature)], body: bodyOf(values) };
}
