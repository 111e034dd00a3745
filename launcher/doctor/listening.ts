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

/** A list that cannot be read says nothing against anybody. It holds the path that the server named, which may have been the older name of /run. */
function isListed(machine: Machine, path: string): boolean {
  const list = machine.readText("/proc/net/unix");
  if (list === null) return true;
  const wanted = presentName(path);
  return list.split("\n").some((line) => line.includes(` ${ACCEPTS} `) && presentName(line.slice(line.lastIndexOf(" ") + 1)) === wanted);
}

function presentName(path: string): string {
  return path.replace(/^\/var\/run\//, "/run/");
}
