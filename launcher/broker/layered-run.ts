// The broker's part of `run --try`: which folder the layers lie in, and making them once the plan says which there are.
import type { RunLine } from "../cli/run.ts";
import type { HostFacts } from "../host/door.ts";
import { wordsOf } from "../manifest/door.ts";
import type { Problem, Result } from "../manifest/origin.ts";
import { layersOf, type Plan, type RunInputs } from "../plan/door.ts";
import { begunTry, makeTry, triesFolder, TRY_VARIABLE } from "../try/door.ts";
import { runProblem } from "./broker.ts";
import type { RunRequest } from "./prepare-run.ts";

/** Null without `--try`. `state`: tsbox's own state folder. */
export function layersFor({ request, part }: RunRequest, line: RunLine, state: string): Result<string | null> {
  const failed = (key: string): Result<string | null> => ({ ok: false, problems: [runProblem(key, {})] });
  if (line.layered === null) return { ok: true, value: null, notices: [] };
  // A part would have layers of its own, or none: what one writes the other would not see, or the host would.
  if (part !== undefined) return failed("run.try-part");
  // Bubblewrap of this host makes overlays, but none that several binds are taken out of.
  if (line.backend !== "own" || line.dryRun === "bwrap") return failed("run.try-backend");
  const folder = line.dryRun === null ? begunTry(state, request.environment.get(TRY_VARIABLE)) : `${triesFolder(state)}/NEW`;
  return folder === null ? failed("run.try-folder") : { ok: true, value: folder, notices: [] };
}

export function takeLayers(plan: Plan, inputs: RunInputs, facts: HostFacts): Problem | null {
  try {
    makeTry(inputs.options.layers as string, plan.appId, layersOf(plan, inputs, facts));
    return null;
  } catch (error) {
    return runProblem("run.try-layers", { system: wordsOf(error as NodeJS.ErrnoException) });
  }
}
