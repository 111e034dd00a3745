// The warm way from a request to a plan: one that was made before, if the host is as it was. What is loaded at a broker's start ends here; the whole way lies in
// a bundle of its own (answer-anew.ts).
import type { Addon } from "../../native/addon.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { prepareHost } from "../host/door.ts";
import type { Problem } from "../manifest/origin.ts";
import type { Plan } from "../plan/door.ts";
import { whyBusUnreachable } from "./bus-reach.ts";
import { whyHandedOver } from "./hand-over.ts";
import type { ReadyRun } from "./launch.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { Timing } from "./timing.ts";
import { unseenArguments } from "./unseen-arguments.ts";

export type Prepared =
  | { readonly kind: "refused"; readonly problems: readonly Problem[] }
  /** `--dry-run`. */
  | { readonly kind: "printed"; readonly text: string; readonly plan: Plan; readonly notices: readonly Problem[] }
  | ({ readonly kind: "ready" } & ReadyRun);

export interface Launching {
  readonly addon: Addon;
  readonly request: FrontRequest;
  readonly timing: Timing;
  readonly cache: PlanCache;
  /** Told as soon as it is known; a plan that then differs, or none, is the front's loss of time and nothing else. */
  readonly namespaces: (own: Plan["namespaces"]) => void;
}

/** Undefined where there is none that holds. */
export function reuseRun(run: Launching): Prepared | undefined {
  const known = run.cache.take(run.request);
  if (known === undefined) return undefined;
  run.namespaces(known.plan.namespaces);
  run.timing.mark("remembered plan");
  if (known.preparations.length > 0) {
    const made = prepareHost(known.preparations, () => run.addon);
    if (!made.ok) return { kind: "refused", problems: made.problems };
  }
  const holds = known.fingerprint.stillHolds();
  run.timing.mark("fingerprint");
  if (!holds) {
    run.cache.forget(known);
    return undefined;
  }
  run.cache.remember(known);
  return finishPlan(run, { ...known, appAt: known.words.length - 1 });
}

/** A plan that may be followed if the buses answer and nobody else has the app's names: they are asked while the front builds. */
export function finishPlan(run: Pick<Launching, "addon" | "timing" | "request">, ready: Omit<ReadyRun, "timing" | "whyNot">): Prepared {
  const { addon, timing, request } = run;
  const whyNot = async (): Promise<Problem | undefined> =>
    (await whyHandedOver(addon, ready.plan, request.runtimeDirectory)) ?? whyBusUnreachable(addon, ready.plan);
  // Of these words alone: it is not kept with the plan.
  const unseen = ready.part === undefined ? unseenArguments(ready.plan, request.argv, request.cwd) : [];
  return { kind: "ready", ...ready, notices: [...ready.notices, ...unseen], timing, whyNot };
}
