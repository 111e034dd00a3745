// The text of whole plans against files in test/golden/plans. `UPDATE_GOLDEN=1` rewrites them; a change is a reviewed diff. A missing file fails, and so does one
// that no case makes.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { PLAN_MESSAGES } from "../../launcher/messages/plan.ts";
import { renderProblems } from "../../launcher/messages/render.ts";
import { renderPlanText } from "../../launcher/plan/door.ts";
import { type FakeRun, planOf } from "./fake-host.ts";
import { GOLDEN_CASES } from "./golden-cases.ts";

const FOLDER = "test/golden/plans";

function textOf(run: FakeRun): string {
  const result = planOf(run);
  return result.ok ? renderPlanText(result.value) : renderProblems(result.problems, PLAN_MESSAGES);
}

describe("golden plans", () => {
  for (const [name, run] of Object.entries(GOLDEN_CASES)) {
    it(name, () => {
      const file = `${FOLDER}/${name.replaceAll(" ", "-")}.txt`;
      const text = textOf(run);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
      assert.ok(existsSync(file), `${file} is missing; UPDATE_GOLDEN=1 writes it`);
      assert.equal(text, readFileSync(file, "utf8"));
    });
  }

  it("has no file that no case makes", () => {
    const expected = Object.keys(GOLDEN_CASES).map((name) => `${name.replaceAll(" ", "-")}.txt`);
    assert.deepEqual(readdirSync(FOLDER).sort(), expected.sort());
  });
});
