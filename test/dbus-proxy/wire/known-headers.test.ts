// What came before is known again, and everything else is read as ever.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readHeader } from "../../../dbus-proxy/wire/foreign-fields.ts";
import { frameLength } from "../../../dbus-proxy/wire/header.ts";
import { Interner } from "../../../dbus-proxy/wire/interner.ts";
import { KnownHeaders } from "../../../dbus-proxy/wire/known-headers.ts";
import { emptyHeader } from "../../../dbus-proxy/wire/message.ts";
import { encodeMessage } from "../../../dbus-proxy/wire/writer.ts";
import { busName, interfaceName, memberName, objectPath } from "./generators.ts";

const texts = new Interner();
const call = { type: 1, serial: 7, path: "/a", interface: "org.test.I", member: "M", destination: "org.test.N" } as const;

test("a header that came before but for a few bytes is read as if it had not come before", () => {
  let recalled = 0;
  const message = fc
    .record({
      littleEndian: fc.boolean(),
      type: fc.constantFrom(1, 2, 3, 4),
      serial: fc.constantFrom(1, 0x01010101, 0xffffffff),
      path: objectPath,
      interface: interfaceName,
      member: memberName,
      errorName: interfaceName,
      destination: busName,
    })
    .chain((fields) => fc.constantFrom({}, { replySerial: 7 }).map((more) => encodeMessage({ ...fields, ...more })));
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(fc.nat(2), fc.array(change, { maxLength: 5 })), { maxLength: 12 }),
      (messages, steps) => {
        const known = new KnownHeaders();
        for (const bytes of messages) readHeader(bytes, 0, emptyHeader(), texts, known);
        for (const [which, changes] of steps) {
          const bytes = (messages[which % messages.length] as Uint8Array).slice();
          // Of the first change in the serial, of every other anywhere.
          for (const [index, [at, value]] of changes.entries()) bytes[index === 0 ? 8 + (at % 4) : at % bytes.length] = value;
          if (frameLength(bytes, 0) !== bytes.length) continue;
          const [fresh, recalledHeader] = [emptyHeader(), emptyHeader()];
          const problem = readHeader(bytes, 0, fresh, texts);
          if (known.recall(bytes, 0, emptyHeader())) recalled++;
          assert.equal(readHeader(bytes, 0, recalledHeader, texts, known), problem);
          if (problem === "") assert.deepEqual(recalledHeader, fresh);
        }
      },
    ),
    { numRuns: 400 },
  );
  assert.ok(recalled > 100, `${recalled} were known`);
});

test("a serial of 0 is refused also where all else came before", () => {
  for (const fields of [call, { type: 2, serial: 7, replySerial: 9, destination: ":1.1" }] as const) {
    const known = new KnownHeaders();
    const bytes = encodeMessage(fields);
    assert.equal(readHeader(bytes, 0, emptyHeader(), texts, known), "");
    const header = emptyHeader();
    assert.ok(known.recall(bytes, 0, header));
    const { replySerialAt } = header;
    assert.equal(replySerialAt > 0, fields.type === 2);
    assert.equal(
      readHeader(
        bytes.map((byte, at) => (at >= 8 && at < 12 ? 0 : byte)),
        0,
        emptyHeader(),
        texts,
        known,
      ),
      "serial 0",
    );
    if (replySerialAt === 0) continue;
    const zero = bytes.map((byte, at) => (at >= replySerialAt && at < replySerialAt + 4 ? 0 : byte));
    assert.equal(readHeader(zero, 0, emptyHeader(), texts, known), "reply serial 0");
  }
});
