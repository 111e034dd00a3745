import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BodyCheck } from "../../../dbus-proxy/wire/body-check.ts";
import { asItGoesOn, readHeader } from "../../../dbus-proxy/wire/foreign-fields.ts";
import { frameLength, headerLength, parseHeader } from "../../../dbus-proxy/wire/header.ts";
import { Interner } from "../../../dbus-proxy/wire/interner.ts";
import { emptyHeader } from "../../../dbus-proxy/wire/message.ts";
import { readBody, type VariantValue } from "../../../dbus-proxy/wire/reader.ts";
import { encodeBody, encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { body, busName, interfaceName, memberName, objectPath, singleValue, withFields } from "./generators.ts";

const texts = new Interner();

function parsed(bytes: Uint8Array, at = 0): { problem: string; header: ReturnType<typeof emptyHeader> } {
  const header = emptyHeader();
  return { problem: parseHeader(bytes, at, header, texts), header };
}

const call = { type: 1, serial: 7, path: "/a", interface: "org.test.I", member: "M", destination: "org.test.N" } as const;

test("every header that is written is read back the same, in both byte orders, at any offset", () => {
  fc.assert(
    fc.property(
      fc.record({
        littleEndian: fc.boolean(),
        type: fc.constantFrom(1, 2, 3, 4),
        flags: fc.integer({ min: 0, max: 255 }),
        serial: fc.integer({ min: 1, max: 0xffffffff }),
        path: objectPath,
        interface: interfaceName,
        member: memberName,
        errorName: interfaceName,
        replySerial: fc.integer({ min: 1, max: 0xffffffff }),
        destination: busName,
        sender: busName,
        unixFds: fc.nat(5),
      }),
      body,
      fc.nat(9),
      (fields, { signature, values }, offset) => {
        const bytes = encodeMessage({ ...fields, signature }, values);
        const buffer = new Uint8Array(offset + bytes.length);
        buffer.set(bytes, offset);
        assert.equal(frameLength(buffer, offset), bytes.length);
        const { problem, header } = parsed(buffer, offset);
        assert.equal(problem, "");
        const { bodyBytes, headerBytes, replySerialAt, ...rest } = header;
        assert.ok(replySerialAt > 0);
        assert.deepEqual(rest, { ...fields, signature, rewritten: undefined });
        assert.equal(headerBytes, headerLength(buffer, offset));
        assert.deepEqual(readBody(buffer, offset + headerBytes, bodyBytes, signature, fields.littleEndian, texts), values);
      },
    ),
    { numRuns: 400 },
  );
});

test("a body passes the check in pieces of any size exactly as it does whole", () => {
  fc.assert(
    fc.property(body, fc.boolean(), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }), ({ signature, values }, little, cuts) => {
      const bytes = encodeBody(signature, values, little);
      const check = new BodyCheck(texts);
      check.begin(signature, little, bytes.length);
      let from = 0;
      let to = 0;
      for (let round = 0; to < bytes.length; round++) {
        to = Math.min(bytes.length, to + (cuts[round % cuts.length] as number));
        const taken = check.feed(bytes, from, to);
        assert.ok(taken >= 0, `${signature} refused at ${from}`);
        assert.ok(to - from - taken < 300);
        from += taken;
      }
      if (bytes.length === 0) check.feed(bytes, 0, 0);
      assert.equal(from, bytes.length);
      assert.ok(check.complete);
    }),
    { numRuns: 400 },
  );
});

test("changing any one byte of a message never crashes the reader, and what still passes has the same frame", () => {
  fc.assert(
    fc.property(body, fc.boolean(), fc.nat(), fc.integer({ min: 1, max: 255 }), ({ signature, values }, littleEndian, where, change) => {
      const bytes = encodeMessage({ ...call, littleEndian, signature }, values).slice();
      const at = where % bytes.length;
      bytes[at] = (bytes[at] as number) ^ change;
      if (frameLength(bytes, 0) !== bytes.length) return;
      const { problem, header } = parsed(bytes);
      if (problem !== "") return;
      assert.equal(header.headerBytes + header.bodyBytes, bytes.length);
      readBody(bytes, header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, texts);
    }),
    { numRuns: 2000 },
  );
});

function changed(change: (bytes: Uint8Array) => void, values: Parameters<typeof encodeMessage>[0] = call): string {
  const bytes = encodeMessage(values).slice();
  change(bytes);
  return parsed(bytes).problem;
}

test("headers that break a rule of the specification are refused", () => {
  assert.equal(
    changed(() => {}),
    "",
  );
  assert.equal(
    changed((bytes) => bytes.fill(2, 3, 3 + 1)),
    "protocol version",
  );
  assert.equal(
    changed((bytes) => bytes.fill(0, 8, 12)),
    "serial 0",
  );
  assert.equal(
    changed((bytes) => bytes.fill(0, 1, 1 + 1)),
    "message type",
  );
  assert.equal(
    changed((bytes) => bytes.fill(0, 16, 16 + 1)),
    "header field code",
  );
  assert.equal(
    changed((bytes) => bytes.fill(115, 18, 18 + 1)),
    "type of a header field",
  );
  assert.equal(
    changed((bytes) => bytes.fill(2, 17, 17 + 1)),
    "type of a header field",
  );
  assert.equal(
    changed((bytes) => bytes.fill(65, 26, 26 + 1)),
    "header text without NUL",
  );
  assert.equal(
    changed((bytes) => bytes.fill(120, 24, 24 + 1)),
    "syntax of a header field",
  );
  assert.equal(
    changed((bytes) => bytes.fill(1, 27, 27 + 1)),
    "padding",
  );
  assert.equal(
    changed((bytes) => bytes.fill(255, 20, 20 + 1)),
    "header field overruns the array",
  );
  assert.equal(
    changed((bytes) => bytes.fill(255, 23, 23 + 1)),
    "header field overruns the array",
  );
  assert.equal(
    changed((bytes) => bytes.fill(1, bytes.length - 1, bytes.length - 1 + 1)),
    "padding",
  );
});

test("a field that stands twice is refused, whichever would win", () => {
  const bytes = encodeMessage({ ...call, sender: "org.test.N" }).slice();
  const sender = bytes.lastIndexOf(7);
  bytes[sender] = 6;
  assert.equal(parsed(bytes).problem, "duplicate header field");
});

const foreignField = fc.tuple(fc.integer({ min: 11, max: 255 }), singleValue).map(([code, { signature, value }]) => [code, { signature, value }] as const);

test("fields of no known meaning are passed over and left out, whatever they hold, and nothing else changes", () => {
  fc.assert(
    fc.property(body, fc.boolean(), fc.array(foreignField, { minLength: 1, maxLength: 4 }), ({ signature, values }, littleEndian, fields) => {
      const plain = encodeMessage({ ...call, littleEndian, signature }, values);
      const bytes = withFields(plain, fields);
      const header = emptyHeader();
      assert.equal(readHeader(bytes, 0, header, texts), "");
      const { rewritten, ...rest } = header;
      const { rewritten: _, ...wanted } = parsed(plain).header;
      assert.ok(rewritten !== undefined);
      assert.deepEqual(rest, { ...wanted, headerBytes: headerLength(bytes, 0) });
      assert.deepEqual(Buffer.from(asItGoesOn(header, bytes, 0, bytes.length)), Buffer.from(plain));
    }),
    { numRuns: 300 },
  );
});

test("what such a field holds must be a value all the same", () => {
  const problem = (bytes: Uint8Array): string => readHeader(bytes, 0, emptyHeader(), texts);
  const plain = encodeMessage(call);
  const spoilt = (field: readonly [number, VariantValue], find: string, put: number): string => {
    const bytes = withFields(plain, [field]).slice();
    bytes[Buffer.from(bytes).lastIndexOf(find)] = put;
    return problem(bytes);
  };
  assert.equal(spoilt([11, { signature: "s", value: "qqq" }], "q", 0xff), "value of a header field");
  assert.equal(spoilt([11, { signature: "o", value: "/qqq" }], "q", 47), "value of a header field");
  assert.equal(spoilt([11, { signature: "s", value: "qqq" }], "s", 0x7a), "value of a header field");
  // The code that libdbus knows holds a path, once.
  const container = [10, { signature: "o", value: "/a" }] as const;
  assert.equal(problem(withFields(plain, [container])), "");
  assert.equal(problem(withFields(plain, [container, container])), "duplicate header field");
  assert.equal(problem(withFields(plain, [[10, { signature: "s", value: "/a" }]])), "type of a header field");
  // A field that counts is judged as ever.
  assert.equal(
    problem(
      withFields(plain, [
        [11, { signature: "y", value: 1 }],
        [6, { signature: "s", value: "org.test.N" }],
      ]),
    ),
    "duplicate header field",
  );
  assert.equal(
    problem(
      withFields(plain, [
        [0, { signature: "y", value: 1 }],
        [11, { signature: "y", value: 1 }],
      ]),
    ),
    "header field code",
  );
  const padded = withFields(plain, [[11, { signature: "y", value: 1 }]]).slice();
  padded[padded.length - 1] = 1;
  assert.equal(problem(padded), "padding");
});

test("a NUL inside a name is refused, so that no two readers see different names", () => {
  const bytes = encodeMessage({ ...call, member: "Mxxx" }).slice();
  const at = Buffer.from(bytes).indexOf("Mxxx");
  bytes[at + 1] = 0;
  assert.equal(parsed(bytes).problem, "syntax of a header field");
});

test("each type must have its fields", () => {
  const missing = (fields: Parameters<typeof encodeMessage>[0]): string => parsed(encodeMessage(fields)).problem;
  assert.equal(missing({ type: 1, serial: 1, path: "/a" }), "missing header field");
  assert.equal(missing({ type: 1, serial: 1, member: "M" }), "missing header field");
  assert.equal(missing({ type: 2, serial: 1 }), "missing header field");
  assert.equal(missing({ type: 3, serial: 1, replySerial: 1 }), "missing header field");
  assert.equal(missing({ type: 4, serial: 1, path: "/a", member: "M" }), "missing header field");
  assert.equal(missing({ type: 4, serial: 1, path: "/org/freedesktop/DBus/Local", interface: "a.b", member: "M" }), "local signal");
  assert.equal(missing({ type: 4, serial: 1, path: "/a", interface: "org.freedesktop.DBus.Local", member: "M" }), "local signal");
});

test("frames longer than the protocol allows are refused before anything is read (CVE-2026-96280)", () => {
  const bytes = encodeMessage(call).slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const fields = view.getUint32(12, true);
  const head = (16 + fields + 7) & ~7;
  view.setUint32(4, 2 ** 27 - head, true);
  assert.equal(frameLength(bytes, 0), 2 ** 27);
  view.setUint32(4, 2 ** 27 - head + 1, true);
  assert.equal(frameLength(bytes, 0), -1);
  view.setUint32(4, 0, true);
  for (const lie of [0xffffffff, 0xfffffff0, 2 ** 31, 2 ** 27]) {
    view.setUint32(12, lie, true);
    assert.equal(frameLength(bytes, 0), -1, String(lie));
  }
  bytes[0] = 76;
  assert.equal(frameLength(bytes, 0), -1);
});

test("bodies that a bus would refuse are refused", () => {
  const refused = (signature: string, bytes: number[]): boolean => readBody(Uint8Array.from(bytes), 0, bytes.length, signature, true, texts) === undefined;
  assert.ok(!refused("b", [1, 0, 0, 0]));
  assert.ok(refused("b", [2, 0, 0, 0]), "a boolean that is neither");
  assert.ok(refused("s", [1, 0, 0, 0, 0xff, 0]), "not UTF-8");
  assert.ok(refused("s", [1, 0, 0, 0, 0, 0]), "a NUL inside");
  assert.ok(refused("s", [1, 0, 0, 0, 65, 1]), "no NUL behind");
  assert.ok(refused("s", [3, 0, 0, 0, 0xed, 0xa0, 0x80, 0]), "a surrogate");
  assert.ok(refused("s", [2, 0, 0, 0, 0xc0, 0x80, 0]), "an overlong form");
  assert.ok(refused("s", [1, 0, 0, 0, 0xc3, 0]), "a character cut off");
  assert.ok(refused("s", [255, 255, 255, 255, 65, 0]), "a length beyond the body");
  assert.ok(refused("o", [0, 0, 0, 0, 0]), "an empty path");
  assert.ok(refused("o", [2, 0, 0, 0, 47, 47, 0]), "a path with an empty element");
  assert.ok(refused("g", [1, 97, 0]), "a signature cut off");
  assert.ok(refused("v", [2, 121, 121, 0, 1, 2]), "a variant of two types");
  assert.ok(refused("v", [0, 0]), "a variant of nothing");
  assert.ok(refused("ai", [3, 0, 0, 0, 1, 2, 3]), "an array with a part of an element");
  assert.ok(refused("as", [5, 0, 0, 0, 1, 0, 0, 0, 65, 0]), "an element beyond its array");
  assert.ok(refused("yu", [1, 1, 0, 0, 1, 0, 0, 0]), "padding that is not zero");
  assert.ok(refused("y", [1, 2]), "bytes behind the last value");
  assert.ok(refused("yy", [1]), "a value missing");
  assert.ok(refused("ay", [0, 0, 0, 4]), "an array longer than allowed");
});

test("containers nested deeper than the buses allow are refused", () => {
  const nested = (depth: number): boolean => {
    let value: { signature: string; value: never } = { signature: "y", value: 1 as never };
    for (let level = 1; level < depth; level++) value = { signature: "v", value: value as never };
    const bytes = encodeBody("v", [value]);
    return readBody(bytes, 0, bytes.length, "v", true, texts) !== undefined;
  };
  assert.ok(nested(64));
  assert.ok(!nested(65));
});
