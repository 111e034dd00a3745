import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_FORMS } from "../../../dbus-proxy/policy/argument-rules.ts";
import { readMessageRule } from "../../../dbus-proxy/policy/message-rules.ts";
import { BUS_SETS } from "../../../dbus-proxy/policy/sets/list.ts";
import { isWellKnownName } from "../../../dbus-proxy/wire/names.ts";

describe("every named set", () => {
  for (const set of BUS_SETS) {
    const parameters = set.parameter === null ? [""] : [set.parameter.ofApp("org.example.App"), ...(set.name === "own-secrets" ? ["a:b=c d'"] : [])];
    for (const parameter of parameters.filter((one) => one === "" || set.parameter?.fits(one))) {
      const { own = [], calls = [], broadcasts = [] } = set.grant(parameter);
      it(`${set.name} ${parameter} has only rules that are read, on the services that it names`, () => {
        const forms = new Map<string, number>();
        for (const [service, rule] of [...calls, ...broadcasts]) {
          const reading = readMessageRule(rule);
          assert.ok(reading.ok, `${rule}: ${JSON.stringify(reading)}`);
          assert.ok(reading.rule.member !== "" || reading.rule.granted, `${rule} leaves every method open`);
          assert.ok(set.services.includes(service), service);
          const method = `${service} ${rule.split(" ")[0]}`;
          forms.set(method, (forms.get(method) ?? 0) + 1);
        }
        assert.ok(Math.max(0, ...forms.values()) <= MAX_FORMS);
        for (const name of own) assert.ok(isWellKnownName(name.replace(/(?:\.|-)\*$/, "")), name);
        assert.ok(own.length + calls.length > 0);
      });
    }
    it(`${set.name} is explained in one sentence`, () => {
      assert.ok(set.words.length <= 120 && /^[A-Z].*\.$/.test(set.words), set.words);
      if (set.parameter !== null) assert.ok(set.parameter.fits(set.parameter.ofApp("org.example.App")));
    });
  }
});
