// Random signatures with values that fit them, and random headers, for the properties of the wire.
import fc from "fast-check";
import { FIXED_HEADER_BYTES, headerLength, readU32 } from "../../../dbus-proxy/wire/header.ts";
import { Interner } from "../../../dbus-proxy/wire/interner.ts";
import { readBody, type Value, type VariantValue } from "../../../dbus-proxy/wire/reader.ts";
import { encodeBody } from "../../../dbus-proxy/wire/writer.ts";

const word = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/);
export const objectPath: fc.Arbitrary<string> = fc.array(word, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
export const memberName: fc.Arbitrary<string> = word;
export const interfaceName: fc.Arbitrary<string> = fc.array(word, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("."));
export const busName: fc.Arbitrary<string> = fc.oneof(
  interfaceName,
  fc.tuple(fc.nat(99), fc.nat(9999)).map(([a, b]) => `:${a}.${b}`),
);
const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((value) => !value.includes("\0") && !/\p{Surrogate}/u.test(value));

const BASIC: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  y: fc.integer({ min: 0, max: 255 }),
  b: fc.boolean(),
  n: fc.integer({ min: -32768, max: 32767 }),
  q: fc.integer({ min: 0, max: 65535 }),
  i: fc.integer(),
  u: fc.nat(),
  h: fc.nat(),
  x: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  t: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  d: fc.double({ noNaN: true }),
  s: text,
  o: objectPath,
  g: fc.constantFrom("", "s", "a{sv}", "(iu)", "aay"),
};
const basicType = fc.constantFrom(...Object.keys(BASIC));

/** Signatures of one complete type, at most `depth` containers deep. */
function typeOf(depth: number): fc.Arbitrary<string> {
  if (depth === 0) return basicType;
  const inner = typeOf(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: basicType },
    { weight: 1, arbitrary: inner.map((type) => `a${type}`) },
    { weight: 1, arbitrary: fc.array(inner, { minLength: 1, maxLength: 3 }).map((types) => `(${types.join("")})`) },
    { weight: 1, arbitrary: fc.tuple(basicType, inner).map(([key, value]) => `a{${key}${value}}`) },
    { weight: 1, arbitrary: fc.constant("v") },
  );
}

function parts(signature: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < signature.length; ) {
    let end = at;
    while (signature[end] === "a") end++;
    let depth = 0;
    do {
      if ("({".includes(signature[end] as string)) depth++;
      if (")}".includes(signature[end] as string)) depth--;
      end++;
    } while (depth > 0);
    found.push(signature.slice(at, end));
    at = end;
  }
  return found;
}

function valuesOf(type: string): fc.Arbitrary<Value> {
  const basic = BASIC[type];
  if (basic !== undefined) return basic;
  if (type === "v") return typeOf(1).chain((signature) => valuesOf(signature).map((value) => ({ signature, value })));
  if (type.startsWith("a{")) return fc.array(fc.tuple(...parts(type.slice(2, -1)).map(valuesOf)), { maxLength: 3 });
  if (type.startsWith("a")) return fc.array(valuesOf(type.slice(1)), { maxLength: 4 });
  return fc.tuple(...parts(type.slice(1, -1)).map(valuesOf));
}

/** One complete value, as a variant holds it. */
export const singleValue: fc.Arbitrary<VariantValue> = typeOf(3).chain((signature) => valuesOf(signature).map((value) => ({ signature, value })));

/** A body: signature and one value per complete type of it. */
export const body: fc.Arbitrary<{ readonly signature: string; readonly values: readonly Value[] }> = fc
  .array(typeOf(3), { maxLength: 4 })
  .chain((types) => fc.tuple(...types.map(valuesOf)).map((values) => ({ signature: types.join(""), values: values as Value[] })));

const HEADER_SIGNATURE = "yyyyuua(yv)";

/** The same message with fields of other codes behind its own. The contents are one complete value each. */
export function withFields(message: Uint8Array, fields: readonly (readonly [code: number, content: VariantValue])[]): Uint8Array {
  const little = message[0] === 108;
  const own = FIXED_HEADER_BYTES + readU32(message, 12, little);
  const values = readBody(message, 0, own, HEADER_SIGNATURE, little, new Interner()) as Value[];
  const header = encodeBody(HEADER_SIGNATURE, [...values.slice(0, 6), [...(values[6] as Value[]), ...fields] as Value], little);
  const body = message.subarray(headerLength(message, 0));
  const whole = new Uint8Array(headerLength(header, 0) + body.length);
  whole.set(header);
  whole.set(body, headerLength(header, 0));
  return whole;
}
