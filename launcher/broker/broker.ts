// What one broker is made of. Built once by main.ts and handed down: nothing here lives at module level.
import type { Addon } from "../../native/addon.ts";
import type { Problem } from "../manifest/origin.ts";
import type { Installation } from "../plan/door.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import type { AppEvents } from "./app-events.ts";
import type { BindFollower } from "./follow-binds.ts";
import type { BusLink } from "./bus-link.ts";
import type { Launches } from "./launches.ts";
import type { Listings } from "./listings.ts";
import type { LiveInstances } from "./live.ts";
import type { BrokerLog } from "./log.ts";
import type { Portals } from "./portals.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { SubSandboxes } from "./sub-sandboxes.ts";

export interface Broker {
  readonly addon: Addon;
  readonly runtimeDirectory: string;
  readonly installation: Installation;
  readonly uid: number;
  readonly launches: Launches;
  readonly listings: Listings;
  readonly bus: BusLink;
  readonly log: BrokerLog;
  readonly portals: Portals;
  readonly binds: BindFollower;
  readonly events: AppEvents;
  readonly plans: PlanCache;
  readonly parts: SubSandboxes;
  readonly live: LiveInstances;
  /** Tells the user of a failed start, or of what an app was started for and does not see, where no terminal does. */
  tellUser(request: FrontRequest, problems: readonly Problem[]): void;
}

/** Where the socket, its lock and the log lie. */
export function stateDirectory(runtimeDirectory: string): string {
  return `${runtimeDirectory}/tsbox`;
}

/** Cookies of strangers that the X server knows, one file for each instance. */
export function strangersFolder(runtimeDirectory: string): string {
  return `${stateDirectory(runtimeDirectory)}/strangers`;
}

export function logPath(runtimeDirectory: string): string {
  return `${stateDirectory(runtimeDirectory)}/broker.log`;
}

/** A problem of a run that stands in no file. */
export function runProblem(key: string, values: Readonly<Record<string, string>>): Problem {
  return { key, file: "", line: 0, column: 0, values, severity: "error" };
}
