// `--bind=SRC:DEST[:ro]`: a place of the host under another name, for one start. A grant like any other: what is reserved, protected, denied or limited stays so. Pure.
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
  /** The option as it was written. */
  readonly text: string;
}

export function bindQueries({ options }: RunInputs): readonly string[] {
  return options.binds.map(({ from }) => from);
}

export function bindExposures(
  { options, caller }: RunInputs,
  facts: HostFacts,
): { readonly exposures: readonly Exposure[]; readonly problems: readonly Problem[] } {
  const exposures: Exposure[] = [];
  const problems: Problem[] = [];
  for (const { from, to, mode, text } of options.binds) {
    const origin: Origin = { layer: "command-line", file: "", line: 0, column: 0, text };
    const walk = walkFacts(from, facts);
    const reserved = reservedBy(to, [`/run/user/${caller.uid}`]);
    if (walk.end === null) problems.push(problemAt(origin, "error", "plan.bind-absent", { path: from }));
    else if (reserved !== null) problems.push(problemAt(origin, "error", "plan.bind-reserved", { path: to, reserved }));
    else exposures.push({ path: from, mode, space: spaceAt(walk.real, to), because: { reason: "bound for this start", origin } });
  }
  return { exposures, problems };
}
