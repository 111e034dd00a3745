// The sandbox alone, without broker and buses: set-up and tear-down by the number of binds, many at once, many alive. tsbox's C part under bwrap's words, beside
// bwrap, the container runtimes and what a bare `unshare` costs.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Result } from "./comparisons.ts";
import { type Line, parseAnswer, renderJob, type Samples } from "./job.ts";
import { listProcesses } from "./memory.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";
import { summarise } from "./statistics.ts";

/** Binds beside the base, with the rounds that the slowest peer allows. */
const SIZES: readonly (readonly [binds: number, mostRounds: number])[] = [
  [0, 40],
  [10, 40],
  [60, 40],
  [300, 15],
  [1000, 5],
];
const CROWDS = [1, 10, 50] as const;
const CROWD_BINDS = 60;
const CROWD_ROUNDS = 10;
const ALIVE = 1000;
const WARM_UP = 1;
const OURS = "tsbox-bwrap";

export interface SandboxWishes {
  readonly rounds: number;
  readonly isWanted: (part: "binds" | "at-once" | "alive") => boolean;
  /** Hears of peers that do not run here. */
  readonly say: (text: string) => void;
}

export async function measureSandboxes(place: Place, installed: Installed | undefined, wishes: SandboxWishes): Promise<readonly Result[]> {
  const { rounds, isWanted } = wishes;
  if (installed === undefined || !(["binds", "at-once", "alive"] as const).some(isWanted)) return [];
  const folders = makeFolders(place);
  const results: Result[] = [];
  if (isWanted("binds")) results.push(...measureBinds(place, installed, folders, wishes));
  if (isWanted("at-once")) results.push(...measureCrowds(place, installed, folders, Math.min(rounds, CROWD_ROUNDS)));
  if (isWanted("alive")) results.push(...(await measureAlive(place, installed)));
  return results;
}

function makeFolders(place: Place): readonly string[] {
  const above = join(place.directory, "binds");
  const most = Math.max(...SIZES.map(([binds]) => binds));
  place.run(["sh", "-c", 'mkdir "$1" && cd "$1" && mkdir $(seq 0 "$2")', "sh", above, String(most - 1)]);
  return Array.from({ length: most }, (_, index) => join(above, String(index)));
}

function bwrapWords(place: Place, launcher: string, folders: readonly string[], command: readonly string[]): readonly string[] {
  const base = ["--unshare-all", "--die-with-parent", "--ro-bind", "/usr", "/usr", "--ro-bind", place.tools, "/tools", "--proc", "/proc", "--dev", "/dev"];
  return [launcher, ...base, ...folders.flatMap((folder) => ["--ro-bind", folder, folder]), "--", "/tools/probe", ...command];
}

/** A bundle with just the same mounts; a text where the runtime is not installed or does not run here without privilege. */
function containerLine(place: Place, runtime: "crun" | "runc", folders: readonly string[]): Line | string {
  const bundle = join(place.directory, `${runtime}-${folders.length}`);
  const state = join(place.directory, `${runtime}-state`);
  const written = place.run(["sh", "-c", `mkdir -p "$1/rootfs" "$2" && cd "$1" && rm -f config.json && ${runtime} spec --rootless`, "sh", bundle, state]);
  if (written.status !== 0) return written.stderr.trim();
  const file = join(bundle, "config.json");
  const specification = JSON.parse(readFileSync(file, "utf8")) as { process: Record<string, unknown>; mounts: unknown[]; linux: Record<string, unknown> };
  const bind = (source: string, destination: string): unknown => ({ source, destination, type: "bind", options: ["rbind", "ro"] });
  Object.assign(specification.process, { terminal: false, args: ["/tools/probe", "main"] });
  specification.mounts.push(bind("/usr", "/usr"), bind(place.tools, "/tools"), ...folders.map((folder) => bind(folder, folder)));
  specification.linux["resources"] = undefined;
  specification.linux["cgroupsPath"] = undefined;
  writeFileSync(file, JSON.stringify(specification));
  const options = runtime === "crun" ? ["--cgroup-manager=disabled"] : [];
  const words = [runtime, ...options, "--root", state, "run", "--bundle", bundle, `bench-${folders.length}`];
  const tried = place.run(words);
  if (tried.status !== 0) return tried.stderr.trim();
  return { name: runtime, arguments: words, lacks: "a container's protections, other than a desktop program's" };
}

function measureBinds(place: Place, installed: Installed, folders: readonly string[], { rounds, say }: SandboxWishes): readonly Result[] {
  const results: Result[] = [];
  const empty = new Map<string, number>();
  for (const [binds, mostRounds] of SIZES) {
    const some = folders.slice(0, binds);
    const lines: Line[] = [
      { name: OURS, arguments: bwrapWords(place, installed.bwrap, some, ["main"]), lacks: "-" },
      { name: "bwrap", arguments: bwrapWords(place, "bwrap", some, ["main"]), lacks: "-" },
      ...(["crun", "runc"] as const).flatMap((runtime) => {
        const line = containerLine(place, runtime, some);
        if (typeof line !== "string") return line;
        if (binds === 0) say(`without ${runtime}: ${line}`);
        return [];
      }),
      ...(binds === 0 ? [unshareLine(place)] : []),
    ];
    const samples = play(place, lines, Math.min(rounds, mostRounds));
    const median = (line: string): number => middle(samples, line, "main");
    if (binds === 0) for (const { name } of lines) empty.set(name, median(name));
    for (const { name } of lines.slice(1)) {
      const n = samples.get(name)?.times.get("main")?.length ?? 0;
      results.push(resultOf(`binds-${binds}-set-up`, name, median(OURS), median(name), "ms", n));
      results.push(resultOf(`binds-${binds}-tear-down`, name, tearDown(samples, OURS), tearDown(samples, name), "ms", n));
      // What the binds themselves cost: beside nothing at all, a start of a process and of its namespaces is most of what is measured.
      const added = (line: string): number => median(line) - (empty.get(line) ?? 0);
      if (binds > 0) results.push(resultOf(`binds-${binds}-alone`, name, added(OURS), added(name), "ms", n));
      if (binds > 0) results.push(resultOf(`binds-${binds}-each`, name, (1000 * added(OURS)) / binds, (1000 * added(name)) / binds, "us", n));
    }
  }
  return results;
}

function unshareLine(place: Place): Line {
  const words = ["unshare", "--user", "--map-current-user", "--mount", "--pid", "--ipc", "--net", "--uts", "--cgroup", "--fork", "--kill-child"];
  return { name: "unshare", arguments: [...words, "--", join(place.tools, "probe"), "main"], lacks: "everything but the namespaces" };
}

function measureCrowds(place: Place, installed: Installed, folders: readonly string[], rounds: number): readonly Result[] {
  const some = folders.slice(0, CROWD_BINDS);
  return CROWDS.flatMap((count) => {
    const crowd = (name: string, launcher: string): Line => ({
      name,
      arguments: [join(place.tools, "crowd"), String(count), ...bwrapWords(place, launcher, some, ["main"])],
      lacks: "-",
    });
    const samples = play(place, [crowd(OURS, installed.bwrap), crowd("bwrap", "/usr/bin/bwrap")], rounds);
    const n = samples.get("bwrap")?.times.get("exit")?.length ?? 0;
    return [resultOf(`at-once-${count}`, "bwrap", middle(samples, OURS, "exit"), middle(samples, "bwrap", "exit"), "ms", n)];
  });
}

/** What stays of a sandbox: private memory of its own processes, and what the kernel keeps for it. */
async function measureAlive(place: Place, installed: Installed): Promise<readonly Result[]> {
  // Twice in turn: the first of all fills caches of the kernel that stay, and what ended a moment ago is still being let go.
  const launchers = [installed.bwrap, "/usr/bin/bwrap"];
  const rounds: Alive[][] = [];
  for (let round = 0; round < 2; round++) {
    const found: Alive[] = [];
    for (const launcher of launchers) found.push(await aliveOf(place, launcher));
    rounds.push(found);
  }
  const [ours, theirs] = launchers.map((_, index) => rounds.map((found) => found[index] as Alive).reduce((a, b) => (a.kernelEach < b.kernelEach ? a : b))) as [
    Alive,
    Alive,
  ];
  return [
    resultOf(`alive-${ALIVE}-private-each`, "bwrap", ours.privateEach, theirs.privateEach, "KiB", 1),
    resultOf(`alive-${ALIVE}-kernel-each`, "bwrap", ours.kernelEach, theirs.kernelEach, "KiB", 1),
  ];
}

interface Alive {
  readonly privateEach: number;
  readonly kernelEach: number;
}

const SETTLED_MILLISECONDS = 3_000;

async function aliveOf(place: Place, launcher: string): Promise<Alive> {
  const words = bwrapWords(place, launcher, [], ["stay"]).flatMap((word) => (word === "--" ? ["--unsetenv", "DBUS_SESSION_BUS_ADDRESS", "--"] : [word]));
  await wait(SETTLED_MILLISECONDS);
  const before = kernelMemory();
  const crowd = place.start([join(place.tools, "crowd"), "--stay", String(ALIVE), ...words], { input: true });
  await new Promise<void>((resolve, reject) => {
    crowd.stdout?.once("data", () => resolve());
    crowd.once("exit", () => reject(new Error(`${launcher}: ${ALIVE} of them do not stay`)));
  });
  await wait(SETTLED_MILLISECONDS);
  const after = kernelMemory();
  const pids = listProcesses().filter(({ words: [program = ""] }) => program === launcher || program === "tsbox-init");
  const sampled = place.run([join(place.tools, "memory"), ...pids.map(({ pid }) => `p=${pid}`)]).stdout;
  const total = sampled.split("\n").reduce((sum, line) => sum + Number(line.split(" ")[3] ?? 0), 0);
  crowd.stdin?.end();
  await new Promise((resolve) => crowd.once("exit", resolve));
  return { privateEach: total / ALIVE, kernelEach: (after - before) / ALIVE };
}

/** Slab, stacks, page tables and per-processor memory, in KiB (proc(5)). */
function kernelMemory(): number {
  const wanted = new Set(["Slab", "KernelStack", "PageTables", "SecPageTables", "Percpu"]);
  return readFileSync("/proc/meminfo", "utf8")
    .split("\n")
    .reduce((sum, line) => (wanted.has(line.split(":")[0] ?? "") ? sum + Number(/\d+/.exec(line)?.[0]) : sum), 0);
}

function play(place: Place, lines: readonly Line[], rounds: number): ReadonlyMap<string, Samples> {
  const job = join(place.directory, "sandboxes-job");
  mkdirSync(place.directory, { recursive: true });
  writeFileSync(job, renderJob(lines, rounds, WARM_UP, place.environment));
  const ran = place.run([join(place.tools, "spawner"), job]);
  if (ran.status !== 0) throw new Error(`the spawner ended with ${ran.status}: ${ran.stderr.trim()}`);
  return parseAnswer(ran.stdout, lines);
}

function middle(samples: ReadonlyMap<string, Samples>, line: string, metric: "main" | "exit"): number {
  return summarise(samples.get(line)?.times.get(metric) ?? [])?.median ?? Number.NaN;
}

/** From the program's first statement, which ends at once, to the launcher's own end. */
function tearDown(samples: ReadonlyMap<string, Samples>, line: string): number {
  const times = samples.get(line)?.times;
  const [main = [], exit = []] = [times?.get("main"), times?.get("exit")];
  return summarise(exit.map((value, index) => value - (main[index] ?? 0)))?.median ?? Number.NaN;
}

function resultOf(name: string, peer: string, ours: number, theirs: number, unit: string, n: number): Result {
  const short = (value: number): number => Number(value.toFixed(3));
  return { case: name, peer, ours: short(ours), theirs: short(theirs), unit, ratio: short(ours / theirs), n };
}
