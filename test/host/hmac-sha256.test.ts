// Held against Node's own: every length around a block's end, keys shorter and longer than a block.
import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { hmacSha256, sha256 } from "../../launcher/host/hmac-sha256.ts";

describe("the machine id's hash", () => {
  it("is SHA-256 for every length up to some blocks", () => {
    for (let length = 0; length < 300; length++) {
      const message = randomBytes(length);
      assert.equal(Buffer.from(sha256(message)).toString("hex"), createHash("sha256").update(message).digest("hex"), `${length} bytes`);
    }
  });

  it("is HMAC-SHA-256 for short and long keys", () => {
    for (const keyBytes of [0, 1, 16, 63, 64, 65, 200]) {
      for (const length of [0, 1, 40, 64, 130]) {
        const [key, message] = [randomBytes(keyBytes), randomBytes(length)];
        assert.equal(Buffer.from(hmacSha256(key, message)).toString("hex"), createHmac("sha256", key).update(message).digest("hex"));
      }
    }
  });
});
