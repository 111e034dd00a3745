// Landlock's scopes: what closes the host's abstract sockets even where the network is shared, and what to do on kernels without them. Pure.
import type { Problem } from "../manifest/origin.ts";
import { problemAt } from "../permissions/granted.ts";
import type { RunInputs } from "./inputs.ts";
import type { Plan, TakenLowerLevel } from "./plan.ts";

/** Linux 6.12. */
const FIRST_ABI_WITH_SCOPES = 6;
const LOWER_LEVEL = "abstract-sockets-reachable";

export interface Scopes {
  readonly scopes: Plan["scopes"];
  readonly lowerLevels: readonly TakenLowerLevel[];
  readonly problems: readonly Problem[];
}

/** Linux 6.12 has them (Landlock ABI 6). The front verifies and fails closed; before, an own network namespace closes abstract sockets by itself. */
export function decideScopes({ caller: { kernel, landlockAbi }, permissions }: RunInputs, sharesNetwork: boolean): Scopes {
  if (landlockAbi >= FIRST_ABI_WITH_SCOPES) return { scopes: ["abstract-unix-socket", "signal"], lowerLevels: [], problems: [] };
  if (!sharesNetwork) return { scopes: [], lowerLevels: [], problems: [] };
  const accepted = permissions.acceptedLowerLevels.get(LOWER_LEVEL);
  const origin = permissions.shared.get("network")?.origin ?? null;
  if (accepted === undefined)
    return {
      scopes: [],
      lowerLevels: [],
      problems: [problemAt(origin, "error", "plan.abstract-sockets-reachable", { kernel: `${kernel.major}.${kernel.minor}` })],
    };
  return {
    scopes: [],
    lowerLevels: [{ name: LOWER_LEVEL, because: { reason: "this kernel cannot close the host's abstract sockets", origin: accepted } }],
    problems: [],
  };
}
