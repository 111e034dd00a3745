// Binds in the plan: places of the host under another name inside. A file is followed where the folder of its place inside is one that it can be replaced in
// (followed-binds.ts); everything else is mounted as it is. Pure.
import type { HostFacts } from "../host/facts.ts";
import type { Origin, Problem } from "../manifest/origin.ts";
import { problemAt, walkFacts } from "../permissions/granted.ts";
import type { Exposure } from "../permissions/kind.ts";
import type { RunInputs } from "./inputs.ts";
import { reservedBy } from "./reserved-paths.ts";
import { spaceAt } from "./spaces.ts";

export interface Bind {
  /** Absolute, on the host. */
  readonly from: string;
  /** Absolute, inside. */
  readonly to: string;
  readonly mode: "ro" | "rw";
  readonly origin: Origin;
}

/** All of them, what an app gives on to its part last. */
export function bindsOf({ permissions, caller, options }: Pick<RunInputs, "permissions" | "caller" | "options">): readonly Bind[] {
  const absolute = (path: string): string => (path.startsWith("~/") ? `${caller.home}${path.slice(1)}` : path);
  return [...permissions.binds.map(({ from, to, mode, origin }) => ({ from: absolute(from), to: absolute(to), mode, origin })), ...options.binds];
}

const OPENED = /^\/run\/tsbox\/opened-[0-9a-f]{16}\/[^/]+$/;

/** Where a file lies that was opened with an app: the one place that is ours where a bind may be. */
export function isOpened(to: string): boolean {
  return OPENED.test(to);
}

export function bindProblems(inputs: RunInputs, facts: HostFacts): readonly Problem[] {
  return bindsOf(inputs).flatMap(({ from, to, origin }) => {
    const reserved = isOpened(to) ? null : reservedBy(to, [`/run/user/${inputs.caller.uid}`]);
    if (walkFacts(from, facts).end === null) return [problemAt(origin, "error", "plan.bind-absent", { path: from })];
    return reserved === null ? [] : [problemAt(origin, "error", "plan.bind-reserved", { path: to, reserved })];
  });
}

export function bindExposure({ from, to, mode, origin }: Bind, facts: HostFacts): Exposure {
  return { path: from, mode, space: spaceAt(walkFacts(from, facts).real, to), because: { reason: "bound under another name", origin } };
}
