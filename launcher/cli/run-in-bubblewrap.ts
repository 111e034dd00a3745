// `tsbox run --backend=bwrap`: the plan that the broker would make, carried out by the bubblewrap of this host. No broker, no bus, no instance: what bubblewrap
// cannot say is the lower level `backend-bwrap`, and without it nothing starts.
import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { constants, hostname, userInfo } from "node:os";
import { dirname } from "node:path";
import type { DescriptorKind, FrontRequest } from "../../native/front-protocol.ts";
import { createPlanCache } from "../broker/plan-cache.ts";
import { prepareRun } from "../broker/prepare-run.ts";
import { now, startTiming } from "../broker/timing.ts";
import { encodeForBwrap } from "../plan/in-bwrap-words.ts";
import { allValues, commandProblem, type Invocation, type Outcome, OWN_FAILURE_STATUS, refuse, type Surroundings } from "./command.ts";

const BUBBLEWRAP = "/usr/bin/bwrap";
/** O_CLOEXEC as /proc shows it (asm-generic/fcntl.h). */
const CLOSE_ON_EXEC = 0o2000000;
const BLOB = /^\0\d+$/;
const SIGNALLED = 128;
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

export async function runInBubblewrap(invocation: Invocation, surroundings: Surroundings, catalogue: string): Promise<Outcome> {
  const failed = (key: string, values: Readonly<Record<string, string>>): Outcome => ({
    status: OWN_FAILURE_STATUS,
    output: "",
    problems: [commandProblem(key, values)],
  });
  const request = requestOf(invocation, surroundings);
  const folder = realpathSync(dirname(catalogue));
  const addon = surroundings.addon();
  const installation = { binary: `${folder}/bin/tsbox`, folder, node: realpathSync(process.execPath) };
  const prepared = await prepareRun({
    addon,
    request,
    invocation,
    installation,
    appAt: 1,
    timing: startTiming(now),
    cache: createPlanCache(null),
    namespaces: () => {},
  });
  if (prepared.kind === "refused") return refuse(...prepared.problems);
  if (prepared.kind === "printed") return { status: 0, output: prepared.text, problems: prepared.notices };
  const { plan } = prepared;
  const encoded = encodeForBwrap(plan, request.environment, plan.callerArgumentsFrom === null ? [] : request.argv.slice(plan.callerArgumentsFrom));
  if ("unknown" in encoded) return failed("run.backend-bwrap-word", { word: encoded.unknown });
  // Only what bubblewrap reads, and closes: another descriptor would be the app's.
  const used = encoded.arguments.flatMap((word) => (BLOB.test(word) ? [Number(word.slice(1))] : []));
  const data = used.map((blob) => {
    const memory = addon.memfd("tsbox-data", encoded.blobs[blob] as Uint8Array);
    const reader = openSync(`/proc/self/fd/${memory}`, "r");
    addon.close(memory);
    return reader;
  });
  // The app's descriptors keep their numbers; the data goes behind them.
  const first = Math.max(2, ...plan.keepDescriptors) + 1;
  const kept = Array.from({ length: first }, (_, number) => (number <= 2 || plan.keepDescriptors.includes(number) ? number : ("ignore" as const)));
  const words = encoded.arguments.map((word) => (BLOB.test(word) ? String(first + used.indexOf(Number(word.slice(1)))) : word));
  closeInherited(plan.keepDescriptors);
  return new Promise((settle) => {
    const child = spawn(BUBBLEWRAP, words, { stdio: [...kept, ...data], env: { PATH: "/usr/bin:/bin" } });
    for (const reader of data) closeSync(reader);
    // From a terminal the program has its own copy; what a process sends to this one alone is meant for it.
    for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
    child.on("error", (error) => settle(failed("run.backend-bwrap-absent", { program: BUBBLEWRAP, system: error.message })));
    child.on("exit", (status, signal) => settle({ status: status ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]), output: "", problems: [] }));
    process.stderr.write(plan.notices.map((notice) => `${notice}\n`).join(""));
  });
}

/** What the caller left open and nobody named: bubblewrap would hand it on. All that Node opens itself closes by itself. */
function closeInherited(kept: readonly number[]): void {
  for (const descriptor of readdirSync("/proc/self/fd").map(Number)) {
    if (descriptor <= 2 || kept.includes(descriptor) || !isOpen(descriptor)) continue;
    const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1] ?? "", 8);
    if ((flags & CLOSE_ON_EXEC) === 0) closeSync(descriptor);
  }
}

function requestOf(invocation: Invocation, { environment, workingDirectory, runtimeDirectory }: Surroundings): FrontRequest {
  const { uid, gid } = userInfo();
  const fallback = `/tmp/tsbox-${uid}`;
  return {
    argv: ["run", ...invocation.positionals],
    cwd: workingDirectory,
    environment,
    standard: [kindOf(0), kindOf(1), kindOf(2)],
    descriptors: allValues(invocation, "fd").map(Number).filter(isOpen),
    umask: process.umask(),
    uid,
    gid,
    runtimeDirectory: runtimeDirectory ?? fallback,
    runtimeDirectoryIsFallback: runtimeDirectory === null || runtimeDirectory === fallback,
    hostname: hostname(),
  };
}

function kindOf(descriptor: number): DescriptorKind {
  return isOpen(descriptor) && fstatSync(descriptor).isDirectory() ? "directory" : "file";
}

function isOpen(descriptor: number): boolean {
  try {
    return fstatSync(descriptor) !== null;
  } catch {
    return false;
  }
}
