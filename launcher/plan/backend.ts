// `--backend=bwrap`: a sandbox that bubblewrap builds is a lower level, taken only by who accepted it. Pure.
import type { Problem } from "../manifest/origin.ts";
import { problemAt } from "../permissions/granted.ts";
import type { RunInputs } from "./inputs.ts";
import type { TakenLowerLevel } from "./plan.ts";

const LOWER_LEVEL = "backend-bwrap";

export function backendProblems({ options, permissions }: RunInputs): readonly Problem[] {
  if (options.backend === "own" || permissions.acceptedLowerLevels.has(LOWER_LEVEL)) return [];
  return [problemAt(null, "error", "plan.backend-bwrap", {})];
}

export function backendLevels({ options, permissions }: RunInputs): readonly TakenLowerLevel[] {
  const origin = permissions.acceptedLowerLevels.get(LOWER_LEVEL);
  if (options.backend === "own" || origin === undefined) return [];
  return [{ name: LOWER_LEVEL, because: { reason: "bubblewrap builds the sandbox; `--dry-run=bwrap` says what it cannot", origin } }];
}
