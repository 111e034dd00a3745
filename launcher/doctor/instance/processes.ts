// The processes of one instance, read from /proc: those in the pid namespace of its init.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ProcessFacts } from "./waiting.ts";

/** In order of their pids inside; empty where the init is gone, or where nobody may look at it. */
export function readProcesses(initPid: number): readonly ProcessFacts[] {
  const namespace = link(`/proc/${initPid}/ns/pid`);
  if (namespace === null) return [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && link(`/proc/${name}/ns/pid`) === namespace);
  return pids.flatMap((pid) => readProcess(Number(pid)) ?? []).sort((one, other) => one.inside - other.inside);
}

/** Null: it has ended meanwhile. */
function readProcess(pid: number): ProcessFacts | null {
  const status = text(`/proc/${pid}/status`);
  if (status === null) return null;
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
  // `232 0x5 0x7ff… SP PC`, `running`, or `-1 SP PC` for one that is in no call.
  const [call = "", argument = ""] = (text(`/proc/${pid}/syscall`) ?? "").trim().split(" ");
  const isCall = /^\d+$/.test(call);
  return {
    pid,
    inside: Number(field("NSpid").split("\t").at(-1) ?? pid),
    name: field("Name"),
    state: field("State").charAt(0),
    call: isCall ? Number(call) : null,
    on: isCall && /^0x[0-9a-f]{1,8}$/.test(argument) ? link(`/proc/${pid}/fd/${Number(argument)}`) : null,
  };
}

function text(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function link(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
