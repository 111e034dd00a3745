// The client side for the broker: a connection to the bus process, which is started where none runs.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Addon, SystemError } from "../native/addon.ts";
import { BUS_FLAGS, NODE_MALLOC } from "../native/node-flags.ts";
import { type BusSocketPaths, busSocketPaths } from "./socket-paths.ts";

export interface BusLocation {
  readonly addon: Addon;
  readonly runtimeDirectory: string;
  /** Absolute folder of bus.cjs and tsbox.node. */
  readonly build: string;
}

/** The process does not start, or somebody holds the lock and never lets go. The message ends with its last words. */
export class BusStartError extends Error {
  readonly code: "lock" | "start";

  constructor(code: "lock" | "start", message: string) {
    super(message);
    this.code = code;
  }
}

const BACKLOG = 64;
const LOCK_PATIENCE_MILLISECONDS = 15_000;
const START_PATIENCE_MILLISECONDS = 15_000;
const RETRY_MILLISECONDS = 10;

/** A connected, non-blocking socket to the bus process of this runtime directory. Starts it under the lock if there is none. Rejects with BusStartError. */
export async function connectBus(location: BusLocation): Promise<number> {
  const { addon } = location;
  const paths = busSocketPaths(location.runtimeDirectory);
  const there = await tryConnect(addon, paths.socket);
  if (there >= 0) return there;
  const lock = await takeLock(addon, paths);
  try {
    // Somebody may have started it while we waited.
    const meanwhile = await tryConnect(addon, paths.socket);
    if (meanwhile >= 0) return meanwhile;
    await start(location, paths);
    const started = await tryConnect(addon, paths.socket);
    if (started < 0) throw new BusStartError("start", "the bus process ended right after its start");
    return started;
  } finally {
    addon.close(lock);
  }
}

/** -1 where nobody listens. Policies and the apps' sockets go to a process of our own uid and namespaces, or nowhere. */
async function tryConnect(addon: Addon, socket: string): Promise<number> {
  for (let round = 0; ; round++) {
    try {
      const fd = addon.connectUnix(socket);
      const peer = addon.checkPeer(fd);
      if (peer.ok) return fd;
      addon.close(fd);
      // Whoever started it has ended, and it listens itself in a moment.
      if (peer.reason !== "gone" || round > 100) throw new BusStartError("start", `what listens at \`${socket}\` is not the bus process (${peer.reason})`);
      await sleep(RETRY_MILLISECONDS);
    } catch (error) {
      if (error instanceof BusStartError) throw error;
      const { code } = error as SystemError;
      if (code === "ENOENT" || code === "ECONNREFUSED") return -1;
      // A full backlog passes.
      if (code !== "EAGAIN" || round > 100) throw error;
      await sleep(RETRY_MILLISECONDS);
    }
  }
}

async function takeLock(addon: Addon, paths: BusSocketPaths): Promise<number> {
  const { O_RDWR = 0, O_CREAT = 0, O_NOFOLLOW = 0 } = addon.constants;
  const lock = addon.openat2(-1, paths.lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600, 0);
  for (const begun = Date.now(); Date.now() - begun < LOCK_PATIENCE_MILLISECONDS; await sleep(RETRY_MILLISECONDS)) {
    if (addon.flock(lock, true)) return lock;
  }
  addon.close(lock);
  throw new BusStartError("lock", `\`${paths.lock}\` stays locked`);
}

/** Listens first and renames then, so that the name never leads to a socket without a listener; resolves when the process serves. */
async function start(location: BusLocation, paths: BusSocketPaths): Promise<void> {
  const { addon } = location;
  const { O_RDONLY = 0, O_WRONLY = 0, O_CREAT = 0, O_TRUNC = 0, O_APPEND = 0, O_NOFOLLOW = 0, O_DIRECTORY = 0 } = addon.constants;
  const open: number[] = [];
  const keep = (fd: number): number => {
    open.push(fd);
    return fd;
  };
  const temporary = `${paths.socket}.${process.pid}`;
  try {
    const folder = keep(addon.openat2(-1, paths.folder, O_RDONLY | O_DIRECTORY, 0, 0));
    unlinkQuietly(addon, folder, temporary.slice(paths.folder.length + 1));
    const listener = keep(addon.listenUnix(temporary, BACKLOG));
    const log = keep(addon.openat2(-1, paths.log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW, 0o600, 0));
    addon.renameat(folder, temporary.slice(paths.folder.length + 1), folder, paths.socket.slice(paths.folder.length + 1));
    const child = spawn(
      process.execPath,
      [...BUS_FLAGS, join(location.build, "bus.cjs"), `--runtime-dir=${location.runtimeDirectory}`, `--build=${location.build}`],
      {
        cwd: "/",
        detached: true,
        env: {
          HOME: process.env["HOME"] ?? "/",
          PATH: "/usr/local/bin:/usr/bin:/bin",
          LANG: "C.UTF-8",
          XDG_RUNTIME_DIR: location.runtimeDirectory,
          ...NODE_MALLOC,
        },
        stdio: ["ignore", log, log, listener, "pipe"],
      },
    );
    child.unref();
    await ready(child, paths).catch((error: unknown) => {
      unlinkQuietly(addon, folder, paths.socket.slice(paths.folder.length + 1));
      throw error;
    });
  } finally {
    for (const fd of open) addon.close(fd);
  }
}

function ready(child: ChildProcess, paths: BusSocketPaths): Promise<void> {
  return new Promise((resolve, reject) => {
    const status = child.stdio[4];
    const failed = (why: string): void => reject(new BusStartError("start", `the bus process did not start (${why}); its words are in \`${paths.log}\``));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      failed("it stays silent");
    }, START_PATIENCE_MILLISECONDS);
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      (status as unknown as { destroy(): void } | null)?.destroy();
      action();
    };
    child.once("error", (error) => settle(() => failed(error.message)));
    child.once("exit", (code, signal) => settle(() => failed(`it ended with ${signal ?? code}`)));
    status?.once("data", () => {
      child.removeAllListeners("exit");
      settle(resolve);
    });
  });
}

function unlinkQuietly(addon: Addon, folder: number, name: string): void {
  try {
    addon.unlinkat(folder, name, 0);
  } catch (error) {
    if ((error as SystemError).code !== "ENOENT") throw error;
  }
}
