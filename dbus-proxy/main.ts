// The entry of build/bus.cjs: the bus process, one per user and runtime directory. `--runtime-dir=RD --build=DIR`; descriptor 3 listens on $RD/tsbox/bus-1, 4 hears `ok`.
// `--start-lock=N`: descriptor N holds the lock of the start, which is given back now that it serves.
import { closeSync, renameSync, statSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Addon, loadAddon, type SystemError } from "../native/addon.ts";
import { Brokers } from "./bus-process/brokers.ts";
import { Instances } from "./bus-process/instances.ts";
import { createWorkbench } from "./connection/workbench.ts";
import { LogWriter } from "./log-writer.ts";
import { type BusSocketPaths, busSocketPaths } from "./socket-paths.ts";

const LISTENER = 3;
const STATUS = 4;
const BACKLOG = 64;
/** How long a process that nobody has spoken to yet waits for a broker before it leaves. */
const LINGER_MILLISECONDS = 30_000;
const LOCK_RETRY_MILLISECONDS = 100;

function serve(runtimeDirectory: string, build: string): void {
  const addon = loadAddon(join(build, "tsbox.node"));
  // A broker asks who listens here, and whoever started this process may be gone.
  addon.listenOn(LISTENER, BACKLOG);
  const bench = createWorkbench(addon);
  const warn = new LogWriter(2, "bus process").add;
  const socket = listeningAt(runtimeDirectory);
  let leaving: NodeJS.Timeout | undefined;
  let expectsBroker = true;
  /** INVARIANT: how long it waits follows from what there is, so no later event lengthens it: who starts this process is about to connect; after that it waits for nobody. */
  const considerLeaving = (after = expectsBroker ? LINGER_MILLISECONDS : 0): void => {
    clearTimeout(leaving);
    if (instances.size > 0 || brokers.size > 0) return;
    leaving = setTimeout(() => {
      if (instances.size > 0 || brokers.size > 0) return;
      if (!leave(addon, socket, () => brokers.accept(instances))) considerLeaving(LOCK_RETRY_MILLISECONDS);
    }, after);
  };
  const none = (): void => {
    expectsBroker = false;
    considerLeaving();
  };
  const brokers = new Brokers(addon, LISTENER, { none, warn });
  const instances = new Instances(bench, {
    report: (report) => brokers.report(report),
    empty: () => considerLeaving(),
    toPortals: (head, message, fds) => brokers.toPortals(head, message, fds),
    warn,
  });
  brokers.serve(instances);
  // For another version of us: between two turns everything lies in the ledgers, and the connectors ask for the next process.
  process.once("SIGTERM", () => process.exit(0));
  considerLeaving();
  writeSync(STATUS, "ok\n");
  closeSync(STATUS);
  const lock = optional("start-lock");
  if (lock !== undefined) closeSync(Number(lock));
  bench.ledgers.restock();
}

interface ListeningPlace extends BusSocketPaths {
  /** Of the socket's file; null where it was gone already. */
  readonly inode: bigint | null;
}

function listeningAt(runtimeDirectory: string): ListeningPlace {
  const paths = busSocketPaths(runtimeDirectory);
  return { ...paths, inode: inodeOf(paths.socket) };
}

function inodeOf(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

/**
 * Ends the process unless somebody has connected or is about to start one: true where somebody was let in, false where the lock is taken. Under the lock nobody starts
 * another, so the socket may leave its name while those who came before are let in, and has it again where there was one. Another process's socket stays where it is.
 */
function leave(addon: Addon, place: ListeningPlace, acceptWaiting: () => boolean): boolean {
  const { O_RDWR = 0, O_CREAT = 0, O_NOFOLLOW = 0 } = addon.constants;
  const aside = `${place.socket}.leaving`;
  let lock = -1;
  try {
    lock = addon.openat2(-1, place.lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600, 0);
    if (!addon.flock(lock, true)) return false;
    const isOurs = place.inode !== null && inodeOf(place.socket) === place.inode;
    if (isOurs) renameSync(place.socket, aside);
    if (acceptWaiting()) {
      if (isOurs) renameSync(aside, place.socket);
      return true;
    }
    if (isOurs) unlinkSync(aside);
  } catch (error) {
    // A runtime directory that is gone already (log-out) is no reason to stay.
    if ((error as SystemError).code !== "ENOENT") process.stderr.write(`bus process: leaving: ${(error as Error).message}\n`);
    if (acceptWaiting()) return true;
  } finally {
    if (lock >= 0) addon.close(lock);
  }
  process.exit(0);
}

function optional(name: string): string | undefined {
  return process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
}

function argument(name: string): string {
  const value = optional(name);
  if (value === undefined || value === "") throw new Error(`--${name} is missing`);
  return value;
}

serve(argument("runtime-dir"), argument("build"));
