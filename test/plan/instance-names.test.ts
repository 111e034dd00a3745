// The bus names of named instances: what its program calls by the app's name is the instance's own on the bus.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NameRule, ProxyPolicy } from "../../dbus-proxy/policy/policy.ts";
import type { AppId } from "../../launcher/manifest/door.ts";
import { ofInstance } from "../../launcher/plan/instance-names.ts";

const ID = "org.example.App" as AppId;

function policyOf(...rules: readonly (readonly [string, NameRule["level"]])[]): ProxyPolicy {
  const because = "of the test";
  return {
    filter: true,
    names: rules.map(([name, level]) => ({ name, level, because })),
    calls: [],
    broadcasts: [],
    hidden: [],
    sloppyNames: false,
  } as unknown as ProxyPolicy;
}

test("an app's own names are moved to the instance, also where it may call every name of its vendor", () => {
  for (const more of [[], [["org.example.*", "talk"]]] as const) {
    const policy = ofInstance(policyOf([ID, "own"], [`${ID}.*`, "own"], ...more), { id: `${ID}--work` as AppId });
    assert.deepEqual(
      policy.names.filter(({ level }) => level === "own").map(({ name }) => name),
      [`${ID}--work`, `${ID}--work.*`],
    );
    assert.deepEqual(policy.aliases, [{ inside: ID, outside: `${ID}--work` }]);
  }
});

test("the app itself keeps its names", () => {
  const policy = policyOf([ID, "own"], ["org.example.*", "talk"]);
  assert.equal(ofInstance(policy, { id: ID }), policy);
});
