// The text of whole plans against files in test/golden/plans; a change is a reviewed diff.
import { describe, it } from "node:test";
import { PLAN_MESSAGES } from "../../launcher/messages/plan.ts";
import { renderProblems } from "../../launcher/messages/render.ts";
import { renderPlanText } from "../../launcher/plan/door.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { type FakeRun, planOf } from "./fake-host.ts";
import { GOLDEN_CASES } from "./golden-cases.ts";

const FOLDER = "plans";

function textOf(run: FakeRun): string {
  const result = planOf(run);
  return result.ok ? renderPlanText(result.value) : renderProblems(result.problems, PLAN_MESSAGES);
}

const fileOf = (name: string): string => name.replaceAll(" ", "-");

describe("golden plans", () => {
  for (const [name, run] of Object.entries(GOLDEN_CASES)) it(name, () => assertGolden(FOLDER, fileOf(name), textOf(run)));

  it("has no file that no case makes", () => assertNoOrphans(FOLDER, Object.keys(GOLDEN_CASES).map(fileOf)));
});
