// Which system calls the app may not make, and why. Data: a call is refused with `errno` where its condition holds, and allowed where no rule names it.
import type { SyscallName } from "./syscall-numbers.ts";

/** asm-generic/errno-base.h, errno.h: the same numbers on both architectures. */
export const ERRNO = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

/** On the low 32 bits of one argument: the kernel itself looks at no more of these. */
export type Condition =
  | { readonly kind: "any-bit"; readonly argument: number; readonly bits: number; readonly words: string }
  | { readonly kind: "one-of"; readonly argument: number; readonly values: readonly number[]; readonly words: string }
  | { readonly kind: "none-of"; readonly argument: number; readonly values: readonly number[]; readonly words: string };

/** What a manifest's features change. */
export interface FilterFeatures {
  readonly devel: boolean;
  readonly bluetooth: boolean;
  readonly canbus: boolean;
  /** Which sandboxes the app may make itself. */
  readonly nested: NestedLevel;
}

export type NestedLevel = "none" | "isolate" | "full";

export interface Rule {
  readonly syscalls: readonly SyscallName[];
  readonly errno: keyof typeof ERRNO;
  /** Absent: always. */
  readonly condition?: Condition;
  /** Must hold as well. */
  readonly and?: Condition;
  readonly reason: string;
  /** Where this feature is on, the rule is left out. */
  readonly unless?: Exclude<keyof FilterFeatures, "nested">;
  /** Where it holds; absent: at every level. */
  readonly nested?: readonly NestedLevel[];
}

// uapi/linux/sched.h. In clone(2) the low byte is the exit signal, so CLONE_NEWTIME (0x80) is no flag there.
const CLONE = {
  NEWTIME: 0x80,
  NEWNS: 0x00020000,
  NEWCGROUP: 0x02000000,
  NEWUTS: 0x04000000,
  NEWIPC: 0x08000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
};
const NAMESPACE_FLAGS = CLONE.NEWNS | CLONE.NEWCGROUP | CLONE.NEWUTS | CLONE.NEWIPC | CLONE.NEWUSER | CLONE.NEWPID | CLONE.NEWNET;
/** What is left of them where an app may isolate its parts: nothing in these namespaces is needed for that, and mounts would undo what the sandbox hides. */
const NEVER_ISOLATED = CLONE.NEWNS | CLONE.NEWCGROUP | CLONE.NEWUTS;
// asm-generic/ioctls.h
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
// linux/socket.h
const AF = { UNSPEC: 0, LOCAL: 1, INET: 2, INET6: 10, NETLINK: 16, CAN: 29, BLUETOOTH: 31 } as const;
// linux/netlink.h
const NETLINK = { XFRM: 6, NETFILTER: 12 } as const;
// linux/in.h, linux/in6.h; IPT_, IP6T_, ARPT_ and EBT_BASE_CTL and the number after each: a whole table of rules at once
const SOL = { IP: 0, IPV6: 41 } as const;
const TABLE_OPTIONS = [64, 65, 96, 97, 128, 129] as const;

const FLATPAK: readonly Rule[] = [
  { syscalls: ["syslog"], errno: "EPERM", reason: "the kernel's log tells of other programs" },
  { syscalls: ["uselib", "acct", "quotactl", "quotactl_fd"], errno: "EPERM", reason: "obsolete or administration, with a history of holes" },
  { syscalls: ["add_key", "keyctl", "request_key"], errno: "EPERM", reason: "keyrings do not know of namespaces" },
  {
    syscalls: ["move_pages", "mbind", "get_mempolicy", "set_mempolicy", "set_mempolicy_home_node", "migrate_pages"],
    errno: "EPERM",
    reason: "placing memory on nodes: scarcely tested code that no desktop program needs",
  },
  {
    syscalls: ["unshare", "chroot"],
    errno: "EPERM",
    reason: "nested namespaces open kernel code that is otherwise out of reach",
    nested: ["none"],
  },
  { syscalls: ["setns", "mount", "umount2", "pivot_root"], errno: "EPERM", reason: "mounts could undo what the sandbox hides", nested: ["none", "isolate"] },
  {
    syscalls: ["clone"],
    errno: "EPERM",
    reason: "nested namespaces open kernel code that is otherwise out of reach",
    condition: { kind: "any-bit", argument: 0, bits: NAMESPACE_FLAGS, words: "with a flag for a new namespace" },
    nested: ["none"],
  },
  {
    syscalls: ["clone"],
    errno: "EPERM",
    reason: "isolating parts needs user, pid, network and ipc namespaces, no other",
    condition: { kind: "any-bit", argument: 0, bits: NEVER_ISOLATED, words: "with a flag for a new mount, cgroup or host name namespace" },
    nested: ["isolate"],
  },
  {
    syscalls: ["unshare"],
    errno: "EPERM",
    reason: "isolating parts needs user, pid, network and ipc namespaces, no other",
    condition: {
      kind: "any-bit",
      argument: 0,
      bits: NEVER_ISOLATED | CLONE.NEWTIME,
      words: "with a flag for a new mount, cgroup, time or host name namespace",
    },
    nested: ["isolate"],
  },
  {
    syscalls: ["clone3"],
    errno: "ENOSYS",
    reason: "its flags lie in memory, where a filter cannot look; programs fall back to clone",
    nested: ["none", "isolate"],
  },
  {
    syscalls: ["open_tree", "open_tree_attr", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"],
    errno: "ENOSYS",
    reason: "mounting by the newer calls; programs fall back to mount, which is refused",
    nested: ["none", "isolate"],
  },
  {
    syscalls: ["ioctl"],
    errno: "EPERM",
    reason: "types into the terminal that the app shares with its caller",
    condition: { kind: "one-of", argument: 1, values: [TIOCSTI, TIOCLINUX], words: "for TIOCSTI and TIOCLINUX" },
  },
  { syscalls: ["modify_ldt"], errno: "EPERM", reason: "16-bit segments: a history of holes, needed by 32-bit Windows programs alone" },
  { syscalls: ["perf_event_open"], errno: "EPERM", reason: "counters tell of other programs; a history of holes", unless: "devel" },
  { syscalls: ["ptrace"], errno: "EPERM", reason: "for debuggers; a history of ways around filters", unless: "devel" },
  {
    syscalls: ["personality"],
    errno: "EPERM",
    reason: "switches protections such as address randomisation off",
    unless: "devel",
    condition: { kind: "none-of", argument: 0, values: [0], words: "for anything but PER_LINUX" },
  },
];

const BEYOND_FLATPAK: readonly Rule[] = [
  {
    syscalls: ["io_uring_setup", "io_uring_enter", "io_uring_register"],
    errno: "ENOSYS",
    reason: "does what other calls do past this filter, with a history of holes; programs fall back",
  },
  { syscalls: ["userfaultfd"], errno: "EPERM", reason: "holds the kernel still in the middle of a copy: the tool of many exploits" },
  { syscalls: ["bpf"], errno: "EPERM", reason: "code in the kernel; nothing in a sandbox may load it" },
  { syscalls: ["open_by_handle_at"], errno: "EPERM", reason: "opens files by number, past the mounts of the sandbox" },
  {
    syscalls: ["socket"],
    errno: "EPERM",
    reason: "rules for packets: the part of the kernel with most holes for who has a network namespace of his own; no desktop program sets any",
    condition: { kind: "one-of", argument: 0, values: [AF.NETLINK], words: "for netlink" },
    and: { kind: "one-of", argument: 2, values: [NETLINK.NETFILTER, NETLINK.XFRM], words: "of netfilter or xfrm" },
  },
  {
    syscalls: ["setsockopt", "getsockopt"],
    errno: "EPERM",
    reason: "the older way to rules for packets",
    condition: { kind: "one-of", argument: 2, values: TABLE_OPTIONS, words: "for a table of such rules" },
    and: { kind: "one-of", argument: 1, values: [SOL.IP, SOL.IPV6], words: "of ip or ipv6" },
  },
  {
    syscalls: ["kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"],
    errno: "EPERM",
    reason: "changes the kernel; refused again here should a capability ever be left",
  },
];

/** The rules in force; where several name a call, each refuses it for its own reason. */
export function rulesFor(features: FilterFeatures): readonly Rule[] {
  const families = [AF.UNSPEC, AF.LOCAL, AF.INET, AF.INET6, AF.NETLINK, ...(features.canbus ? [AF.CAN] : []), ...(features.bluetooth ? [AF.BLUETOOTH] : [])];
  const sockets: Rule = {
    syscalls: ["socket"],
    errno: "EAFNOSUPPORT",
    reason: "rare network protocols: scarcely tested code, and some reach the machine around us (vsock)",
    condition: { kind: "none-of", argument: 0, values: families, words: "for any family but local, inet, inet6 and netlink" },
  };
  return [...FLATPAK, ...BEYOND_FLATPAK, sockets].filter(
    (rule) => (rule.unless === undefined || !features[rule.unless]) && (rule.nested?.includes(features.nested) ?? true),
  );
}
