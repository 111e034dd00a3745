// The last value that passes and the first that does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BodyCheck } from "../../../dbus-proxy/wire/body-check.ts";
import { parseHeader } from "../../../dbus-proxy/wire/header.ts";
import { Interner } from "../../../dbus-proxy/wire/interner.ts";
import { MAX_HEADER_BYTES, MAX_NAME_BYTES } from "../../../dbus-proxy/wire/limits.ts";
import { emptyHeader } from "../../../dbus-proxy/wire/message.ts";
import { isSignature } from "../../../dbus-proxy/wire/signature.ts";
import { Utf8Check } from "../../../dbus-proxy/wire/text-check.ts";
import { encodeBody, encodeMessage } from "../../../dbus-proxy/wire/writer.ts";

const texts = new Interner();

test("a header of 64 KiB passes, a longer one does not", () => {
  // The rest of the header takes 24 bytes, and its end lies at a multiple of eight.
  const ofLength = (length: number): Uint8Array => encodeMessage({ type: 2, serial: 1, replySerial: 1, path: `/${"a".repeat(length)}` });
  const fits = ofLength(MAX_HEADER_BYTES - 48);
  assert.ok(fits.length <= MAX_HEADER_BYTES && fits.length > MAX_HEADER_BYTES - 64);
  assert.equal(parseHeader(fits, 0, emptyHeader(), texts), "");
  assert.equal(parseHeader(ofLength(MAX_HEADER_BYTES), 0, emptyHeader(), texts), "header too long");
});

test("dictionaries have a basic key and one value, and stand in arrays alone", () => {
  for (const good of ["a{sv}", "a{ya{ss}}", "a{s(ii)}"]) assert.ok(isSignature(good), good);
  for (const bad of ["a{", "a{s", "a{ss", "a{s}", "a{}", "a{vs}", "a{(s)s}", "a{sss}", "{ss}", "(", "()", "(s", "a"]) assert.ok(!isSignature(bad), bad);
  assert.ok(isSignature(`${"(".repeat(32)}s${")".repeat(32)}`));
  assert.ok(!isSignature(`${"(".repeat(33)}s${")".repeat(33)}`));
  assert.ok(!isSignature(`${"a{s".repeat(33)}s${"}".repeat(33)}`));
  assert.ok(isSignature("s".repeat(255)) && !isSignature("s".repeat(MAX_NAME_BYTES + 1)));
});

/** A variant in a variant, so often; `inside` is the innermost. */
function nested(depth: number, signature: string, value: number | readonly (readonly number[])[]): Uint8Array {
  let inside: { signature: string; value: unknown } = { signature, value };
  for (let level = 1; level < depth; level++) inside = { signature: "v", value: inside };
  return encodeBody("v", [inside as never]);
}

test("containers may lie 64 deep in each other, whatever they are", () => {
  const passes = (body: Uint8Array): boolean => {
    const check = new BodyCheck(texts);
    check.begin("v", true, body.length);
    return check.feed(body, 0, body.length) === body.length && check.complete;
  };
  assert.ok(passes(nested(64, "u", 7)));
  assert.ok(!passes(nested(65, "u", 7)));
  assert.ok(passes(nested(62, "a(u)", [[7]])));
  for (const depth of [63, 64]) assert.ok(!passes(nested(depth, "a(u)", [[7]])));
});

test("a long text that begins with the rest of a character which is none is no text", () => {
  const check = new Utf8Check();
  check.reset();
  assert.ok(check.push(Uint8Array.of(0xe2, 0x82), 0, 2));
  assert.ok(!check.push(new Uint8Array(300).fill(97), 0, 300));
  check.reset();
  assert.ok(!check.push(new Uint8Array(300).fill(0x80), 0, 300));
});
