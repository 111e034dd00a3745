// Calls of a start that may fail without weaker protection: what runs then is the same in mounts, capabilities, filter and descriptors. All others end the start.
// `npm run test:long` plays every call and holds this list to what it finds, in both directions.

export interface HarmlessFault {
  readonly process: "front" | "init" | "connector" | "app";
  readonly call: string;
  readonly reason: string;
  /** The app starts as it should, and is ended early because somebody no longer hears of it. */
  readonly ends?: true;
}

export const HARMLESS_FAULTS: readonly HarmlessFault[] = [
  { process: "front", call: "brk", reason: "the C library takes memory by mmap instead" },
  { process: "front", call: "close", reason: "the descriptor goes at exec, or with the process" },
  { process: "front", call: "getcwd", reason: "the app starts in its home, as from a folder that it does not see" },
  { process: "front", call: "getdents64", reason: "the caller's descriptors stay unknown: none of them can be asked for, and none passes" },
  { process: "front", call: "openat", reason: "the caller's descriptors stay unknown: none of them can be asked for, and none passes" },
  { process: "front", call: "getpid", reason: "it goes into a file for others to read, and nowhere else" },
  { process: "front", call: "getrandom", reason: "the C library's own allocator is seeded otherwise" },
  { process: "front", call: "ioctl", reason: "a terminal counts as a plain device" },
  { process: "front", call: "newfstatat", reason: "the namespaces' numbers are missing in a file for others to read" },
  { process: "front", call: "poll", reason: "what is read next waits by itself" },
  { process: "front", call: "prlimit64", reason: "the C library asks for the stack's size" },
  { process: "front", call: "readlink", reason: "the C library asks where the program lies" },
  { process: "front", call: "recvfrom", reason: "asked once more" },
  { process: "front", call: "sendmsg", reason: "the broker does not hear that the sandbox stands: the app's bus is not served" },
  { process: "front", call: "rseq", reason: "of the C library's threads, of which there is one" },
  { process: "front", call: "set_robust_list", reason: "of the C library's threads, of which there is one" },
  { process: "front", call: "set_tid_address", reason: "of the C library's threads, of which there is one" },
  { process: "front", call: "uname", reason: "the app is told no host name" },
  { process: "init", call: "close", reason: "the descriptor goes at exec, or with the process" },
  { process: "connector", call: "close", reason: "the descriptor goes with close_range, or with the process" },
  { process: "connector", call: "prctl", reason: "the name that ps shows" },
  { process: "connector", call: "set_robust_list", reason: "of the C library's threads, of which there is one" },
  { process: "front", call: "recvmsg", reason: "the front no longer hears of init, ends, and all inside with it", ends: true },
  { process: "connector", call: "poll", reason: "the connector ends: the app has no bus any more", ends: true },
];

export function isHarmless(process: string, call: string, kind: string): boolean {
  return HARMLESS_FAULTS.some((known) => known.process === process && known.call === call && (kind === "same" || known.ends === true));
}
