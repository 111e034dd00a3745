// The ends of what rules and policies may say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCondition, renderCondition, selectTexts } from "../../../dbus-proxy/policy/argument-conditions.ts";
import { readMessageRule, parseMessageRule } from "../../../dbus-proxy/policy/message-rules.ts";
import { NameAliases } from "../../../dbus-proxy/policy/name-aliases.ts";
import { ownSecrets } from "../../../dbus-proxy/policy/sets/own-secrets.ts";
import { CompiledPolicy, NONE, OWN, TALK } from "../../../dbus-proxy/policy/standing.ts";
import { policyOf, talk } from "../connection/played.ts";

test("conditions are written as they are read, of every kind", () => {
  for (const word of ["arg0granted", "arg3own", "arg0[k]", "arg0[a][b]=x", "arg0prefix=x", "arg0path=/a", "arg1='it'\\''s'"]) {
    const read = parseCondition(word.replace("'it'\\''s'", "it's"));
    assert.ok(read !== undefined, word);
    assert.equal(renderCondition(read), word);
  }
});

test("nothing compares where the argument is of another kind", () => {
  const select = (signature: string, values: Parameters<typeof selectTexts>[0]["values"], word: string): unknown => {
    const read = parseCondition(word);
    assert.ok(read !== undefined);
    return selectTexts({ signature, values }, read);
  };
  assert.deepEqual(select("o", ["/a"], "arg0granted"), ["/a"]);
  assert.equal(select("s", ["/a"], "arg0granted"), undefined);
  assert.equal(select("u", [7], "arg0[k]"), undefined);
  assert.equal(select("a{sv}", [[["k", { signature: "u", value: 7 }]]], "arg0[k][l]=x"), undefined);
  assert.equal(select("as", [["x"]], "arg0=x"), undefined);
});

test("a rule longer than any is refused, and one of the original's kind without a dot names an interface", () => {
  const long = readMessageRule(`i.j.M arg0=${"x".repeat(3000)}`);
  assert.ok(!long.ok && long.fault === "word");
  assert.deepEqual([parseMessageRule("interface")?.interface, parseMessageRule("interface")?.member], ["interface", ""]);
});

test("names are moved by their deepest stem, and one that would become too long stays", () => {
  const aliases = new NameAliases([
    { inside: "org.a", outside: "org.b" },
    { inside: "org.a.x", outside: `org.${"long".repeat(20)}` },
  ]);
  assert.equal(aliases.outside("org.a.x.y"), `org.${"long".repeat(20)}.y`);
  assert.equal(aliases.outside("org.ax"), "org.ax");
  assert.equal(aliases.outside(":1.5"), ":1.5");
  const name = `org.a.x.${"y".repeat(200)}`;
  assert.equal(aliases.outside(name), name);
});

test("a policy with a rule that nobody can read gives nothing by it, and without aliases has none", () => {
  const policy = new CompiledPolicy(policyOf({ calls: [{ name: "org.a", rule: "i.j.M arg0~x", because: "test" }], aliases: [] }));
  assert.deepEqual([policy.standingOf("org.a").level, policy.aliases, policy.hasSpecialRules], [NONE, undefined, false]);
});

test("signals that make the filter forget are listened for at their path, or at any", () => {
  const rules = ["a.b.Gone@/x forgets", "a.b.Gone forgets", "@/y forgets", "a.b.Told"].map((rule) => ({ name: "org.a", rule, because: "test" }));
  assert.deepEqual(
    [...new CompiledPolicy(policyOf({ broadcasts: rules })).ownMatchRules()],
    ["type='signal',sender='org.a',interface='a.b',member='Gone',path_namespace='/x'", "type='signal',sender='org.a',interface='a.b',member='Gone'"],
  );
});

test("what is remembered of names is bounded, and the same again afterwards", () => {
  const policy = new CompiledPolicy(policyOf({ names: [talk("org.a.*")] }));
  for (let index = 0; index < 10_000; index++) assert.equal(policy.standingOf(`org.a.N${index}`).level, TALK);
  for (let index = 0; index < 10_000; index++) assert.equal(policy.standingOf(`org.b.N${index}`).level, NONE);
  assert.equal(policy.standingOf("org.a.N1").level, TALK);
});

test("a name that is hidden only as the host's stays open where the broker serves it", () => {
  const names = [talk("org.a", "own"), talk("org.c")];
  const hidden = [
    { name: "org.a", because: "test", onlyOnBus: true },
    { name: "org.c.*", because: "always" },
    { name: "org.c.*", because: "again", onlyOnBus: true },
  ];
  const policy = new CompiledPolicy(policyOf({ names, hidden }));
  assert.deepEqual([policy.standingOf("org.a").level, policy.standingOfServed("org.a").level], [NONE, OWN]);
  assert.deepEqual([policy.standingOf("org.c").level, policy.standingOfServed("org.c").level, policy.hiddenBecause("org.c.x")], [NONE, NONE, "always"]);
});

test("a mark of own secrets that is not the app's id is somebody else's too", () => {
  const isOfOthers = (text: string, appId: string | null): boolean => ownSecrets.parameter?.isOfOthers?.(text, appId) === true;
  assert.deepEqual(
    [
      isOfOthers("org.a.App", "org.a.App"),
      isOfOthers("app=org.a.App.x", "org.a.App"),
      isOfOthers("app=org.a.Apple", "org.a.App"),
      isOfOthers("org.a.App", null),
    ],
    [false, false, true, true],
  );
  const { calls = [] } = ownSecrets.grant("app=mine");
  assert.ok(calls.some(([, rule]) => rule.includes("arg0[app]=mine")));
});
