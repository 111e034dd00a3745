import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeMatchRule, type MatchedSignal, parseMatchRule, ruleMatches } from "../../dbus-proxy/match-rule.ts";

function rebuilt(text: string): string {
  const parsed = parseMatchRule(text);
  return parsed.ok ? encodeMatchRule(parsed.rule) : `refused: ${parsed.because}`;
}

test("rules are rebuilt in one writing, whatever quotes and blanks they came with", () => {
  assert.equal(rebuilt("type='signal',member='M'"), "member='M',type='signal'");
  assert.equal(rebuilt(" member=M , type=signal"), "refused: malformed value of `member`");
  assert.equal(rebuilt(" member=M, type=signal"), "member='M',type='signal'");
  assert.equal(rebuilt("arg0='a,b'"), "arg0='a,b'");
  assert.equal(rebuilt("arg0=it\\'s"), "arg0='it'\\''s'");
  assert.equal(rebuilt("arg0='it'\\''s'"), "arg0='it'\\''s'");
  assert.equal(rebuilt("arg0=''"), "arg0=''");
  assert.equal(rebuilt(""), "");
});

test("what is written is read back as the same rule", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), fc.string({ maxLength: 30 }), (a, b) => {
      const text = encodeMatchRule({
        terms: [
          { key: "arg0", value: a },
          { key: "arg1path", value: b },
        ],
      });
      const parsed = parseMatchRule(text);
      assert.ok(parsed.ok);
      assert.equal(encodeMatchRule(parsed.rule), text);
      assert.deepEqual(
        parsed.rule.terms.map((term) => term.value),
        [a, b],
      );
    }),
  );
});

test("a rule that eavesdrops is known for it however it is written, and a text that only looks like one is not", () => {
  for (const text of [
    "eavesdrop=true",
    "eavesdrop='true'",
    "eavesdrop ='true'",
    "eavesdrop\t=true",
    "type='signal',\r\n eavesdrop\n='true'",
    "eavesdrop=false",
    "eavesdrop='t'rue",
  ]) {
    const parsed = parseMatchRule(text);
    assert.ok(parsed.ok && parsed.eavesdrops, JSON.stringify(text));
  }
  const quoted = parseMatchRule("arg0='eavesdrop=true'");
  assert.ok(quoted.ok && !quoted.eavesdrops);
  assert.equal(rebuilt("arg0='eavesdrop=true'"), "arg0='eavesdrop=true'");
});

test("malformed rules are refused with a reason", () => {
  for (const text of [
    "x",
    "foo=bar",
    "constructor=x",
    "__proto__=x",
    "type=call",
    "type='signal",
    "member=a.b",
    "path=a",
    "sender=x",
    "arg64=a",
    "arg01=a",
    "arg-1=a",
    "arg0pathx=a",
    "eavesdrop=1",
    "member=M,member=M",
    "path=/a,path_namespace=/a",
    "=x",
    `arg0=${"x".repeat(1100)}`,
  ])
    assert.match(rebuilt(text), /^refused: /, text);
});

const signal: MatchedSignal = { sender: ":1.5", path: "/a/b", interface: "org.test.I", member: "M", args: ["org.test.N", "/x/y", "/z/"] };
const matches = (text: string): boolean => {
  const parsed = parseMatchRule(text);
  assert.ok(parsed.ok);
  return ruleMatches(parsed.rule, signal, (name) => name === "org.test.Owner");
};

test("rules match signals as the specification says", () => {
  for (const text of [
    "",
    "type=signal",
    "sender=:1.5",
    "sender=org.test.Owner",
    "path=/a/b",
    "path_namespace=/a",
    "path_namespace=/",
    "path_namespace=/a/b",
    "arg0=org.test.N",
    "arg0namespace=org.test",
    "arg0namespace=org",
    "arg1path=/x/",
    "arg1path=/x/y",
    "arg2path=/z/deep",
    "interface=org.test.I,member=M",
  ])
    assert.ok(matches(text), text);
  for (const text of [
    "type=error",
    "sender=:1.6",
    "sender=org.test.Other",
    "path=/a",
    "path_namespace=/a/",
    "path_namespace=/a/bb",
    "arg0=org.test",
    "arg0namespace=org.tes",
    "arg2=x",
    "arg3=x",
    "arg1path=/x",
    "arg2path=/zz",
    "destination=:1.1",
    "member=N",
  ]) {
    const parsed = parseMatchRule(text);
    assert.ok(!parsed.ok || !ruleMatches(parsed.rule, signal, () => false), text);
  }
});
