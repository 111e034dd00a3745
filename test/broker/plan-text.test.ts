// Plans come back from text as they were, with what JSON has no word for.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePlanText, encodePlanText } from "../../launcher/broker/plan-text.ts";

const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value")),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie("value"), { noNullPrototype: true }),
    fc.array(fc.tuple(fc.string(), tie("value"))).map((entries) => new Map(entries)),
  ),
}));

test("text of a value is the value again: maps, bytes and large numbers too", () => {
  fc.assert(fc.property(value, (one) => assert.deepEqual(decodePlanText(encodePlanText(one)), one)));
});

test("bytes of another view and empty ones come back as bytes", () => {
  const view = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  assert.deepEqual(decodePlanText(encodePlanText({ view, none: new Uint8Array() })), { view: Buffer.from([2, 3]), none: Buffer.from([]) });
});

test("what was cut off is no value", () => {
  assert.throws(() => decodePlanText(encodePlanText({ one: new Map([["a", 1n]]) }).slice(0, -2)), SyntaxError);
});
