// The C part for tests: as `tsbox-plan` with a plan on its command line, and as `tsbox` with a broker of the tests' own.
import { chmodSync, chownSync, closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Outcome, Running } from "../support/process.ts";
import { readArguments, type RunOptions, type Session } from "../support/session.ts";

/** The host's `/usr`, with three links of a merged layout. */
export const USR: readonly string[] = [
  "--ro-bind",
  "/usr",
  "/usr",
  "--symlink",
  "usr/bin",
  "/bin",
  "--symlink",
  "usr/lib",
  "/lib",
  "--symlink",
  "usr/lib64",
  "/lib64",
];

/** A system to run programs in: the host's `/usr`, with the links of a merged layout. */
export const SYSTEM: readonly string[] = [
  ...USR,
  "--symlink",
  "usr/sbin",
  "/sbin",
  "--proc",
  "/proc",
  "--dev",
  "/dev",
  "--tmpfs",
  "/tmp",
  "--clearenv",
  "--setenv",
  "PATH",
  "/usr/bin:/bin",
  "--chdir",
  "/",
];

/** Such a system in a broker's plan, with an init. */
export const PLANNED_SYSTEM: readonly string[] = [
  ...["--op", "1", ...USR],
  ...["--proc", "/proc", "--dev", "/dev", "--init", "/run/init", "--setenv", "PATH", "/usr/bin:/bin", "--chdir", "/"],
];

export interface ExecutorOptions extends RunOptions {
  /** Words before the command; `SYSTEM` comes first unless `bare`. */
  readonly bare?: boolean;
  /** Data arguments: `@0`, `@1` … in the words become descriptors of these. */
  readonly data?: readonly (string | Uint8Array)[];
}

export interface Executor {
  readonly path: string;
  run(words: readonly string[], command: readonly string[], options?: ExecutorOptions): Promise<Outcome>;
  start(words: readonly string[], command: readonly string[], options?: ExecutorOptions): Running;
  /** Runs a script of sh inside. */
  shell(words: readonly string[], script: string, options?: ExecutorOptions): Promise<Outcome>;
}

/** Copies the ELF to the session's scratch folder, as the account's own file, under the name that makes it read a plan from its arguments. */
export function makeExecutor(session: Session): Executor {
  const path = join(session.scratch, "tsbox-plan");
  if (!existsSync(path)) {
    copyFileSync(resolve("build/tsbox"), path);
    chmodSync(path, 0o755);
    giveTo(session, path);
  }
  const start = (words: readonly string[], command: readonly string[], options: ExecutorOptions = {}): Running => {
    const descriptors = (options.data ?? []).map((content, index) => openData(session, index, content));
    const numbered = words.map((word) => (/^@\d$/.test(word) ? String(3 + (options.descriptors?.length ?? 0) + Number(word.slice(1))) : word));
    const running = session.start([path, ...(options.bare ? [] : SYSTEM), ...numbered, "--", ...command], {
      ...options,
      descriptors: [...(options.descriptors ?? []), ...descriptors],
    });
    for (const descriptor of descriptors) closeSync(descriptor);
    return running;
  };
  const run = (words: readonly string[], command: readonly string[], options?: ExecutorOptions): Promise<Outcome> => start(words, command, options).ended;
  return { path, start, run, shell: (words, script, options) => run(words, ["sh", "-c", script], options) };
}

function openData(session: Session, index: number, content: string | Uint8Array): number {
  const file = session.write(join(session.scratch, `data-${index}`), content);
  return openSync(file, "r");
}

function giveTo(session: Session, path: string): void {
  if (process.getuid?.() === 0) chownSync(path, session.account.uid, session.account.gid);
}

export interface MountLine {
  readonly root: string;
  readonly place: string;
  readonly options: readonly string[];
  readonly type: string;
}

/** The lines of a mountinfo text. */
export function parseMounts(text: string): readonly MountLine[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const fields = line.split(" ");
      return { root: fields[3] ?? "", place: fields[4] ?? "", options: (fields[5] ?? "").split(","), type: fields[fields.indexOf("-") + 1] ?? "" };
    });
}

/** What the tests' broker does; see fake-broker.py. */
export interface Behaviour {
  readonly plan?: readonly string[];
  readonly blobs?: readonly string[];
  readonly rawPlan?: string;
  /** Announced before the plan: `own` or `shared`. */
  readonly namespaces?: { readonly network: string; readonly ipc: string };
  /** Seconds between that and what follows. */
  readonly pause?: number;
  readonly output?: string;
  readonly outputTo?: 1 | 2;
  readonly exit?: number;
  readonly notHere?: boolean;
  readonly dieAfterAck?: boolean;
  /** What comes behind the plan where it is not GO at once. */
  readonly go?: "late" | "never" | "words" | "exit" | "nonsense" | "end";
  /** Has no words for a start that failed, and keeps the front waiting for them. */
  readonly speechless?: boolean;
  /** Ends the start with these words right after the plan. */
  readonly refuse?: string;
  readonly dieAfterSandbox?: boolean;
  /** Waits for no app on the sockets that it is given. */
  readonly nobodyComes?: boolean;
  readonly dropRequests?: number;
  readonly failStart?: string;
  readonly connect?: readonly string[];
  readonly forget?: boolean;
  readonly dieAfterConnect?: boolean;
  readonly busAddress?: string;
  readonly idle?: number;
}

export interface Seen {
  readonly event: string;
  readonly fields?: readonly (readonly [string, string])[];
  readonly descriptors?: number | readonly number[];
  readonly accepted?: readonly string[];
  readonly connections?: readonly {
    readonly id: string;
    readonly errno?: string;
    readonly name?: string;
    readonly ended?: boolean;
    readonly identity?: { readonly pid: number; readonly comm: string; readonly info: string };
  }[];
  readonly argv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly pid?: number;
  /** Process that serves this connection. */
  readonly broker?: number;
  readonly sid?: number;
  readonly umask?: number;
}

export interface Front {
  readonly tsbox: string;
  readonly build: string;
  run(argv: readonly string[], options?: RunOptions): Promise<Outcome>;
  start(argv: readonly string[], options?: RunOptions): Running;
  /** What the broker wrote down so far. */
  seen(event: string): readonly Seen[];
}

/** An installation whose node is the tests' broker. */
export function makeFront(session: Session, name: string, behaviour: Behaviour): Front {
  const folder = session.makeFolder(join(session.scratch, name));
  for (const part of ["bin", "build", "run"]) mkdirSync(join(folder, part), { mode: part === "run" ? 0o700 : 0o755 });
  const build = join(folder, "build");
  const tsbox = join(folder, "bin/tsbox");
  copyFileSync(resolve("build/tsbox"), tsbox);
  copyFileSync(resolve("test/native/fake-broker.py"), join(build, "fake-broker"));
  chmodSync(join(build, "fake-broker"), 0o755);
  writeFileSync(join(build, "node"), `${join(build, "fake-broker")}\n`);
  writeFileSync(join(build, "behaviour"), JSON.stringify({ idle: 2, ...behaviour }));
  for (const path of [folder, build, join(folder, "bin"), join(folder, "run"), tsbox]) giveTo(session, path);
  const environment = { XDG_RUNTIME_DIR: join(folder, "run") };
  const start = (argv: readonly string[], options: RunOptions = {}): Running =>
    session.start([tsbox, ...argv], { ...options, environment: { ...environment, ...options.environment } });
  const seen = (event: string): readonly Seen[] => {
    const file = join(build, "seen.jsonl");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Seen)
      .filter((line) => line.event === event);
  };
  // The broker is nobody's child; one that a test left in the middle of something ends with the session.
  session.onClose(() => {
    for (const pid of [...seen("start").map((line) => line.pid), ...seen("request").map((line) => line.broker)])
      if (pid !== undefined && readArguments(pid).includes(`--build=${build}`)) process.kill(pid, "SIGKILL");
  });
  return { tsbox, build, start, seen, run: (argv, options) => start(argv, options).ended };
}

/** Whether somebody else holds a lock on the file. */
export async function isLocked(session: Session, path: string): Promise<boolean> {
  const program = "import fcntl,sys; f=open(sys.argv[1],'r+'); fcntl.lockf(f, fcntl.LOCK_EX|fcntl.LOCK_NB)";
  return (await session.run(["/usr/bin/python3", "-c", program, path])).status !== 0;
}

/** Makes a link owned by the account. */
export function plantLink(session: Session, target: string, path: string): void {
  if (session.account.uid === process.getuid?.()) symlinkSync(target, path);
  else session.link(target, path);
}
