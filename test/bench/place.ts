// Where a benchmark runs: an ordinary user, a directory of his, a clean environment, a private session bus and an Xvfb of its own.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";

export interface Place {
  readonly directory: string;
  readonly home: string;
  readonly runtimeDirectory: string;
  /** Where no broker runs before each start. */
  readonly coldRuntimeDirectory: string;
  /** Where there was none before each start. */
  readonly firstRuntimeDirectory: string;
  readonly busAddress: string;
  readonly display: string | undefined;
  /** Words that empty the kernel's page cache before a start; only root can have that done. */
  readonly uncache: readonly string[] | undefined;
  readonly environment: ReadonlyMap<string, string>;
  readonly tools: string;
  readonly root: string;
  /** Directories to mount, as many as the greatest case wants. */
  readonly folders: readonly string[];
  /** `limit`: milliseconds. */
  readonly run: (words: readonly string[], more?: ReadonlyMap<string, string>, limit?: number) => Ran;
  /** Its standard output is a pipe; with `input` its standard input too. */
  readonly start: (words: readonly string[], more?: StartOptions) => ChildProcess;
  readonly end: () => void;
}

export interface StartOptions {
  readonly input?: boolean;
  readonly environment?: ReadonlyMap<string, string>;
}

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Root measures as the test user; anyone else as himself. */
function ordinaryUser(): User | undefined {
  const me = userInfo();
  if (me.uid !== 0) return { name: me.username, uid: me.uid, gid: me.gid, home: me.homedir };
  for (const name of ["tsbox-test", "tester"]) {
    const [, , uid, gid, , home] = spawnSync("getent", ["passwd", name], { encoding: "utf8" }).stdout.trim().split(":");
    if (uid !== undefined && home !== undefined) return { name, uid: Number(uid), gid: Number(gid), home };
  }
  return undefined;
}

// No service files: what a program asks for and is not there is refused at once, for every peer alike. The limits are those of a session bus.
const LIMITS = [
  "max_match_rules_per_connection",
  "max_names_per_connection",
  "max_replies_per_connection",
  "max_completed_connections",
  "max_connections_per_user",
]
  .map((name) => `<limit name="${name}">50000</limit>`)
  .join("");
const BUS_CONFIGURATION = (socket: string): string => `<busconfig><type>session</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>${LIMITS}</busconfig>\n`;

const FOLDERS = 160;

async function lineOf(child: ChildProcess, what: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${what} did not become ready`)), 10_000);
    let text = "";
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString();
      if (text.includes("\n")) {
        clearTimeout(late);
        resolve(text.split("\n")[0] ?? "");
      }
    });
    child.on("exit", () => reject(new Error(`${what} ended`)));
    child.on("error", (error) => reject(new Error(`${what}: ${error.message}`)));
  });
}

/** One record of Xauthority's format, family FamilyWild, so that it serves any host name and display number. */
function xauthority(): Buffer {
  const counted = (value: Buffer): Buffer => Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), value]);
  return Buffer.concat([
    Buffer.from([255, 255]),
    counted(Buffer.from(hostname())),
    counted(Buffer.from("")),
    counted(Buffer.from("MIT-MAGIC-COOKIE-1")),
    counted(randomBytes(16)),
  ]);
}

/** Root's hand for a benchmark that runs as somebody else: empties the page cache each time that it is told to. */
function startUncaching(directory: string, gid: number): { readonly words: readonly string[]; end(): void } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [asked, done] = [join(directory, "uncache"), join(directory, "uncached")];
  spawnSync("mkfifo", ["--mode=660", asked, done]);
  for (const path of [asked, done]) chownSync(path, 0, gid);
  const loop = 'while read -r _ <"$0"; do sync; echo 3 >/proc/sys/vm/drop_caches; echo >"$1"; done';
  const child = spawn("sh", ["-c", loop, asked, done], { stdio: "ignore" });
  return { words: ["sh", "-c", 'echo >"$0"; read -r _ <"$1"', asked, done], end: () => child.kill() };
}

const MEMORY = "/dev/shm";
const TMPFS = 0x01021994;

function isInMemory(folder: string): boolean {
  try {
    return statfsSync(folder).type === TMPFS;
  } catch {
    return false;
  }
}

export async function openPlace(root: string, tools: string): Promise<Place> {
  const user = ordinaryUser();
  if (user === undefined) throw new Error("no ordinary user to measure as: run test/setup, or run this as an ordinary user");
  const directory = mkdtempSync(join(user.home, "tsbox-bench-"));
  // As on a desktop, where the runtime directory is in memory.
  const memory = isInMemory(MEMORY) ? mkdtempSync(join(MEMORY, "tsbox-bench-")) : directory;
  const at = (name: string): string => join(name.startsWith("run") ? memory : directory, name);
  const own = (path: string): void => {
    chownSync(path, user.uid, user.gid);
    chmodSync(path, 0o700);
  };
  const started: ChildProcess[] = [];
  const uncaching = startUncaching(directory, user.gid);
  const folders = Array.from({ length: FOLDERS }, (_, index) => at(`mounts/${String(index).padStart(3, "0")}`));
  own(directory);
  own(memory);
  for (const path of [at("home"), at("run"), at("run-cold"), at("run-first"), at("mounts"), at("tools"), ...folders]) {
    mkdirSync(path);
    own(path);
  }
  for (const name of ["probe", "spawner", "with-proxy", "forget", "memory", "crowd", "filter", "bus-load"])
    copyFileSync(join(tools, name), at(`tools/${name}`));
  writeFileSync(at("filter.bpf"), spawnSync(at("tools/filter"), []).stdout);
  writeFileSync(at("bus.conf"), BUS_CONFIGURATION(at("run/bus")));
  writeFileSync(at("xauthority"), xauthority());
  own(at("xauthority"));

  const environment = new Map([
    ["HOME", at("home")],
    ["USER", user.name],
    ["LOGNAME", user.name],
    ["SHELL", "/bin/sh"],
    ["PATH", "/usr/local/bin:/usr/bin:/bin:/usr/games"],
    ["LANG", "C.UTF-8"],
    ["NO_AT_BRIDGE", "1"],
    ["GTK_A11Y", "none"],
    ["XDG_RUNTIME_DIR", at("run")],
    ["DBUS_SESSION_BUS_ADDRESS", `unix:path=${at("run/bus")}`],
  ]);
  const prefix = process.getuid?.() === 0 ? ["setpriv", "--reuid", String(user.uid), "--regid", String(user.gid), "--init-groups", "--"] : [];
  const command = (words: readonly string[]): [string, string[]] => {
    const [first = "true", ...rest] = [...prefix, ...words];
    return [first, rest];
  };
  const run = (words: readonly string[], more: ReadonlyMap<string, string> = new Map(), limit = 900_000): Ran => {
    const env = Object.fromEntries([...environment, ...more]);
    const done = spawnSync(...command(words), {
      cwd: directory,
      env,
      encoding: "utf8",
      timeout: limit,
      maxBuffer: 1 << 26,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { status: done.status ?? -1, stdout: done.stdout ?? "", stderr: done.error ? done.error.message : (done.stderr ?? "") };
  };
  const start = (words: readonly string[], more: StartOptions = {}): ChildProcess => {
    const env = Object.fromEntries([...environment, ...(more.environment ?? [])]);
    const child = spawn(...command(words), { cwd: directory, env, stdio: [more.input === true ? "pipe" : "ignore", "pipe", "ignore"] });
    started.push(child);
    return child;
  };
  const end = (): void => {
    for (const name of ["run", "run-cold", "run-first"]) run([at("tools/forget"), at(name), "everything"]);
    for (const child of started) child.kill("SIGTERM");
    uncaching?.end();
    for (const folder of [directory, memory]) rmSync(folder, { recursive: true, force: true });
  };

  try {
    await lineOf(start(["dbus-daemon", `--config-file=${at("bus.conf")}`, "--nofork", "--nopidfile", "--print-address=1"]), "dbus-daemon");
    let display: string | undefined;
    if (existsSync("/usr/bin/Xvfb")) {
      display = `:${await lineOf(start(["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-auth", at("xauthority"), "-nolisten", "tcp", "-noreset"]), "Xvfb")}`;
      environment.set("DISPLAY", display).set("XAUTHORITY", at("xauthority"));
    }
    return {
      directory,
      home: at("home"),
      runtimeDirectory: at("run"),
      coldRuntimeDirectory: at("run-cold"),
      firstRuntimeDirectory: at("run-first"),
      busAddress: `unix:path=${at("run/bus")}`,
      display,
      uncache: uncaching?.words,
      environment,
      tools: at("tools"),
      root,
      folders,
      run,
      start,
      end,
    };
  } catch (error) {
    end();
    throw error;
  }
}
