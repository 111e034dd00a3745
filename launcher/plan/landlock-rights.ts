// Landlock's rights over paths, as the kernel numbers them (linux/landlock.h), with the version of the interface that brought each. Pure.

/** What a rule gives: to read and execute; everything; a device, to read, write and control. */
export type Access = "ro" | "rw" | "dev";

/**
 * Listing a folder (READ_DIR) is left out on purpose: what lies in a folder of the sandbox's own tells nothing, and every program that looks at `/` would need a
 * rule on it, which would give everything.
 */
const RIGHTS = {
  execute: { bit: 0, abi: 1 },
  "write-file": { bit: 1, abi: 1 },
  "read-file": { bit: 2, abi: 1 },
  "remove-dir": { bit: 4, abi: 1 },
  "remove-file": { bit: 5, abi: 1 },
  "make-char": { bit: 6, abi: 1 },
  "make-dir": { bit: 7, abi: 1 },
  "make-reg": { bit: 8, abi: 1 },
  "make-sock": { bit: 9, abi: 1 },
  "make-fifo": { bit: 10, abi: 1 },
  "make-block": { bit: 11, abi: 1 },
  "make-sym": { bit: 12, abi: 1 },
  refer: { bit: 13, abi: 2 },
  truncate: { bit: 14, abi: 3 },
  "ioctl-dev": { bit: 15, abi: 5 },
} as const;

export type PathRight = keyof typeof RIGHTS;

const ALL = Object.keys(RIGHTS) as readonly PathRight[];
/** The kernel takes no other in a rule on something that is no folder. */
const OF_A_FILE: readonly PathRight[] = ["execute", "write-file", "read-file", "truncate", "ioctl-dev"];
const GIVEN: Readonly<Record<Access, readonly PathRight[]>> = {
  ro: ["execute", "read-file"],
  rw: ALL,
  dev: ["write-file", "read-file", "truncate", "ioctl-dev"],
};

export function handledRights(abi: number): readonly PathRight[] {
  return ALL.filter((right) => RIGHTS[right].abi <= abi);
}

/** What a rule gives of those that are handled. */
export function givenRights(handled: readonly PathRight[], access: Access, folder: boolean): readonly PathRight[] {
  return handled.filter((right) => GIVEN[access].includes(right) && (folder || OF_A_FILE.includes(right)));
}

export function rightsMask(rights: readonly PathRight[]): number {
  return rights.reduce((mask, right) => mask + 2 ** RIGHTS[right].bit, 0);
}
