// Calls of a start that may fail without weaker protection: what runs then is the same in mounts, capabilities, filter and descriptors. All others end the start.
// `npm run test:long` plays every call and holds this list to what it finds, in both directions.

export interface HarmlessFault {
  readonly process: "front" | "init" | "connector" | "app";
  readonly call: string;
  readonly reason: string;
  /** The app starts as it should, and is ended early because somebody no longer hears of it. */
  readonly ends?: true;
  /** Whether it comes while it is looked for depends on others. */
  readonly sometimes?: true;
}

export const HARMLESS_FAULTS: readonly HarmlessFault[] = [
  { process: "front", call: "brk", reason: "the C library takes memory by mmap instead" },
  { process: "front", call: "mmap", reason: "the memory shared with a child cloned ahead of its plan: without it the child is cloned with the plan" },
  { process: "front", call: "socketpair", reason: "the line to a child cloned ahead of its plan: without it the child is cloned with the plan" },
  { process: "front", call: "clone", reason: "the child cloned ahead of its plan: it is cloned with the plan" },
  { process: "front", call: "rt_sigprocmask", reason: "around the child cloned ahead: it is cloned with the plan, or signals wait until the start reads them" },
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
  { process: "front", call: "read", reason: "which process listens at the broker's socket is asked once more a moment later" },
  { process: "front", call: "sendto", reason: "interrupted, it is sent once more" },
  { process: "front", call: "rseq", reason: "of the C library's threads, of which there is one" },
  { process: "front", call: "set_robust_list", reason: "of the C library's threads, of which there is one" },
  { process: "front", call: "set_tid_address", reason: "of the C library's threads, of which there is one" },
  { process: "front", call: "uname", reason: "the app is told no host name" },
  { process: "init", call: "close", reason: "the descriptor goes at exec, or with the process" },
  { process: "connector", call: "brk", reason: "the C library takes memory by mmap instead" },
  { process: "connector", call: "recvmsg", reason: "the connector lets its bus process go and asks for another one", sometimes: true },
  { process: "connector", call: "close", reason: "the descriptor goes with close_range, or with the process" },
  { process: "connector", call: "prctl", reason: "the name that ps shows" },
  { process: "connector", call: "set_robust_list", reason: "of the C library's threads, of which there is one" },
  { process: "front", call: "recvmsg", reason: "the front no longer hears of init, ends, and all inside with it", ends: true },
  { process: "connector", call: "poll", reason: "the connector ends: the app has no bus any more", ends: true },
  { process: "front", call: "dup2", reason: "the front keeps a descriptor of the caller's until it ends" },
  { process: "front", call: "fcntl", reason: "that descriptor of the caller's stays unknown, cannot be asked for and does not pass" },
  { process: "front", call: "exit_group", reason: "the C library tries another way to end" },
  { process: "init", call: "brk", reason: "the C library takes memory by mmap instead" },
  { process: "init", call: "exit_group", reason: "the C library tries another way to end" },
  { process: "init", call: "getrandom", reason: "the C library's own allocator is seeded otherwise" },
  { process: "init", call: "prlimit64", reason: "the C library asks for the stack's size" },
  { process: "init", call: "recvfrom", reason: "interrupted, it is asked once more" },
  { process: "init", call: "write", reason: "interrupted, it is written once more" },
  { process: "init", call: "ioctl", reason: "a child cloned ahead of its plan ends: another one is cloned with the plan" },
  { process: "init", call: "mkdirat", reason: "the folder is there already, or the start ends" },
  { process: "init", call: "mount_setattr", reason: "a child cloned ahead of its plan ends: another one is cloned with the plan" },
  { process: "init", call: "openat", reason: "a child cloned ahead of its plan ends: another one is cloned with the plan" },
  { process: "init", call: "recvmsg", reason: "a child cloned ahead of its plan ends: another one is cloned with the plan, or the start ends" },
  { process: "init", call: "socket", reason: "a child cloned ahead of its plan ends: another one is cloned with the plan" },
  { process: "init", call: "read", reason: "the descriptor for ended children is read empty at the next turn" },
  { process: "init", call: "readlink", reason: "the C library asks where the program lies" },
  { process: "init", call: "rseq", reason: "of the C library's threads, of which there is one" },
  { process: "init", call: "set_robust_list", reason: "of the C library's threads, of which there is one" },
  { process: "init", call: "set_tid_address", reason: "of the C library's threads, of which there is one" },
  { process: "init", call: "rt_sigpending", reason: "signals that came while the sandbox was built do not reach the app" },
  { process: "init", call: "rt_sigtimedwait", reason: "such a signal is taken off a second time later" },
  { process: "init", call: "unshare", reason: "the proof that no other user namespace can be made: it is meant to fail" },
  { process: "init", call: "wait4", reason: "asked again at the next turn, or init ends, and all inside with it", ends: true },
  { process: "connector", call: "exit_group", reason: "the C library tries another way to end" },
  { process: "connector", call: "umask", reason: "files in the connector's root get fewer rights" },
  { process: "app", call: "fcntl", reason: "the descriptor gets no Landlock rule: it cannot be opened a second time by its number" },
  { process: "app", call: "newfstatat", reason: "the descriptor gets no Landlock rule: it cannot be opened a second time by its number" },
  { process: "app", call: "close", reason: "the descriptor goes at exec" },
  { process: "app", call: "set_robust_list", reason: "of the C library's threads, of which there is one" },
  { process: "init", call: "sendto", reason: "the front does not hear of the end, and tells that init is gone", ends: true },
  { process: "init", call: "poll", reason: "init ends, and all inside with it", ends: true },
];

export function isHarmless(process: string, call: string, kind: string): boolean {
  return HARMLESS_FAULTS.some((known) => known.process === process && known.call === call && (kind === "same" || (kind === "ended" && known.ends === true)));
}
