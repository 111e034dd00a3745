// Whether a server listens on a socket's path, by the kernel's own list: connecting would start a service, or wait for a dead one. Pure but for the machine.
import type { Machine } from "./check.ts";

/** `dead`: the file is there, and nobody listens. */
export type Listening = "listens" | "dead" | "absent";

/** Flags of a listening socket in /proc/net/unix (__SO_ACCEPTCON, proc(5)). */
const ACCEPTS = "00010000";

export function listening(machine: Machine, path: string): Listening {
  if (path.startsWith("@")) return isListed(machine, path) ? "listens" : "absent";
  if (machine.look(path)?.kind !== "socket") return "absent";
  return isListed(machine, path) ? "listens" : "dead";
}

/** A list that cannot be read says nothing against anybody. A path may lead through links, which the list does not: its last part must do. */
function isListed(machine: Machine, path: string): boolean {
  const list = machine.readText("/proc/net/unix");
  if (list === null) return true;
  const last = path.slice(path.lastIndexOf("/"));
  return list.split("\n").some((line) => line.includes(` ${ACCEPTS} `) && line.endsWith(path.startsWith("@") ? ` ${path}` : last));
}
