// Plans that were made before, each with everything that it was made from. One is used again only where all of it is still the same: the words of the request,
// what was read of the environment, every file that spoke or could have spoken, and every fact of the host, which is asked anew each time.
import { statSync } from "node:fs";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { HostFacts, HostQueries } from "../host/door.ts";
import type { Problem } from "../manifest/origin.ts";
import type { Plan, Preparation } from "../plan/door.ts";
import type { RecordedEnvironment } from "./recorded-environment.ts";
import { isSameFacts } from "./same-facts.ts";

export interface RememberedPlan {
  /** The request's argv up to the app's name; what follows is the app's, and the plan speaks of it by its place only. */
  readonly words: readonly string[];
  readonly hasArguments: boolean;
  /** The rest of the request but its environment, as one text. */
  readonly rest: string;
  readonly environment: RecordedEnvironment;
  /** Path to what stat said, absent ones as well. */
  readonly files: ReadonlyMap<string, string>;
  readonly preparations: readonly Preparation[];
  readonly queries: HostQueries;
  readonly facts: HostFacts;
  readonly plan: Plan;
  readonly notices: readonly Problem[];
  readonly printTiming: boolean;
}

export interface PlanCache {
  /**
   * Takes out what may still hold for this request. Its facts are to be probed and compared by `agrees`; only one that agrees is remembered again.
   * INVARIANT: so one that was wrong once is never asked again.
   */
  take(request: FrontRequest): RememberedPlan | undefined;
  remember(plan: RememberedPlan): void;
}

const MOST_PLANS = 64;
/** Coarser than any file system's clock (FAT: 2 s). */
const RACY_MILLISECONDS = 2500;

export function createPlanCache(): PlanCache {
  // In order of use: the first is the one that nobody asked for longest.
  const plans: RememberedPlan[] = [];
  return {
    take(request) {
      const at = plans.findIndex((plan) => matchesRequest(plan, request));
      const [plan] = at < 0 ? [] : plans.splice(at, 1);
      // One whose files changed is never right again.
      if (plan === undefined || [...plan.files].some(([path, identity]) => fileIdentity(path) !== identity)) return undefined;
      return plan;
    },
    remember(plan) {
      plans.push(plan);
      if (plans.length > MOST_PLANS) plans.shift();
    },
  };
}

export function agrees(plan: RememberedPlan, facts: HostFacts): boolean {
  return isSameFacts(plan.facts, facts);
}

/** Everything of a request but argv and environment. */
export function restOfRequest(request: FrontRequest): string {
  const { cwd, standard, descriptors, umask, uid, gid, runtimeDirectory, runtimeDirectoryIsFallback, hostname } = request;
  return JSON.stringify([cwd, standard, descriptors, umask, uid, gid, runtimeDirectory, runtimeDirectoryIsFallback, hostname]);
}

/** Null where one changed so shortly before `since` (milliseconds of the epoch) that a change while it was being read might not show. */
export function identifyFiles(paths: Iterable<string>, since: number): ReadonlyMap<string, string> | null {
  const identities = new Map<string, string>();
  for (const path of paths) {
    const changed = statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
    if (changed > since - RACY_MILLISECONDS) return null;
    identities.set(path, fileIdentity(path));
  }
  return identities;
}

function matchesRequest(plan: RememberedPlan, request: FrontRequest): boolean {
  const { words } = plan;
  if (request.argv.length < words.length || request.argv.length > words.length !== plan.hasArguments) return false;
  return words.every((word, index) => request.argv[index] === word) && restOfRequest(request) === plan.rest && plan.environment.agreesWith(request.environment);
}

/** Device, inode, size, and both times: an edit in place changes a time, an atomic replacement the inode. */
function fileIdentity(path: string): string {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? "absent" : `${found.dev} ${found.ino} ${found.mode} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}
