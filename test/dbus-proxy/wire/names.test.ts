import assert from "node:assert/strict";
import { test } from "node:test";
import { isBusName, isInterfaceName, isMemberName, isNamespace, isObjectPath, isUniqueName, isWellKnownName } from "../../../dbus-proxy/wire/names.ts";
import { isSignature, isSingleType } from "../../../dbus-proxy/wire/signature.ts";

const long = (length: number): string => `a.${"b".repeat(length - 2)}`;

function holds(check: (text: string) => boolean, yes: readonly string[], no: readonly string[]): void {
  for (const text of yes) assert.ok(check(text), `\`${text}\` should pass`);
  for (const text of no) assert.ok(!check(text), `\`${text}\` should not pass`);
}

test("names and paths follow the specification's syntax", () => {
  holds(isInterfaceName, ["a.b", "org.test.I_1", long(255)], ["", "a", ".a.b", "a.b.", "a..b", "a.1b", "a.b-c", "a.b c", ":1.2", "a.ü", long(256)]);
  holds(isMemberName, ["M", "_m1"], ["", "1m", "a.b", "a-b", "x".repeat(256)]);
  holds(isUniqueName, [":1.2", ":1.a-b", ":0.0"], [":1", ":", "1.2", ":1..2", ":1.2.", ": 1.2"]);
  holds(isWellKnownName, ["org.test", "org.test-x.Y", "a.b"], ["org", "org.1x", "", ":1.2", "org.test\0"]);
  holds(isBusName, [":1.2", "org.test"], ["org", ":1"]);
  holds(isNamespace, ["org", "org.test"], ["", "org.", ":1.2"]);
  holds(isObjectPath, ["/", "/a", "/a/b_1/2"], ["", "a", "/a/", "//", "/a//b", "/a-b", "/ü"]);
});

test("signatures follow the specification's grammar and depths", () => {
  holds(
    isSignature,
    ["", "y", "a{sv}", "(i(uu)as)", "aaay", "vvv", "y".repeat(255), `${"a".repeat(32)}y`, `${"(".repeat(32)}y${")".repeat(32)}`, "a{s(iv)}"],
    [
      "a",
      "(",
      "()",
      "(i",
      "i)",
      "{sv}",
      "a{vs}",
      "a{s}",
      "a{sss}",
      "a{(i)s}",
      "z",
      "r",
      "e",
      "y".repeat(256),
      `${"a".repeat(33)}y`,
      `${"(".repeat(33)}y${")".repeat(33)}`,
      "a{sv",
      "a}",
    ],
  );
  holds(isSingleType, ["s", "a{sv}", "(ii)"], ["", "ss", "a", "(ii)i"]);
});
