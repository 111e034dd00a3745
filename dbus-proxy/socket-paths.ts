// Where the bus process listens, locks and logs.
import { join } from "node:path";
import { PROTOCOL_VERSION } from "../native/frames.ts";

export interface BusSocketPaths {
  readonly folder: string;
  readonly socket: string;
  readonly lock: string;
  readonly log: string;
}

export function busSocketPaths(runtimeDirectory: string): BusSocketPaths {
  const folder = join(runtimeDirectory, "tsbox");
  const socket = join(folder, `bus-${PROTOCOL_VERSION}`);
  return { folder, socket, lock: `${socket}.lock`, log: join(folder, "bus.log") };
}
