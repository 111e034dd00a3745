// What no folder document of an app may hold (PortalOrigin): remembered with a plan that is used again, in memory and on disk, as it takes longer than the rest of a
// launch. A plan that holds was made from the same accounts and folders; only the environment may be another one.
import type { FrontRequest } from "../../native/front-protocol.ts";
import { readCaller } from "../host/caller.ts";
import { guardedPaths, type Installation, type Plan } from "../plan/door.ts";

export interface GuardedPaths {
  /** As text, what of the environment programs outside would be given. */
  readonly environment: string;
  readonly paths: readonly string[];
}

const known = new WeakMap<Plan, GuardedPaths>();

/** `passed`: of the request's environment. */
export function guardedFor(plan: Plan, passed: Readonly<Record<string, string>>, request: FrontRequest, installation: Installation): readonly string[] {
  const environment = JSON.stringify(passed);
  const before = known.get(plan);
  if (before?.environment === environment) return before.paths;
  const caller = readCaller(request, null);
  const paths = caller.ok ? guardedPaths({ caller: caller.value, request, installation }) : [passed["HOME"] ?? "/"];
  known.set(plan, { environment, paths });
  return paths;
}

/** Null where no app was started from the plan yet, or none that has portals. */
export function guardedKnown(plan: Plan): GuardedPaths | null {
  return known.get(plan) ?? null;
}

export function restoreGuarded(plan: Plan, guarded: GuardedPaths | null): void {
  if (guarded !== null) known.set(plan, guarded);
}
