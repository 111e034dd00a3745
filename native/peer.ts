// Who is at the other end of a unix socket: our own uid and our own namespaces, or nobody. A uid alone proves nothing, since a sandboxed app has our uid.
import { readFileSync, readlinkSync } from "node:fs";
import type { Addon } from "./addon.ts";

export type PeerCheck =
  | { readonly ok: true; readonly pid: number; readonly uid: number }
  /** `uid`: another user. `namespace`: a sandbox or container. `unreadable`: the kernel would not tell. `gone`: ended meanwhile. */
  | { readonly ok: false; readonly reason: "uid" | "namespace" | "unreadable" | "gone"; readonly pid: number };

const NAMESPACES = ["user", "mnt", "pid"] as const;

/**
 * Accepts a peer whose uid is our effective one and whose user, mount and pid namespaces are ours; everything unreadable is refused.
 * The process is held by SO_PEERPIDFD (Linux 6.5), so the pid cannot be reused between the questions; before 6.5 a pidfd opened from
 * the pid stands in, which leaves the moment between connect and here. Reads procfs only, which no disk or network can delay.
 */
export function checkPeer(addon: Addon, fd: number): PeerCheck {
  let credentials: ReturnType<Addon["peerCredentials"]>;
  try {
    credentials = addon.peerCredentials(fd);
  } catch {
    return { ok: false, reason: "gone", pid: -1 };
  }
  let pidfd = credentials.pidfd;
  try {
    if (credentials.uid !== process.geteuid?.()) return { ok: false, reason: "uid", pid: credentials.pid };
    if (pidfd < 0) pidfd = addon.pidfdOpen(credentials.pid);
    const pid = pidOf(pidfd);
    // 0: not visible in our pid namespace; -1: reaped.
    if (pid <= 0) return { ok: false, reason: pid === 0 ? "namespace" : "gone", pid: credentials.pid };
    const same = NAMESPACES.every((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`));
    // INVARIANT: what was read belongs to the peer only if the pidfd still names that pid afterwards.
    if (pidOf(pidfd) !== pid) return { ok: false, reason: "gone", pid };
    return same ? { ok: true, pid, uid: credentials.uid } : { ok: false, reason: "namespace", pid };
  } catch {
    return { ok: false, reason: "unreadable", pid: credentials.pid };
  } finally {
    if (pidfd >= 0) addon.close(pidfd);
  }
}

function pidOf(pidfd: number): number {
  const line = /^Pid:\s+(-?\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${pidfd}`, "latin1"));
  return line === null ? -1 : Number(line[1]);
}
