// The match rules of a connection: found as each by itself would match, and without a look at each.
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { AddedRules } from "../../../dbus-proxy/connection/added-rules.ts";
import { encodeMatchRule, type MatchRule, ruleMatches } from "../../../dbus-proxy/match-rule.ts";
import { BUS, errorOf } from "../live/peer.ts";
import { playConnection } from "./played.ts";

const SIGNAL = { sender: ":1.5", path: "/a/b", interface: "i.j", member: "M", args: ["a.b", "", "c"] };
const VALUES: Readonly<Record<string, readonly string[]>> = {
  type: ["signal", "method_call"],
  sender: [":1.5", "org.own", "org.other"],
  interface: ["i.j", "i.k"],
  member: ["M", "N"],
  path: ["/a/b", "/a"],
  path_namespace: ["/a", "/b", "/"],
  arg0: ["a.b", "a"],
  arg1: ["", "x"],
  arg2: ["c", "d"],
  arg3: ["e"],
  arg0namespace: ["a", "b"],
  arg0path: ["a.b", "/"],
};
const term = fc.constantFrom(...Object.keys(VALUES)).chain((key) => fc.constantFrom(...(VALUES[key] as readonly string[])).map((value) => ({ key, value })));
const rule: fc.Arbitrary<MatchRule> = fc.uniqueArray(term, { selector: ({ key }) => key, maxLength: 6 }).map((terms) => ({ terms }));
const owns = (name: string): boolean => name === "org.own";

it("match where one of those that are there matches by itself, whatever was added and removed before", () => {
  const step = fc.record({ rule, adds: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const rules = new AddedRules();
      const plain = new Map<string, MatchRule>();
      for (const { rule: one, adds } of steps) {
        const text = encodeMatchRule(one);
        if (adds) plain.set(text, one);
        else plain.delete(text);
        if (adds) rules.set(text, { rule: one, count: 1 });
        else rules.delete(text);
        const expected = [...plain.values()].some((each) => ruleMatches(each, SIGNAL, owns));
        assert.equal(rules.askFor(SIGNAL, owns), expected);
        assert.deepEqual(
          [...rules].map(([each]) => each),
          [...plain.keys()],
        );
      }
      for (const text of plain.keys()) rules.delete(text);
      assert.deepEqual([rules.formsWith({ terms: [] }), rules.inexact], [1, 0], "nothing is left");
    }),
    { numRuns: 2_000 },
  );
});

it("of which thousands differ in what they say exactly cost one look", () => {
  const rules = new AddedRules();
  for (let index = 0; index < 4_000; index++) {
    const one = {
      terms: [
        { key: "sender", value: "org.own" },
        { key: "member", value: "M" },
        { key: "arg2", value: `x${index}` },
      ],
    };
    rules.set(encodeMatchRule(one), { rule: one, count: 1 });
  }
  let looks = 0;
  const asked = (arg: string): boolean =>
    rules.askFor({ ...SIGNAL, args: ["", "", arg] }, () => {
      looks++;
      return true;
    });
  assert.deepEqual([asked("y"), looks], [false, 0]);
  assert.deepEqual([asked("x7"), looks], [true, 1]);
});

it("have so many forms on one connection, and as many of each as there is room for", async () => {
  const one = await playConnection();
  const add = async (text: string, hears: string): Promise<string> => {
    const serial = one.app.send({ type: 1, ...BUS, member: "AddMatch", signature: "s" }, [text]);
    one.bus.answer(await one.busHears(hears));
    const answer = await one.app.reply(serial);
    return answer.header.type === 3 ? errorOf(answer) : "added";
  };
  for (let form = 0; form < 64; form++) assert.equal(await add(`arg${form}='x'`, "AddMatch"), "added");
  assert.equal(await add("arg1='x',arg2='x'", "Ping"), "LimitsExceeded");
  for (let index = 0; index < 256; index++) assert.equal(await add(`arg1='x',path_namespace='/n${index}'`, "AddMatch"), "added");
  assert.equal(await add("arg1='x',path_namespace='/n7'", "AddMatch"), "added", "once more");
  for (const rule of ["path_namespace='/n'", "arg0namespace='n'", "arg2path='/n'", "type='method_call'"])
    assert.equal(await add(`arg1='x',${rule}`, "Ping"), "LimitsExceeded");
  assert.equal(await add("arg1='y',sender='org.test.Any'", "AddMatch"), "added");
  one.close();
});
