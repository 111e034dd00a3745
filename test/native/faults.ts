// A whole start with one system call that fails: which calls there are, and what came of it. See fault-injector.c for how a call is made to fail.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { startBus } from "../support/bus.ts";
import { findTsbox, makeProbe } from "../support/sandbox.ts";
import { startProcess } from "../support/process.ts";
import type { Session } from "../support/session.ts";

export const ERRORS = ["EPERM", "ENOMEM", "ENOSYS", "EINTR"] as const;

export interface Call {
  /** `front`, `init` (with everything that builds the sandbox), `connector`, or `app` until it executes its program. */
  readonly process: string;
  readonly name: string;
  readonly number: number;
  /** Which of the process' calls of that name. */
  readonly count: number;
  readonly argument: string;
}

export interface Fault extends Call {
  readonly error: string;
}

export interface Outcome {
  /** `refused`: nothing ran. `same`: what ran is what runs without a fault. `ended`: it was, and ended early. Else what is wrong. */
  readonly kind: "refused" | "same" | "ended" | "wrong";
  readonly detail: string;
  /** False where the call did not come in this run. */
  readonly hit: boolean;
}

export interface FaultRig {
  readonly calls: readonly Call[];
  run(fault: Fault): Promise<Outcome>;
}

interface Raw {
  readonly marker: boolean;
  readonly status: string;
  readonly left: number;
  readonly state: string;
  readonly hit: boolean;
  readonly calls: readonly Call[];
  readonly errors: string;
}

const SOURCE = resolve("test/native/fault-injector.c");
const HEADERS = ["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"];
const APP = "org.example.Faults";
const CONNECTOR = "state connector\n";

function buildInjector(): string {
  const binary = resolve("build/test/fault-injector");
  if (existsSync(binary) && statSync(binary).mtimeMs > statSync(SOURCE).mtimeMs) return binary;
  mkdirSync(resolve("build/test"), { recursive: true });
  execFileSync("cc", ["-O1", "-Wall", "-Wextra", "-Werror", "-o", `${binary}.${process.pid}`, SOURCE], { stdio: ["ignore", "inherit", "inherit"] });
  renameSync(`${binary}.${process.pid}`, binary);
  return binary;
}

function callNames(): ReadonlyMap<number, string> {
  const header = HEADERS.find((path) => existsSync(path));
  if (header === undefined) throw new Error("linux-libc-dev brings the numbers of system calls; `test/setup` installs it");
  return new Map([...readFileSync(header, "utf8").matchAll(/^#define __NR_(\w+)\s+(\d+)/gm)].map((match) => [Number(match[2]), match[1] ?? ""]));
}

/**
 * What does not change from run to run. What the bus process sends the connector may come before or after we look; the masks of init and the connector are nobody's
 * protection, and differ with the way in which the sandbox' process came to be.
 */
function comparable(report: string): string {
  const lines: string[] = [];
  let role = "";
  for (const line of report.split("\n")) {
    if (/^(call|fault|end) /.test(line)) continue;
    role = /^state (\w+)/.exec(line)?.[1] ?? role;
    if (role !== "app" && /^status (Umask|SigBlk)/.test(line)) continue;
    if (role === "connector" && /^fd (3|[7-9]|\d\d+) /.test(line)) continue;
    lines.push(line.replace(/^mountinfo \d+ \d+ \d+:\d+ /, "mount ").replace(/\.flatpak\/\d+/g, ".flatpak/N"));
  }
  return lines.join("\n");
}

function difference(before: string, after: string): string {
  const [left, right] = [before.split("\n"), after.split("\n")];
  const gone = left.filter((line) => !right.includes(line)).map((line) => `- ${line}`);
  const come = right.filter((line) => !left.includes(line)).map((line) => `+ ${line}`);
  return [...gone, ...come].slice(0, 8).join("\n") || "the same lines in another order";
}

/** Folders may go while we read. */
function namesBelow(folder: string, prefix = ""): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .flatMap((entry) => [prefix + entry.name, ...(entry.isDirectory() ? namesBelow(join(folder, entry.name), `${prefix}${entry.name}/`) : [])])
      .sort();
  } catch {
    return [];
  }
}

/** Opens an app with a session bus and a warm broker, and looks at one undisturbed start. */
export async function openFaultRig(session: Session): Promise<FaultRig> {
  await startBus(session);
  const injector = buildInjector();
  const names = callNames();
  const tsbox = await findTsbox(session);
  const shared = session.makeFolder("shared");
  const marker = join(shared, "marker");
  const report = join(session.scratch, "report");
  const probe = await makeProbe(session, "[Context]\nfilesystems=~/shared;\n", APP);
  await probe.act([`create ${marker}`]);

  const start = async (mode: string): Promise<Raw> => {
    rmSync(marker, { force: true });
    const { uid, gid } = session.account;
    const outcome = await startProcess([injector, mode, report, String(uid), String(gid), tsbox, "run", APP, "do", `create ${marker}`], {
      environment: session.environment,
      cwd: session.home,
      limit: 40_000,
    }).ended;
    const text = existsSync(report) ? readFileSync(report, "utf8") : "";
    const end = /^end (\S+) left (\d+)$/m.exec(text);
    return {
      marker: existsSync(marker),
      status: end?.[1] ?? `no end: the injector ended with ${outcome.status}`,
      left: Number(end?.[2] ?? 0),
      state: comparable(text),
      hit: /^fault /m.test(text),
      errors: outcome.stderr,
      calls: [...text.matchAll(/^call (\w+) (\d+) (\d+) (\w+)$/gm)].map(([, role = "", number, count, argument = ""]) => ({
        process: role,
        name: names.get(Number(number)) ?? String(number),
        number: Number(number),
        count: Number(count),
        argument,
      })),
    };
  };

  let undisturbed = await start("list");
  if (!undisturbed.marker || undisturbed.status !== "0") throw new Error(`an undisturbed start ended with ${undisturbed.status}\n${undisturbed.errors}`);
  let files = await settled(session.runtimeDirectory, []);
  const mounts = (): string => readFileSync("/proc/self/mountinfo", "utf8");
  const before = mounts();

  /** The host itself may have changed meanwhile (a package was installed): then the undisturbed start shows it too. */
  const isSame = async (state: string): Promise<boolean> => {
    if (state === undisturbed.state) return true;
    undisturbed = await start("list");
    return state === undisturbed.state;
  };

  const judge = async (raw: Raw): Promise<Omit<Outcome, "hit">> => {
    const said = `status ${raw.status}, ${raw.errors.trim().split("\n")[0] ?? ""}`;
    if (raw.status === "hangs" || raw.status.startsWith("no end")) return { kind: "wrong", detail: `it hangs; ${said}` };
    if (raw.left > 0) return { kind: "wrong", detail: `${raw.left} processes left; ${said}` };
    if (mounts() !== before) return { kind: "wrong", detail: `a mount is left; ${said}` };
    const now = await settled(session.runtimeDirectory, files);
    if (now.join("\n") !== files.join("\n")) {
      const detail = `files: ${difference(files.join("\n"), now.join("\n"))}; ${said}`;
      files = now;
      return { kind: "wrong", detail };
    }
    if (!raw.marker) return raw.status === "0" ? { kind: "wrong", detail: "it ended well and did nothing" } : { kind: "refused", detail: said };
    // Nothing but the connector is missing, or was just leaving when it was looked at: its work ended before the app's began.
    const [others = "", connector = ""] = raw.state.split(CONNECTOR);
    if (
      !(connector.includes("\nmount ") && connector.includes("\nfd ")) &&
      (await isSame(`${others}${CONNECTOR}${undisturbed.state.split(CONNECTOR)[1] ?? ""}`))
    )
      return { kind: "ended", detail: `without its connector; ${said}` };
    if (!(await isSame(raw.state))) return { kind: "wrong", detail: `it runs differently: ${difference(undisturbed.state, raw.state)}; ${said}` };
    return raw.status === "0" ? { kind: "same", detail: said } : { kind: "ended", detail: said };
  };

  return {
    calls: undisturbed.calls,
    run: async (fault) => {
      const raw = await start(`${fault.process}:${fault.number}:${fault.count}:${fault.error}`);
      return { ...(await judge(raw)), hit: raw.hit };
    },
  };
}

/** The names in the runtime directory, once they are those that were expected (at first: no instance and no app) or two seconds have gone by: the broker removes them a moment later. */
async function settled(folder: string, expected: readonly string[]): Promise<readonly string[]> {
  for (let round = 0; ; round++) {
    // Below tsbox/ lies what is the broker's own, such as plans that it keeps for the next start.
    const names = namesBelow(folder).filter((name) => !name.startsWith("tsbox/"));
    const clean = expected.length > 0 ? names.join("\n") === expected.join("\n") : !names.some((name) => name.startsWith(".flatpak/"));
    if (clean || round > 80) return names;
    await new Promise((done) => setTimeout(done, 25));
  }
}
