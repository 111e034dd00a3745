// Numbers of the system calls that the rules name (Linux: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). Null: the
// architecture does not have the call. Held against the headers of the machine by test/seccomp.

export type Architecture = "x86_64" | "aarch64";

interface Numbers {
  readonly x86_64: number | null;
  readonly aarch64: number | null;
}

const n = (x86_64: number | null, aarch64: number | null): Numbers => ({ x86_64, aarch64 });

export const SYSCALL_NUMBERS = {
  acct: n(163, 89),
  add_key: n(248, 217),
  bpf: n(321, 280),
  chroot: n(161, 51),
  clone: n(56, 220),
  clone3: n(435, 435),
  delete_module: n(176, 106),
  finit_module: n(313, 273),
  fsconfig: n(431, 431),
  fsmount: n(432, 432),
  fsopen: n(430, 430),
  fspick: n(433, 433),
  get_mempolicy: n(239, 236),
  init_module: n(175, 105),
  io_uring_enter: n(426, 426),
  io_uring_register: n(427, 427),
  io_uring_setup: n(425, 425),
  ioctl: n(16, 29),
  kexec_file_load: n(320, 294),
  kexec_load: n(246, 104),
  keyctl: n(250, 219),
  mbind: n(237, 235),
  migrate_pages: n(256, 238),
  modify_ldt: n(154, null),
  mount: n(165, 40),
  mount_setattr: n(442, 442),
  move_mount: n(429, 429),
  move_pages: n(279, 239),
  open_by_handle_at: n(304, 265),
  open_tree: n(428, 428),
  open_tree_attr: n(467, 467),
  perf_event_open: n(298, 241),
  personality: n(135, 92),
  pivot_root: n(155, 41),
  ptrace: n(101, 117),
  quotactl: n(179, 60),
  quotactl_fd: n(443, 443),
  request_key: n(249, 218),
  set_mempolicy: n(238, 237),
  set_mempolicy_home_node: n(450, 450),
  setns: n(308, 268),
  socket: n(41, 198),
  setsockopt: n(54, 208),
  getsockopt: n(55, 209),
  syslog: n(103, 116),
  umount2: n(166, 39),
  unshare: n(272, 97),
  uselib: n(134, null),
  userfaultfd: n(323, 282),
} as const satisfies Readonly<Record<string, Numbers>>;

export type SyscallName = keyof typeof SYSCALL_NUMBERS;
