// The host's numbers of an app's processes and threads. INVARIANT: a number counts only where a process of this sandbox's own process namespace has it there, and that
// namespace is the one of our own record: what an app says can mean nobody else's process. One that ended meanwhile may have given its number away; who is told it
// (a service of the same user) checks the owner again.
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";
import { sandboxRecord } from "../documents/attach.ts";

const LOOK_MILLISECONDS = 100;
const MAX_THREADS = 2_000;

/** Looking through all processes takes the broker's time, which is every app's: so many looks a second for each sandbox, and the rest wait. */
export function beforeLooking(instance: PortalInstance): Promise<void> {
  const turn = instance.own("looks at processes", () => ({ next: 0 }));
  const now = Date.now();
  const at = Math.max(now, turn.next);
  turn.next = at + LOOK_MILLISECONDS;
  return at === now ? Promise.resolve() : setTimeout(at - now);
}

/** `pid` as the app knows it. Throws InvalidArgument where this sandbox has no such process. */
export function hostProcess(instance: PortalInstance, pid: number): number {
  const namespace = processNamespace(instance);
  for (const name of numbersIn("/proc")) {
    if (isIn(namespace, name) && insideNumber(`/proc/${name}/status`) === pid) return name;
  }
  throw new PortalError("InvalidArgument", "no such process in this sandbox");
}

/** `process`: the host's number; `thread` as the app knows it. Not found beyond a few thousand. */
export function hostThread(process: number, thread: number): number {
  for (const name of numbersIn(`/proc/${process}/task`).slice(0, MAX_THREADS)) if (insideNumber(`/proc/${process}/task/${name}/status`) === thread) return name;
  throw new PortalError("InvalidArgument", "no such thread of that process");
}

/** Of a process that the app holds a descriptor of (pidfd_open(2)). */
export function hostProcessOf(instance: PortalInstance, fd: number): number {
  // Of every other file the first word is another one, or the app's to choose.
  const isProcess = /^(?:anon_inode:)?\[?pidfd/.test(readlinkSync(`/proc/self/fd/${fd}`));
  const pid = Number(isProcess ? (/^Pid:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? 0) : 0);
  if (pid < 1 || !isIn(processNamespace(instance), pid)) throw new PortalError("InvalidArgument", "no descriptor of a process of this sandbox");
  return pid;
}

function processNamespace(instance: PortalInstance): number {
  const namespace = sandboxRecord(instance)["pid-namespace"];
  if (typeof namespace !== "number" || namespace === statSync("/proc/self/ns/pid").ino)
    throw new PortalError("NotAllowed", "this sandbox has no processes of its own");
  return namespace;
}

function isIn(namespace: number, pid: number): boolean {
  try {
    return statSync(`/proc/${pid}/ns/pid`).ino === namespace;
  } catch {
    // Of another user, or it has ended.
    return false;
  }
}

/** Its number in the innermost namespace that it is in. */
function insideNumber(statusFile: string): number {
  try {
    const numbers = /^NSpid:\s*(.*)$/m.exec(readFileSync(statusFile, "utf8"))?.[1]?.trim().split(/\s+/) ?? [];
    return Number(numbers.at(-1) ?? 0);
  } catch {
    return 0;
  }
}

function numbersIn(folder: string): readonly number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
