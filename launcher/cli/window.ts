// `tsbox ps --window`: which instance a window on the caller's X display belongs to. The X server says which process connected; what the window says of
// itself (_NET_WM_PID) is a number of the app's own pid namespace, or whatever the app likes.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { listInstances, type RunningInstance } from "../instance/door.ts";
import type { Problem, Result } from "../manifest/origin.ts";
import { firstCookie, rewriteXauthority } from "../permissions/kinds/xauthority.ts";
import { parseLocalDisplay } from "../permissions/kinds/x11.ts";
import { openDisplay, XError } from "../x11/connection.ts";
import { processOfWindow, windowUnderPointer } from "../x11/windows.ts";
import { commandProblem, type Surroundings } from "./command.ts";

export interface WindowOwner {
  readonly instance: RunningInstance;
  readonly window: number;
  /** The process that connected, outside and inside. */
  readonly pid: number;
  readonly pidInside: number;
}

/** `raw`: a window's number, decimal or hexadecimal; null: the one under the pointer. */
export async function findWindowOwner(raw: string | null, surroundings: Surroundings, runtimeDirectory: string): Promise<Result<WindowOwner>> {
  const named = surroundings.environment.get("DISPLAY") ?? "";
  if (named === "") return refuse(commandProblem("ps.display-unset", {}));
  const display = parseLocalDisplay(named);
  if (display === null) return refuse(commandProblem("ps.no-display", { display: named }));
  const wanted = raw === null ? null : Number(raw);
  if (wanted !== null && (!Number.isInteger(wanted) || wanted <= 0 || wanted > 0xffff_ffff))
    return refuse(commandProblem("ps.window-number", { value: raw ?? "" }));
  try {
    const connection = await openDisplay(`/tmp/.X11-unix/X${display.number}`, cookieFor(display.number, surroundings));
    try {
      const window = wanted ?? (await windowUnderPointer(connection));
      const pid = await processOfWindow(connection, window);
      const shown = `0x${window.toString(16)}`;
      if (pid === null) return refuse(commandProblem("ps.window-nobody", { window: shown }));
      const instance = instanceOf(pid, listInstances(surroundings.addon(), runtimeDirectory));
      if (instance === null) return refuse(commandProblem("ps.window-outside", { window: shown, pid: String(pid), name: nameOf(pid) }));
      return { ok: true, notices: [], value: { instance, window, pid, pidInside: innermostPid(pid) } };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof XError) return refuse(commandProblem("ps.window-asked", { display: named, detail: error.message }));
    throw error;
  }
}

function refuse(problem: Problem): Result<WindowOwner> {
  return { ok: false, problems: [problem] };
}

function cookieFor(number: number, { environment }: Surroundings): ReturnType<typeof firstCookie> {
  const file = environment.get("XAUTHORITY") ?? `${environment.get("HOME") ?? ""}/.Xauthority`;
  try {
    return firstCookie(rewriteXauthority(readFileSync(file), number, number, hostname(), environment.get("XAUTHLOCALHOSTNAME")));
  } catch {
    return null;
  }
}

/**
 * The instance whose init shares the process's pid namespace; of a server of an app's own (x11=nested), the one that it is kept for.
 * INVARIANT: only a process outside is asked for whom it is kept: an app chooses its own names and descriptors.
 */
function instanceOf(pid: number, instances: readonly RunningInstance[]): RunningInstance | null {
  const sharing = (one: number): RunningInstance | null => {
    const namespace = namespaceOf(one);
    return instances.find(({ childPid }) => namespace !== null && childPid !== null && childPid > 0 && namespaceOf(childPid) === namespace) ?? null;
  };
  const own = sharing(pid);
  if (own !== null) return own;
  const kept = keptFor(pid);
  return kept === null ? null : sharing(kept);
}

/** The init for whose sandbox this process is a server: its parent is the keeper (native/x11-server.c), which holds a pidfd of that init. */
function keptFor(pid: number): number | null {
  try {
    const keeper = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "";
    if (readFileSync(`/proc/${keeper}/comm`, "latin1").trim() !== "tsbox-x11" || namespaceOf(Number(keeper)) !== namespaceOf(process.pid)) return null;
    const held = readdirSync(`/proc/${keeper}/fdinfo`).map((name) => /^Pid:\s*(\d+)/m.exec(readFileSync(`/proc/${keeper}/fdinfo/${name}`, "latin1"))?.[1]);
    return Number(held.find((one) => one !== undefined && Number(one) !== pid) ?? 0) || null;
  } catch {
    return null;
  }
}

function namespaceOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

/** The last number of NSpid in proc(5). */
function innermostPid(pid: number): number {
  try {
    const line = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return Number(line?.[1]?.trim().split(/\s+/).at(-1) ?? 0);
  } catch {
    return 0;
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "?";
  }
}
