// Child processes of the tests: each has a limit, its output is kept, and it is ended by its own pid.
import { type ChildProcess, spawn } from "node:child_process";

/** All limits of the tests are this many times as long: for an emulated processor, or programs under a sanitizer. */
const PATIENCE = Number(process.env["TSBOX_PATIENCE"] ?? 1);

export interface Outcome {
  /** Exit status, or null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Text on standard input; without it, `/dev/null`. `pipe` keeps it open for `write`. */
  readonly input?: string | "pipe";
  /** Milliseconds until it is killed. */
  readonly limit: number;
  /** Descriptors 3 and up, by number of this process. */
  readonly descriptors?: readonly number[];
}

export interface Running {
  readonly pid: number;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
  write(text: string): void;
  closeInput(): void;
  kill(signal?: NodeJS.Signals): void;
  /** Settles when the process has ended and its pipes are closed, or half a second after its end where another process holds them. */
  readonly ended: Promise<Outcome>;
}

export function startProcess(argv: readonly [string, ...string[]], options: StartOptions): Running {
  const [command, ...rest] = argv;
  const child: ChildProcess = spawn(command, rest, {
    cwd: options.cwd,
    env: { ...options.environment },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe", ...(options.descriptors ?? [])],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin?.on("error", () => undefined);
  if (options.input !== undefined && options.input !== "pipe") child.stdin?.end(options.input);
  const limit = setTimeout(() => {
    stderr += `\n[killed by the test after ${options.limit * PATIENCE} ms]\n`;
    child.kill("SIGKILL");
  }, options.limit * PATIENCE);
  const ended = new Promise<Outcome>((resolve, reject) => {
    const finish = (status: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(limit);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ status, signal, stdout, stderr });
    };
    child.once("error", (error) => {
      clearTimeout(limit);
      reject(error);
    });
    child.once("close", finish);
    child.once("exit", (status, signal) => setTimeout(finish, 500, status, signal));
  });
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    write: (text) => void child.stdin?.write(text),
    closeInput: () => child.stdin?.end(),
    kill: (signal = "SIGKILL") => void child.kill(signal),
    ended,
  };
}

/** Waits until `check` gives something, asking every 25 ms. The error names what was waited for. */
export async function waitFor<T>(what: string, check: () => T | undefined | null | false | Promise<T | undefined | null | false>, limit = 10_000): Promise<T> {
  const end = Date.now() + limit * PATIENCE;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${limit * PATIENCE} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** At once, as a crash; one that has left by itself meanwhile is as dead. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
