// The cookie file: what stays of it for one display, under another number.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { rewriteXauthority } from "../../launcher/permissions/kinds/xauthority.ts";

const LOCAL = 256;
const WILD = 65535;
const INTERNET = 0;

function entry(family: number, address: string, number: string, data = "cookie"): Buffer {
  const field = (text: string): Buffer => {
    const bytes = Buffer.from(text, "latin1");
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const head = Buffer.alloc(2);
  head.writeUInt16BE(family);
  return Buffer.concat([head, field(address), field(number), field("MIT-MAGIC-COOKIE-1"), field(data)]);
}

const rewrite = (entries: readonly Uint8Array[], former?: string): Buffer => Buffer.from(rewriteXauthority(Buffer.concat(entries), 0, 99, "desk", former));

describe("the rewritten cookie file", () => {
  it("holds this display's cookies alone, under the new number", () => {
    const entries = [
      entry(LOCAL, "desk", "0"),
      entry(LOCAL, "desk", "1", "other display"),
      entry(LOCAL, "elsewhere", "0", "other host"),
      entry(INTERNET, "\x7f\0\0\x01", "0", "tcp"),
    ];
    assert.deepEqual(rewrite(entries), entry(LOCAL, "desk", "99"));
  });

  it("keeps wild entries and entries for every display", () => {
    assert.deepEqual(rewrite([entry(WILD, "", ""), entry(LOCAL, "desk", "")]), Buffer.concat([entry(WILD, "", "99"), entry(LOCAL, "desk", "99")]));
  });

  it("keeps entries of the former host name, under the present one", () => {
    assert.deepEqual(rewrite([entry(LOCAL, "old", "0")], "old"), entry(LOCAL, "desk", "99"));
  });

  it("drops what is broken and what follows it", () => {
    const good = entry(LOCAL, "desk", "0");
    assert.deepEqual(rewrite([good, good.subarray(0, 9)]), entry(LOCAL, "desk", "99"));
    assert.equal(rewrite([Buffer.from([1])]).length, 0);
  });

  it("reads any bytes without an exception, and is its own fixed point", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const once = rewriteXauthority(bytes, 99, 99, "desk", undefined);
        assert.deepEqual(rewriteXauthority(once, 99, 99, "desk", undefined), once);
      }),
    );
  });
});
