// How a broker leaves: it takes the start lock, unlinks its own socket, serves what the backlog holds, and ends when nothing is left to do.
import { closeSync, openSync, statSync, unlinkSync } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import { PROTOCOL_VERSION } from "../../native/frames.ts";
import { stateDirectory } from "./broker.ts";
import type { Launches } from "./launches.ts";
import type { Server } from "./server.ts";

export interface Leaving {
  /** Asked by a signal: leaves the socket now, ends once the last launch is over. */
  leaveNow(): void;
}

export interface LeavingParts {
  readonly addon: Addon;
  readonly runtimeDirectory: string;
  readonly server: Server;
  readonly launches: Launches;
  /** Read at every look: the settings may arrive after the start. */
  idleMilliseconds(): number;
  now(): number;
  end(): void;
}

/** Looks now and then whether the broker is idle: no instance, no connection, nothing for some time. */
export function watchIdleness(parts: LeavingParts): Leaving {
  const socket = brokerSocket(parts.runtimeDirectory);
  const own = inodeOf(socket);
  let left = false;

  const isBusy = (): boolean => parts.launches.count > 0 || parts.server.connections > 0;
  const isIdle = (): boolean => {
    const now = parts.now();
    return !isBusy() && Math.min(parts.launches.quietFor(now), parts.server.quietFor(now)) >= parts.idleMilliseconds();
  };

  /** INVARIANT: between the lock and the unlink no front can start a second broker, and after the unlink none can reach this one. */
  const leaveSocket = (force: boolean): void => {
    const lock = takeLock(parts);
    // A front holds the lock: it is about to connect, so this broker is needed.
    if (lock === null && !force) return;
    try {
      const isOurs = own !== null && inodeOf(socket) === own;
      // Whoever waits in the backlog now keeps the broker.
      if (!force && parts.server.drainBacklog() > 0 && isBusy()) return;
      if (isOurs) unlinkSync(socket);
      parts.server.drainBacklog();
      parts.server.close();
      left = true;
    } finally {
      if (lock !== null) closeSync(lock);
    }
  };

  const look = (): void => {
    if (!left && (isIdle() || inodeOf(socket) !== own)) leaveSocket(inodeOf(socket) !== own);
    if (left && !isBusy()) parts.end();
    else setTimeout(look, Math.min(1000, Math.max(50, parts.idleMilliseconds() / 4))).unref();
  };
  look();

  return {
    leaveNow() {
      if (!left) leaveSocket(true);
      if (!isBusy()) parts.end();
    },
  };
}

export function brokerSocket(runtimeDirectory: string): string {
  return `${stateDirectory(runtimeDirectory)}/broker-${PROTOCOL_VERSION}`;
}

function takeLock(parts: LeavingParts): number | null {
  try {
    const lock = openSync(`${brokerSocket(parts.runtimeDirectory)}.lock`, "a+", 0o600);
    if (parts.addon.flock(lock, true)) return lock;
    closeSync(lock);
    return null;
  } catch {
    return null;
  }
}

function inodeOf(path: string): bigint | null {
  try {
    const found = statSync(path, { bigint: true });
    return found.isSocket() ? found.ino : null;
  } catch {
    return null;
  }
}
