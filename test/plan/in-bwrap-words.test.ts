// Plans in bubblewrap's words: nothing of ours is left in them, and a word that nobody knows is named instead of passed over.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OWN_WORDS } from "../../native/plan-language.ts";
import { encodeForBwrap } from "../../launcher/plan/in-bwrap-words.ts";
import { planOf } from "./fake-host.ts";
import { GOLDEN_CASES } from "./golden-cases.ts";

/** What asks others for something before the app starts: bubblewrap cannot, so such a plan is refused by name. */
const REFUSED = ["--wayland-context", "--x11-server", "--x11-stranger", "--lock-file"];

describe("a plan in bubblewrap's words", () => {
  for (const [name, run] of Object.entries(GOLDEN_CASES)) {
    const planned = planOf(run);
    if (!planned.ok) continue;
    it(`holds no word of ours, or is refused by name: ${name}`, () => {
      const encoded = encodeForBwrap(planned.value, new Map(), []);
      if ("unknown" in encoded) {
        assert.ok(REFUSED.includes(encoded.unknown), encoded.unknown);
        return;
      }
      const words = encoded.arguments.slice(0, encoded.arguments.lastIndexOf("--"));
      assert.deepEqual(
        words.filter((word) => (OWN_WORDS as readonly string[]).includes(word)),
        [],
      );
      assert.ok(words.includes("--seccomp") && words.includes("--clearenv"));
    });
  }

  it("passes variables of the caller by name, and what follows the app untouched", () => {
    const planned = planOf({ options: { callerArgumentsFrom: 2 } });
    assert.ok(planned.ok);
    const encoded = encodeForBwrap(planned.value, new Map([["LANG", "x y"]]), ["--", "-x", "%1"]);
    assert.ok("arguments" in encoded);
    const at = encoded.arguments.indexOf("LANG");
    assert.deepEqual(encoded.arguments.slice(at - 1, at + 2), ["--setenv", "LANG", "x y"]);
    assert.match(encoded.arguments[encoded.arguments.indexOf("--seccomp") + 1] ?? "", /^\0\d+$/);
    assert.deepEqual(encoded.arguments.slice(-5), ["--", "app", "--", "-x", "%1"]);
  });
});
