// What a process waits for, from what /proc says of it. Pure; texts in launcher/messages/doctor.ts.

export interface ProcessFacts {
  /** Outside and inside. */
  readonly pid: number;
  readonly inside: number;
  readonly name: string;
  /** The letter of proc_pid_stat(5): R, S, D, T, t, Z … */
  readonly state: string;
  /** Number of the system call that it is in; null: it runs, or nobody may see it. */
  readonly call: number | null;
  /** The descriptor that its first argument would be, and what lies behind it: a path, `socket:[N]`, `pipe:[N]`. */
  readonly on: string | null;
}

export interface Waiting {
  /** The name of the system call; null: none, or one that has no name here. */
  readonly call: string | null;
  /** Key of the text, less `doctor.waits-`. */
  readonly kind: WaitKind;
  /** What it reads from, writes to or talks to; null where that says nothing. */
  readonly on: string | null;
}

export type WaitKind =
  | "runs"
  | "stopped"
  | "traced"
  | "ended"
  | "disk"
  | "events"
  | "thread"
  | "child"
  | "input"
  | "output"
  | "connection"
  | "lock"
  | "time"
  | "opening"
  | "call"
  | "unknown";

/** Calls that a program waits in: numbers on x86-64 and on 64-bit ARM (null: it has none), and what that waiting is for. */
const CALLS: readonly (readonly [name: string, x86: number, arm: number | null, kind: WaitKind])[] = [
  ["read", 0, 63, "input"],
  ["readv", 19, 65, "input"],
  ["recvfrom", 45, 207, "input"],
  ["recvmsg", 47, 212, "input"],
  ["recvmmsg", 299, 243, "input"],
  ["accept", 43, 202, "input"],
  ["accept4", 288, 242, "input"],
  ["ioctl", 16, 29, "input"],
  ["write", 1, 64, "output"],
  ["writev", 20, 66, "output"],
  ["sendto", 44, 206, "output"],
  ["sendmsg", 46, 211, "output"],
  ["fsync", 74, 82, "output"],
  ["connect", 42, 203, "connection"],
  ["poll", 7, null, "events"],
  ["ppoll", 271, 73, "events"],
  ["select", 23, null, "events"],
  ["pselect6", 270, 72, "events"],
  ["epoll_wait", 232, null, "events"],
  ["epoll_pwait", 281, 22, "events"],
  ["epoll_pwait2", 441, 441, "events"],
  ["io_uring_enter", 426, 426, "events"],
  ["rt_sigsuspend", 130, 133, "events"],
  ["rt_sigtimedwait", 128, 137, "events"],
  ["pause", 34, null, "events"],
  ["futex", 202, 98, "thread"],
  ["futex_waitv", 449, 449, "thread"],
  ["wait4", 61, 260, "child"],
  ["waitid", 247, 95, "child"],
  ["flock", 73, 32, "lock"],
  ["fcntl", 72, 25, "lock"],
  ["nanosleep", 35, 101, "time"],
  ["clock_nanosleep", 230, 115, "time"],
  ["restart_syscall", 219, 128, "time"],
  ["open", 2, null, "opening"],
  ["openat", 257, 56, "opening"],
  ["openat2", 437, 437, "opening"],
];

const OF_STATE: Readonly<Record<string, WaitKind>> = { T: "stopped", t: "traced", Z: "ended", X: "ended", R: "runs" };
/** Kinds that are about one descriptor. */
const ON_DESCRIPTOR: readonly WaitKind[] = ["input", "output", "connection", "lock"];

export function waitingOf({ state, call, on }: ProcessFacts, arch: string): Waiting {
  const known = CALLS.find(([, x86, arm]) => call !== null && call === (arch === "arm64" ? arm : x86));
  const name = known?.[0] ?? (call === null ? null : String(call));
  const ended = OF_STATE[state];
  if (ended !== undefined) return { call: null, kind: ended, on: null };
  if (state === "D") return { call: name, kind: "disk", on: known !== undefined && ON_DESCRIPTOR.includes(known[3]) ? on : null };
  if (known === undefined) return { call: name, kind: name === null ? "unknown" : "call", on: null };
  return { call: name, kind: known[3], on: ON_DESCRIPTOR.includes(known[3]) ? on : null };
}
