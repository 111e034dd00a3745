import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ArgumentCondition, isPlainPath, type MessageBody, selectTexts } from "../../../dbus-proxy/policy/argument-conditions.ts";
import { MAX_FORMS } from "../../../dbus-proxy/policy/argument-rules.ts";
import { allowedBecause, allowedBySpecial, refusalOf, wantsBody } from "../../../dbus-proxy/policy/decide.ts";
import { parseMessageRule, readMessageRule, renderMessageRule, ruleForPolicy } from "../../../dbus-proxy/policy/message-rules.ts";
import { CompiledPolicy, type Standing } from "../../../dbus-proxy/policy/standing.ts";

const MESSAGE = { type: 1, flags: 0, destination: "org.a", path: "/a", interface: "i.j", member: "M" } as const;

function standing(...rules: readonly string[]): Standing {
  const calls = rules.map((rule) => ({ name: "org.a", rule, because: rule }));
  return new CompiledPolicy({ filter: true, sloppyNames: false, names: [], calls, broadcasts: [], hidden: [] }).standingOf("org.a");
}

function because(rules: readonly string[], body: MessageBody | undefined, message: Partial<typeof MESSAGE> = {}, granted: readonly string[] = []) {
  const circumstances = { body, isGranted: (path: string) => granted.includes(path) };
  return allowedBySpecial(standing(...rules).calls, { ...MESSAGE, ...message }, circumstances)?.because;
}

const texts = (...values: readonly string[]): MessageBody => ({ signature: "s".repeat(values.length), values });
const variant = (signature: string, value: MessageBody["values"][number]) => ({ signature, value });

describe("a rule with conditions on arguments", () => {
  const cases: readonly [rule: string, allowed: readonly MessageBody[], refused: readonly (MessageBody | undefined)[]][] = [
    ["i.j.M arg0=x", [texts("x"), texts("x", "y"), { signature: "o", values: ["x"] }], [texts("y"), texts("xx"), texts(""), texts(), undefined]],
    ["i.j.M@/a arg1='two words'", [texts("x", "two words")], [texts("two words"), texts("x", "two")]],
    ["i.j.M arg0=", [texts("")], [texts("x"), texts()]],
    ["i.j.M arg0='it'\\''s'", [texts("it's")], [texts("its")]],
    ["i.j.M arg0prefix=org.x.", [texts("org.x.y"), texts("org.x.")], [texts("org.x"), texts("a.org.x.")]],
    [
      "i.j.M arg0path=/a/b",
      [texts("/a/b"), texts("/a/b/c")],
      [texts("/a/bc"), texts("/a"), texts("/a/b/../c"), texts("/a/b/./c"), texts("/a/b//c"), texts("/a/b/")],
    ],
    ["i.j.M arg0path=/", [texts("/"), texts("/x")], [texts("x"), texts("/../x")]],
    [
      "i.j.M arg0=7 arg1=true",
      [
        { signature: "ub", values: [7, true] },
        { signature: "tb", values: [7n, true] },
      ],
      [
        { signature: "ub", values: [7, false] },
        { signature: "db", values: [7, true] },
      ],
    ],
    [
      "i.j.M arg0[k]",
      [{ signature: "a{ss}", values: [[["k", ""]]] }],
      [{ signature: "a{ss}", values: [[["x", "k"]]] }, { signature: "a(ss)", values: [[["k", ""]]] }, texts("k")],
    ],
    [
      "i.j.M arg0[k]=v",
      [
        {
          signature: "a{sv}",
          values: [
            [
              ["k", variant("s", "v")],
              ["l", variant("u", 1)],
            ],
          ],
        },
        { signature: "a{sv}", values: [[["k", variant("v", variant("s", "v"))]]] },
      ],
      [
        { signature: "a{sv}", values: [[["k", variant("s", "w")]]] },
        { signature: "a{sv}", values: [[["k", variant("as", ["v"])]]] },
      ],
    ],
    [
      "i.j.M arg0[k][a]prefix=o.",
      [{ signature: "a{sv}", values: [[["k", variant("a{ss}", [["a", "o.x"]])]]] }],
      [
        { signature: "a{sv}", values: [[["k", variant("a{ss}", [["b", "o.x"]])]]] },
        { signature: "a{ss}", values: [[["k", "o.x"]]] },
      ],
    ],
  ];
  for (const [rule, allowed, refused] of cases) {
    it(`${rule} allows what it says and nothing else`, () => {
      for (const body of allowed) assert.equal(because([rule], body), rule, JSON.stringify(body.signature));
      for (const body of refused) assert.equal(because([rule], body), undefined, body?.signature);
      assert.equal(allowedBecause(standing(rule), MESSAGE), undefined, "the header alone decides nothing");
      assert.ok(wantsBody(standing(rule).calls, MESSAGE));
    });
  }

  it("takes a key that stands twice for none, since receivers differ in which of the two they take", () => {
    const twice = (first: string, second: string): MessageBody => ({
      signature: "a{ss}",
      values: [
        [
          ["k", first],
          ["k", second],
        ],
      ],
    });
    for (const body of [twice("v", "w"), twice("w", "v"), twice("v", "v")]) assert.equal(because(["i.j.M arg0[k]=v"], body), undefined);
  });

  it("still limits path, interface and member, and several rules add up", () => {
    const rules = ["i.j.M@/a/* arg0=x", "i.j.N arg0=y", "@/b arg0=z"];
    assert.equal(because(rules, texts("x")), rules[0]);
    assert.equal(because(rules, texts("x"), { path: "/a/b" as "/a" }), rules[0]);
    assert.equal(because(rules, texts("x"), { path: "/ab" as "/a" }), undefined);
    assert.equal(because(rules, texts("y")), undefined);
    assert.equal(because(rules, texts("y"), { member: "N" as "M" }), rules[1]);
    assert.equal(because(rules, texts("z"), { path: "/b" as "/a", interface: "" as "i.j" }), rules[2]);
  });

  it("gives way to one without, which needs no argument", () => {
    const both = standing("i.j.M arg0=x", "i.j.M");
    assert.equal(allowedBecause(both, MESSAGE), "i.j.M");
  });

  it("speaks of objects that an answer granted", () => {
    assert.equal(because(["i.j.M@granted"], undefined, {}, ["/a"]), "i.j.M@granted");
    assert.equal(because(["i.j.M@granted"], undefined, {}, ["/b"]), undefined);
    const several: MessageBody = { signature: "ao", values: [["/x", "/y"]] };
    assert.equal(because(["i.j.M arg0granted"], several, {}, ["/x", "/y"]), "i.j.M arg0granted");
    assert.equal(because(["i.j.M arg0granted"], several, {}, ["/x"]), undefined);
    assert.equal(because(["i.j.M arg0granted"], texts("/x"), {}, ["/x"]), undefined);
  });

  it("is named where a call has other arguments", () => {
    const text = refusalOf(standing("i.j.M arg0=x"), MESSAGE, undefined).text;
    assert.equal(text, "this sandbox may not call `i.j.M` at `/a` with these arguments; it may by `i.j.M arg0=x`");
  });

  it(`may have ${MAX_FORMS} different forms for one method, and one more allows nothing`, () => {
    const rules = Array.from({ length: MAX_FORMS + 1 }, (_, index) => `i.j.M arg${index}=x`);
    const body = texts(...Array<string>(MAX_FORMS).fill("-"), "x");
    assert.equal(because(rules, body), undefined);
    assert.equal(because(rules.slice(1), body), rules.at(-1));
  });
});

describe("a rule that names all keys of a dictionary", () => {
  const RULE = "i.j.M arg0[label]=mine arg0only=label,color";
  const dictionary = (...keys: readonly string[]): MessageBody => ({ signature: "a{ss}", values: [keys.map((key) => [key, "mine"])] });

  it("lets those pass, and no other key beside them", () => {
    for (const keys of [["label"], ["color", "label"]]) assert.equal(because([RULE], dictionary(...keys)), RULE);
    for (const keys of [["label", "type"], ["type", "label", "color"], ["color"], []]) assert.equal(because([RULE], dictionary(...keys)), undefined);
    assert.equal(because(["i.j.M arg0only=label"], dictionary()), "i.j.M arg0only=label");
  });

  it("trusts no key that stands twice, and nothing that is no dictionary of texts", () => {
    for (const body of [dictionary("label", "color", "color"), texts("label"), texts(), { signature: "a{us}", values: [[[1, "mine"]]] } as MessageBody])
      for (const rule of [RULE, "i.j.M arg0only=color,label"]) assert.equal(because([rule], body), undefined);
    const inside: MessageBody = { signature: "a{sv}", values: [[["deep", variant("a{ss}", [["label", "x"]])]]] };
    assert.equal(because(["i.j.M arg0[deep]only=label"], inside), "i.j.M arg0[deep]only=label");
    assert.equal(because(["i.j.M arg0[deep]only=other"], inside), undefined);
  });
});

describe("the writing of rules", () => {
  it("is one for all rules that mean the same, and a reader that knows no words finds nothing to allow in those with some", () => {
    const written: Readonly<Record<string, string>> = {
      "*": "*",
      "": "*",
      "*@/a": "@/a",
      "@/*": "*",
      "i.j.*@/a/*": "i.j.*@/a/*",
      "i.j.M  arg1=b arg0='a'": "i.j.M arg0=a arg1=b",
      "* arg0='x y'": "* arg0='x y'",
      " arg0=x": "* arg0=x",
      "i.j.M@granted forgets": "i.j.M@granted forgets",
      "i.j.M grants=/a/* arg0[k]": "i.j.M arg0[k] grants=/a/*",
      "i.j.M arg0only=b.c,a": "i.j.M arg0only=a,b.c",
    };
    for (const [text, wanted] of Object.entries(written)) {
      const reading = readMessageRule(text);
      assert.ok(reading.ok, text);
      assert.equal(renderMessageRule(reading.rule), wanted);
      const again = parseMessageRule(wanted);
      assert.equal(again && renderMessageRule(again), wanted);
      if (wanted.includes(" ")) assert.ok(!ruleForPolicy(wanted).startsWith("*"));
    }
  });

  it("tells what is wrong, and where", () => {
    const faults: readonly (readonly [text: string, fault: string, part: string, at: number])[] = [
      ["i", "method", "i", 0],
      ["i.j.", "method", "i.j.", 0],
      ["*x", "method", "*x", 0],
      ["i.j.M@", "path", "", 6],
      ["i.j.M@a", "path", "a", 6],
      ["i.j.M@/a/", "path", "/a/", 6],
      ["i.j.M arg64=x", "word", "arg64=x", 6],
      ["i.j.M arg0", "word", "arg0", 6],
      ["i.j.M arg0suffix=x", "word", "arg0suffix=x", 6],
      ["i.j.M arg0path=x", "word", "arg0path=x", 6],
      ["i.j.M arg0prefix=", "word", "arg0prefix=", 6],
      ["i.j.M arg0only=", "word", "arg0only=", 6],
      ["i.j.M arg0only=a,,b", "word", "arg0only=a,,b", 6],
      ["i.j.M arg00=x", "word", "arg00=x", 6],
      ["i.j.M arg0[k]granted", "word", "arg0[k]granted", 6],
      ["i.j.M grants=/a", "word", "grants=/a", 6],
      ["i.j.M arg0='x", "quote", "i.j.M arg0='x", 11],
    ];
    for (const [text, fault, part, at] of faults) {
      assert.deepEqual(readMessageRule(text), { ok: false, fault, part, at }, text);
      if (text.includes(" ")) assert.equal(parseMessageRule(text), undefined);
    }
  });
});

it("many rules of many forms answer as each by itself would", () => {
  const words = fc.constantFrom("a", "ab", "abc", "b", "", "/a", "/a/b", "/a/bc");
  const condition: fc.Arbitrary<ArgumentCondition> = fc
    .record({ index: fc.nat(1), comparison: fc.constantFrom("is", "prefix", "path"), text: words })
    .filter(({ comparison, text }) => comparison === "is" || (comparison === "prefix" ? text !== "" : text.startsWith("/")))
    .map((one) => ({ ...one, keys: [] }) as ArgumentCondition);
  const holds = (one: ArgumentCondition, body: MessageBody): boolean => {
    const [text] = selectTexts(body, one) ?? [];
    if (text === undefined) return false;
    if (one.comparison === "is") return text === one.text;
    if (one.comparison === "prefix") return text.startsWith(one.text);
    return isPlainPath(text) && (text === one.text || text.startsWith(`${one.text}/`));
  };
  const rules = fc.array(fc.uniqueArray(condition, { maxLength: 2, minLength: 1, selector: (one) => one.index }), { maxLength: 12 });
  fc.assert(
    fc.property(rules, fc.array(words, { maxLength: 2 }), (lists, values) => {
      const body = texts(...values);
      const written = lists.map((conditions) =>
        renderMessageRule({ interface: "i.j", member: "M", path: "", below: false, granted: false, conditions, grants: "", forgets: false }),
      );
      const fitting = written.filter((_, index) => lists[index]?.every((one) => holds(one, body)));
      const found = because(written, body);
      assert.equal(found !== undefined, fitting.length > 0);
      if (found !== undefined) assert.ok(fitting.includes(found));
    }),
    { numRuns: 3000 },
  );
});
