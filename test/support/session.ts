// A private session of one account: home, runtime directory and environment of its own, and everything that was started in it ends with it.
import { chownSync, existsSync, lchownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Account, asAccount } from "./account.ts";
import { type Outcome, type Running, startProcess, waitFor, killHard } from "./process.ts";

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string | "pipe";
  readonly limit?: number;
  readonly descriptors?: readonly number[];
}

export interface Session {
  readonly account: Account;
  readonly home: string;
  readonly runtimeDirectory: string;
  /** Scratch folder of the account outside its home and runtime directory. */
  readonly scratch: string;
  /** Of every program started here; servers add their addresses. */
  readonly environment: Record<string, string>;
  start(argv: readonly [string, ...string[]], options?: RunOptions): Running;
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<Outcome>;
  /** Writes a file as the account, with the folders on the way. A relative path is below home. */
  write(path: string, content: string | Uint8Array, mode?: number): string;
  makeFolder(path: string, mode?: number): string;
  link(target: string, path: string): void;
  read(path: string): string;
  path(path: string): string;
  /** Something to undo at the end; the last comes first. */
  onClose(undo: () => void | Promise<void>): void;
  close(): Promise<void>;
}

const DEFAULT_LIMIT = 30_000;

/** Where private runtime directories lie: in /run/user as root (as on a desktop), else in /tmp. */
function runtimeParent(): string {
  if (process.getuid?.() !== 0) return "/tmp";
  mkdirSync("/run/user", { recursive: true, mode: 0o755 });
  return "/run/user";
}

export function openSession(account: Account): Session {
  const own = (path: string): string => {
    if (process.getuid?.() === 0 && account.uid !== 0) chownSync(path, account.uid, account.gid);
    return path;
  };
  const home = own(mkdtempSync(join(account.home, "tsbox-test-")));
  const runtimeDirectory = own(mkdtempSync(join(runtimeParent(), "tsbox-test-")));
  const scratch = own(mkdtempSync("/var/tmp/tsbox-test-"));
  const environment: Record<string, string> = {
    HOME: home,
    USER: account.name,
    LOGNAME: account.name,
    SHELL: "/bin/sh",
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LANG: "C.UTF-8",
    XDG_RUNTIME_DIR: runtimeDirectory,
    NO_AT_BRIDGE: "1",
  };
  const undos: (() => void | Promise<void>)[] = [];
  const running = new Set<Running>();
  const path = (name: string): string => (name.startsWith("/") ? name : join(home, name));
  const makeFolder = (name: string, mode = 0o755): string => {
    const missing: string[] = [];
    for (let at = path(name); !existsSync(at); at = dirname(at)) missing.unshift(at);
    for (const folder of missing) {
      mkdirSync(folder, { mode });
      own(folder);
    }
    return path(name);
  };
  const session: Session = {
    account,
    home,
    runtimeDirectory,
    scratch,
    environment,
    path,
    makeFolder,
    start(argv, options = {}) {
      const merged: Record<string, string> = {};
      for (const [name, value] of Object.entries({ ...environment, ...options.environment })) if (value !== undefined) merged[name] = value;
      const child = startProcess(asAccount(account, argv), {
        environment: merged,
        cwd: options.cwd ?? home,
        limit: options.limit ?? DEFAULT_LIMIT,
        ...(options.input === undefined ? {} : { input: options.input }),
        ...(options.descriptors === undefined ? {} : { descriptors: options.descriptors }),
      });
      running.add(child);
      void child.ended.finally(() => running.delete(child)).catch(() => undefined);
      return child;
    },
    run: (argv, options) => session.start(argv, options).ended,
    write(name, content, mode = 0o644) {
      makeFolder(dirname(path(name)));
      writeFileSync(path(name), content, { mode });
      return own(path(name));
    },
    link(target, name) {
      makeFolder(dirname(path(name)));
      symlinkSync(target, path(name));
      if (process.getuid?.() === 0) lchownSync(path(name), account.uid, account.gid);
    },
    read: (name) => readFileSync(path(name), "utf8"),
    onClose: (undo) => void undos.push(undo),
    async close() {
      for (const undo of undos.reverse()) await undo();
      for (const child of running) child.kill("SIGKILL");
      await endBackground([runtimeDirectory, scratch, home]);
      for (const folder of [home, runtimeDirectory, scratch]) removeFolder(folder);
    },
  };
  return session;
}

/** Broker and bus process outlive the program that started them; they are known by the runtime directory in their command line: this one, or one below. */
export function backgroundProcesses(runtimeDirectory: string): readonly { readonly pid: number; readonly argv: readonly string[] }[] {
  const found: { pid: number; argv: string[] }[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const argv = readArguments(Number(entry));
    const option = `--runtime-dir=${runtimeDirectory}`;
    if (argv.some((word) => word === option || word.startsWith(`${option}/`))) found.push({ pid: Number(entry), argv });
  }
  return found;
}

/** At once, as a crash. */
export function killBroker({ runtimeDirectory }: Pick<Session, "runtimeDirectory">): void {
  for (const { pid, argv } of backgroundProcesses(runtimeDirectory)) if (argv.some((word) => word.endsWith("broker.cjs"))) killHard(pid);
}

export function readArguments(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

async function endBackground(folders: readonly string[]): Promise<void> {
  const left = () => folders.flatMap((folder) => backgroundProcesses(folder));
  for (const { pid } of left()) killHard(pid);
  await waitFor("background processes to end", () => left().length === 0, 5_000).catch(() => undefined);
}

/** Twice, because a dying program may still write; what stays (a folder of mode 0) is made accessible first. */
function removeFolder(folder: string): void {
  for (let round = 0; round < 3 && existsSync(folder) && lstatSync(folder).isDirectory(); round++) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // the next round tries again
    }
  }
}
