// The entry of build/bus.cjs: the bus process, one per user and runtime directory. `--runtime-dir=RD --build=DIR`; descriptor 3 listens on $RD/tsbox/bus-1, 4 hears `ok`.
// `--start-lock=N`: descriptor N holds the lock of the start, which is given back now that it serves.
import { closeSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Addon, loadAddon, type SystemError } from "../native/addon.ts";
import { Brokers } from "./bus-process/brokers.ts";
import { Instances } from "./bus-process/instances.ts";
import { createWorkbench } from "./connection/workbench.ts";
import { LogWriter } from "./log-writer.ts";
import { busSocketPaths } from "./socket-paths.ts";

const LISTENER = 3;
const STATUS = 4;
const BACKLOG = 64;
/** How long an empty process waits for a broker before it leaves. */
const LINGER_MILLISECONDS = 30_000;
const LOCK_RETRY_MILLISECONDS = 100;

function serve(runtimeDirectory: string, build: string): void {
  const addon = loadAddon(join(build, "tsbox.node"));
  // A broker asks who listens here, and whoever started this process may be gone.
  addon.listenOn(LISTENER, BACKLOG);
  const bench = createWorkbench(addon);
  const warn = new LogWriter(2, "bus process").add;
  let lingering: NodeJS.Timeout | undefined;
  const considerLeaving = (after: number): void => {
    clearTimeout(lingering);
    lingering = setTimeout(() => {
      if (instances.size > 0 || brokers.size > 0) return;
      if (!leave(addon, runtimeDirectory, () => brokers.accept(instances))) considerLeaving(LOCK_RETRY_MILLISECONDS);
    }, after);
  };
  const brokers = new Brokers(addon, LISTENER, { none: () => considerLeaving(instances.size > 0 ? LINGER_MILLISECONDS : 0), warn });
  const instances = new Instances(bench, {
    report: (report) => brokers.report(report),
    empty: () => considerLeaving(LINGER_MILLISECONDS),
    toPortals: (head, message, fds) => brokers.toPortals(head, message, fds),
    warn,
  });
  brokers.serve(instances);
  // For another version of us: between two turns everything lies in the ledgers, and the connectors ask for the next process.
  process.once("SIGTERM", () => process.exit(0));
  considerLeaving(LINGER_MILLISECONDS);
  writeSync(STATUS, "ok\n");
  closeSync(STATUS);
  const lock = optional("start-lock");
  if (lock !== undefined) closeSync(Number(lock));
  bench.ledgers.restock();
}

/** Ends the process unless somebody connects or is about to start one. Under the lock nobody starts; who connected before the unlinking is served without a path. */
function leave(addon: Addon, runtimeDirectory: string, acceptWaiting: () => boolean): boolean {
  const paths = busSocketPaths(runtimeDirectory);
  const { O_RDWR = 0, O_CREAT = 0, O_NOFOLLOW = 0 } = addon.constants;
  let lock = -1;
  try {
    lock = addon.openat2(-1, paths.lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600, 0);
    if (!addon.flock(lock, true)) return false;
    if (acceptWaiting()) return true;
    unlinkSync(paths.socket);
    if (acceptWaiting()) return true;
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
