// Plans that were made before, each with everything that it was made from. One is used again only where all of it is still the same: the words of the request,
// what was read of the environment, every file that spoke or could have spoken, and every fact of the host, which is asked anew each time.
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { Fingerprint } from "../host/door.ts";
import type { Problem } from "../manifest/origin.ts";
import type { Plan, Preparation } from "../plan/door.ts";
import type { KeptPlans } from "./kept-plans.ts";
import type { RecordedEnvironment } from "./recorded-environment.ts";
import type { RunEncoding } from "./run-encoding.ts";

export interface RememberedPlan {
  /** The request's argv up to the app's name; what follows is the app's, and the plan speaks of it by its place only. */
  readonly words: readonly string[];
  readonly hasArguments: boolean;
  /** The rest of the request but its environment, as one text. */
  readonly rest: string;
  readonly environment: RecordedEnvironment;
  /** Of every file that spoke or could have spoken, and of everything that was seen of the host. */
  readonly fingerprint: Fingerprint;
  /** What could not be made, and is tried again each time. */
  readonly preparations: readonly Preparation[];
  readonly plan: Plan;
  readonly encoding: RunEncoding;
  readonly notices: readonly Problem[];
  readonly printTiming: boolean;
}

export interface PlanCache {
  /**
   * Takes out what may still hold for this request. Its fingerprint is to be asked; only one that still holds is remembered again.
   * INVARIANT: so one that was wrong once is never asked again.
   */
  take(request: FrontRequest): RememberedPlan | undefined;
  /** The one that was taken does not hold. */
  forget(plan: RememberedPlan): void;
  remember(plan: RememberedPlan): void;
  /** Writes down what this broker made itself, when nobody waits. */
  keep(): void;
}

const MOST_PLANS = 64;

/** `kept`: what earlier brokers left, null for none. */
export function createPlanCache(kept: KeptPlans | null): PlanCache {
  // In order of use: the first is the one that nobody asked for longest.
  const plans: RememberedPlan[] = [];
  const onDisk = new WeakSet<RememberedPlan>();
  return {
    take(request) {
      const at = plans.findIndex((plan) => matchesRequest(plan, request));
      if (at >= 0) return plans.splice(at, 1)[0];
      const plan = kept?.load(request);
      if (plan === undefined || !matchesRequest(plan, request)) return undefined;
      onDisk.add(plan);
      return plan;
    },
    forget: (plan) => kept?.forget(plan),
    remember(plan) {
      plans.push(plan);
      if (plans.length > MOST_PLANS) plans.shift();
    },
    keep() {
      if (kept === null) return;
      for (const plan of plans) {
        if (onDisk.has(plan) || plan.encoding.kept === null) continue;
        kept.keep(plan);
        onDisk.add(plan);
      }
    },
  };
}

/** Everything of a request but argv and environment. */
export function restOfRequest(request: FrontRequest): string {
  const { cwd, standard, descriptors, umask, uid, gid, runtimeDirectory, runtimeDirectoryIsFallback, hostname } = request;
  return JSON.stringify([cwd, standard, descriptors, umask, uid, gid, runtimeDirectory, runtimeDirectoryIsFallback, hostname]);
}

function matchesRequest(plan: RememberedPlan, request: FrontRequest): boolean {
  const { words } = plan;
  if (request.argv.length < words.length || request.argv.length > words.length !== plan.hasArguments) return false;
  return words.every((word, index) => request.argv[index] === word) && restOfRequest(request) === plan.rest && plan.environment.agreesWith(request.environment);
}
