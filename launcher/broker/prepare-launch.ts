// What one launch needs on the host before its sandbox is built: files that are followed, those that one which runs already is shown too, a stranger's cookie.
import type { Problem } from "../manifest/origin.ts";
import type { Plan } from "../plan/door.ts";
import { XError } from "../x11/connection.ts";
import { type Broker, logPath, runProblem } from "./broker.ts";
import { showBeside } from "./show-beside.ts";
import { makeStranger, type Stranger } from "./stranger.ts";

/** What must be there before the sandbox, and is given back after it. */
export interface PreparedLaunch {
  readonly stranger: Stranger | null;
  readonly unfollow: () => void;
  readonly notices: readonly Problem[];
}

export const NOTHING_PREPARED: PreparedLaunch = { stranger: null, unfollow: () => {}, notices: [] };

class FollowError extends Error {}

export async function prepareLaunch(broker: Broker, plan: Plan): Promise<PreparedLaunch> {
  const unfollow = await broker.binds.begin(plan.followed).catch((error: Error) => {
    throw new FollowError(error.message);
  });
  try {
    return { notices: await showBeside(broker, plan), stranger: await makeStranger(plan), unfollow };
  } catch (error) {
    unfollow();
    throw error;
  }
}

export function ownProblem(broker: Broker, error: Error): Problem {
  const key = error instanceof XError ? "run.x11-stranger" : error instanceof FollowError ? "run.bind-follow" : "run.bus-process";
  return runProblem(key, { detail: error.message, log: logPath(broker.runtimeDirectory) });
}
