// The door of launcher/plan. In the order of a run: preparationsForRun → prepareHost → queriesForRun → probeHost → planRun → encodeRun (or one of the renderers).
import type { HostFacts, HostQueries } from "../host/facts.ts";
import type { Result } from "../manifest/origin.ts";
import { buildPlan } from "./build.ts";
import type { RunInputs } from "./inputs.ts";
import type { Plan, Preparation } from "./plan.ts";
import { collectPreparations } from "./preparations.ts";
import { collectQueries } from "./queries.ts";

export type { Bind } from "./binds.ts";
export { followedFolder } from "./followed.ts";
export { takesPlaces } from "./landlock.ts";
export { openedFolder } from "./followed-binds.ts";
export { guardedPaths } from "./guards.ts";
export { decideAccess, type DecidedAccess, fileAccess, seesPath } from "./file-access.ts";
export { allAppsFolder, appFolder as appDataFolder } from "./folders.ts";
export type { Because, Operation, Plan, Preparation, FollowedFile } from "./plan.ts";
export type { Installation, RunInputs, RunOptions } from "./inputs.ts";
export { DEFAULT_RUN_OPTIONS } from "./inputs.ts";
export { programProblems, programQueries } from "./program.ts";
export { encodeRun } from "./encode.ts";
export {
  limitPermissions,
  placeInData,
  rightsOf,
  type SandboxRights,
  type SubSandboxLimits,
  type SubSandboxPlace,
  whyBeyond,
  withoutNames,
} from "./sub-sandbox.ts";
export { type Layers, layersOf } from "./layers.ts";
export { viewsOf } from "./views.ts";
export { renderPlanText } from "./render-text.ts";
export { renderPlanJson } from "./render-json.ts";
export { renderPlanBwrap } from "./render-bwrap.ts";

/** What must exist before the host is probed. Pure. Not carried out for `--dry-run`. */
export function preparationsForRun(inputs: RunInputs): readonly Preparation[] {
  return collectPreparations(inputs);
}

/** What the plan wants to know of the host. Pure. */
export function queriesForRun(inputs: RunInputs): HostQueries {
  return collectQueries(inputs);
}

/** The plan of one run, or what stands in its way with the lines it comes from. Notices (permissions not given yet, absent devices) come with the value. Pure. */
export function planRun(inputs: RunInputs, facts: HostFacts): Result<Plan> {
  return buildPlan(inputs, facts);
}
