// How many descriptors a process of ours has: what is told of leaks.
import { readdirSync, readlinkSync } from "node:fs";

/** But the memory of connections: that of the next one is made a moment after one came (dbus-proxy/connection/ledger-shelf.ts). */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return !readlinkSync(`/proc/${pid}/fd/${fd}`).includes("tsbox-connection");
    } catch {
      return false;
    }
  }).length;
}
