// Where a start can fail in the C part: the `stage` of a FAILED frame. Keys of texts: `native.STAGE` for the broker, `sandbox.STAGE` in messages.c for
// the front alone. test/native/tables.test.ts holds C, both tables and this list together.
export const STAGES = [
  // reading the plan
  "plan-frame",
  "plan-word",
  "plan-data",
  "keep-fd",
  "memory",
  // namespaces and instance
  "instance",
  "namespaces",
  "uid-map",
  "gid-map",
  "mount-namespace",
  "hostname",
  "loopback",
  "connector",
  // sources, with the host in view
  "descriptors",
  "init-binary",
  "source",
  "source-changed",
  "clone-tree",
  "tree-attributes",
  "proc",
  "sysfs",
  // the new root and its places
  "new-root",
  "destination",
  "attach",
  "tmpfs",
  "directory",
  "symlink",
  "file",
  "dev",
  "devpts",
  "mqueue",
  "remount",
  "chmod",
  "listen",
  // giving up rights, starting
  "second-user-namespace",
  "disable-userns",
  "capabilities",
  "fork",
  "init-exec",
  "init-lost",
  "close-range",
  "new-session",
  "chdir",
  "landlock-scope",
  "filter",
  "exec",
  // a call that this kernel lacks, at any of them; detail is the stage
  "kernel-too-old",
] as const;

export type Stage = (typeof STAGES)[number];
