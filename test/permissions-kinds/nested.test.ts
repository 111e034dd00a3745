// Nested sandboxes in the plan: what each level opens. What it means is shown by test/boundary/nested.test.ts.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeRun } from "../../launcher/plan/encode.ts";
import { goodPlanOf, problemsOf } from "../plan/fake-host.ts";

describe("[X-Tsbox] nested=", () => {
  const words = (plan: ReturnType<typeof goodPlanOf>): readonly string[] => encodeRun(plan, { id: "1", directory: "/d" }).arguments;

  it("none closes user namespaces, isolate and full leave them to the filter", () => {
    assert.ok(words(goodPlanOf({})).includes("--disable-userns"));
    for (const level of ["isolate", "full"]) {
      const plan = goodPlanOf({ words: { settings: { nested: level } } });
      assert.equal(plan.nested, level);
      assert.ok(!words(plan).includes("--disable-userns"));
      assert.notDeepEqual(plan.filter, goodPlanOf({}).filter);
    }
  });

  it("full alone has a whole /proc, and is refused to the superuser with its line", () => {
    const procOf = (level: string): string | undefined =>
      words(goodPlanOf({ words: { settings: { nested: level } } })).find((word) => word === "--proc" || word === "--whole-proc");
    assert.deepEqual([procOf("none"), procOf("isolate"), procOf("full")], ["--proc", "--proc", "--whole-proc"]);
    const problem = problemsOf({ words: { settings: { nested: "full" } }, caller: { uid: 0 } }).find(({ key }) => key.startsWith("plan.nested"));
    assert.deepEqual([problem?.key, problem?.line], ["plan.nested-full-as-root", 7]);
  });
});
