// No hand-over: many programs pass what they were asked to one of theirs that runs already. Where that one runs outside the app's instances the work would be done
// out there, with all the user's rights, so the start stops. The filter holds the same for whoever takes the name later (dbus-proxy/policy, `refusesHandOver`).
import { readFileSync } from "node:fs";
import type { Addon, SystemError } from "../../native/addon.ts";
import { type OwnedName, ownersOf } from "../../dbus-proxy/name-owners.ts";
import { listInstances } from "../instance/door.ts";
import { countedNames, patternCovers } from "../manifest/door.ts";
import type { Problem } from "../manifest/origin.ts";
import type { Plan } from "../plan/door.ts";
import { runProblem } from "./broker.ts";
import { systemText } from "./system-text.ts";
import { now } from "./timing.ts";

const PATIENCE_MILLISECONDS = 2_000;
/** For what is on its way out. */
const LEAVING_MILLISECONDS = 1_000;
const PAUSE_MILLISECONDS = 20;
const CONNECTOR = "tsbox-connector";

/** The problem where a name that the app may own belongs to somebody outside its instances, or where the bus does not tell. */
export async function whyHandedOver(addon: Addon, plan: Plan, runtimeDirectory: string): Promise<Problem | undefined> {
  for (const until = now() + LEAVING_MILLISECONDS; ; await new Promise((done) => setTimeout(done, PAUSE_MILLISECONDS))) {
    const found = await ownerOutside(addon, plan, runtimeDirectory);
    if (found === undefined || "key" in found) return found;
    // Who starts an app again right after its end may be faster than the bus is told of that end.
    if (!isLeaving(found.pid) || now() > until)
      return runProblem("run.handed-over", { name: found.name, program: programOf(found.pid), pid: String(found.pid) });
  }
}

async function ownerOutside(addon: Addon, plan: Plan, runtimeDirectory: string): Promise<OwnedName | Problem | undefined> {
  const session = plan.buses.find((bus) => bus.name === "session");
  if (session === undefined || session.name !== "session") return undefined;
  const { address, policy } = session;
  const own = policy.filter ? countedNames(policy.names) : [`${plan.appId}.*`];
  let found: readonly OwnedName[] | undefined;
  try {
    found = await ownersOf(addon, { address, uid: process.geteuid?.() ?? 0, patience: PATIENCE_MILLISECONDS }, (name) =>
      own.some((one) => patternCovers(one, name)),
    );
  } catch (error) {
    return runProblem("run.bus-refused", { bus: "session", address, system: systemText((error as SystemError).code) });
  }
  if (found === undefined) return runProblem("run.bus-silent", { address });
  if (found.length === 0) return undefined;
  const fronts = frontsOf(addon, plan.appId, runtimeDirectory);
  return found.find(({ pid }) => !fronts.has(parentOf(pid) ?? 0));
}

/** The process has ended, or is the connector of an instance that has. */
function isLeaving(pid: number): boolean {
  return parentOf(pid) === null || programOf(pid) === CONNECTOR;
}

/** Process ids of the fronts of the app's running instances, by our own records: a front's children are the instance's init and its connector, which the buses see. */
function frontsOf(addon: Addon, appId: string, runtimeDirectory: string): ReadonlySet<number> {
  const ours = listInstances(addon, runtimeDirectory).filter((instance) => instance.appId === appId);
  return new Set(ours.flatMap(({ pid }) => pid ?? []));
}

/** Null where it has ended. */
function parentOf(pid: number): number | null {
  try {
    const found = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "a program";
  }
}
