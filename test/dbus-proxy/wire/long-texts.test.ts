import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { Utf8Check } from "../../../dbus-proxy/wire/text-check.ts";

/** What the specification allows, by another reader: UTF-8 without NUL. */
function allowed(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function passes(bytes: Uint8Array, cuts: readonly number[]): boolean {
  const check = new Utf8Check();
  check.reset();
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  for (let index = 0; index + 1 < places.length; index++) if (!check.push(bytes, places[index] as number, places[index + 1] as number)) return false;
  return check.end();
}

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "binary", minLength: 0, maxLength: 120 }).map((text) => new TextEncoder().encode(text.replaceAll("\0", "x"))) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 400 }).map((length) => new Uint8Array(length).fill(97)) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 4 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([0xc0, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0], [0xf0, 0x9f])
      .map((bytes) => Uint8Array.from(bytes)),
  },
);

test("a long text passes exactly if it is UTF-8 without NUL, in pieces of any size", () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(3000), { maxLength: 6 }), (pieces, cuts) => {
      const bytes = Uint8Array.from(pieces.flatMap((one) => [...one]));
      assert.equal(passes(bytes, cuts), allowed(bytes));
    }),
    { numRuns: 400 },
  );
});

test("one wrong byte anywhere in a long text is found", () => {
  const text = new TextEncoder().encode("äöü€𝄞 und so weiter ".repeat(40));
  for (let at = 0; at < text.length; at++)
    for (const wrong of [0, 0xff, 0xc1]) {
      const spoilt = text.slice();
      spoilt[at] = wrong;
      assert.equal(passes(spoilt, [300]), false, `byte ${at} as ${wrong}`);
    }
});
