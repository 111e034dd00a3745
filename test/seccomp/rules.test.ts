// Every rule of the filter, on both architectures, through an interpreter of the kernel's machine.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AUDIT_ARCH, RETURN } from "../../launcher/seccomp/assembler.ts";
import { makeFilter } from "../../launcher/seccomp/door.ts";
import { type Condition, ERRNO, type FilterFeatures, rulesFor } from "../../launcher/seccomp/rules.ts";
import { type Architecture, SYSCALL_NUMBERS, type SyscallName } from "../../launcher/seccomp/syscall-numbers.ts";
import { runFilter } from "../support/bpf-interpreter.ts";

const NONE: FilterFeatures = { devel: false, bluetooth: false, canbus: false, nested: "none" };
const NESTED = ["none", "isolate", "full"] as const;
const ARCHITECTURES: readonly Architecture[] = ["x86_64", "aarch64"];
const AUDIT_ARCH_I386 = 0x40000003;
const AUDIT_ARCH_ARM = 0x40000028;

function answer(architecture: Architecture, name: SyscallName, values: readonly bigint[] = [], features = NONE): number {
  const number = SYSCALL_NUMBERS[name][architecture];
  assert.notEqual(number, null);
  return runFilter(makeFilter(features, architecture), { number: number as number, arch: AUDIT_ARCH[architecture], arguments: values });
}

const refused = (errno: keyof typeof ERRNO): number => RETURN.ERRNO | ERRNO[errno];

/** Values of the argument for which the rule refuses, and some for which it does not. */
function samples(condition: Condition): { readonly refuse: readonly bigint[]; readonly allow: readonly bigint[] } {
  const high = 0xdeadbeef00000000n;
  switch (condition.kind) {
    case "any-bit":
      return {
        refuse: [BigInt(condition.bits >>> 0), BigInt(condition.bits >>> 0) | high, BigInt(condition.bits & -condition.bits) | 17n],
        allow: [0n, 17n, BigInt(~condition.bits >>> 0), high],
      };
    case "one-of":
      return { refuse: condition.values.flatMap((value) => [BigInt(value), BigInt(value) | high]), allow: [0n, 0x5401n, high] };
    case "none-of":
      return { refuse: [3n, 38n, 40n, 44n, 0xffffffffn, 3n | high], allow: condition.values.flatMap((value) => [BigInt(value), BigInt(value) | high]) };
  }
}

function holds(condition: Condition | undefined, values: readonly bigint[]): boolean {
  if (condition === undefined) return true;
  const low = Number((values[condition.argument] ?? 0n) & 0xffffffffn);
  if (condition.kind === "any-bit") return (low & condition.bits) !== 0;
  return condition.values.includes(low) === (condition.kind === "one-of");
}

/** What the rules say as they are written; the program must say the same. */
function expectedAnswer(name: SyscallName, values: readonly bigint[], features: FilterFeatures): number {
  const rule = rulesFor(features).find((one) => one.syscalls.includes(name) && holds(one.condition, values) && holds(one.and, values));
  return rule === undefined ? RETURN.ALLOW : refused(rule.errno);
}

describe("the filter of system calls", () => {
  for (const architecture of ARCHITECTURES) {
    for (const nested of NESTED) {
      const features = { ...NONE, nested };
      for (const rule of rulesFor(features)) {
        for (const name of rule.syscalls) {
          if (SYSCALL_NUMBERS[name][architecture] === null) continue;
          const words = [rule.condition?.words ?? "always", ...(rule.and === undefined ? [] : [rule.and.words])].join(" ");
          it(`refuses ${name} ${words} on ${architecture}, with nested=${nested}`, () => {
            if (rule.condition === undefined) {
              assert.equal(answer(architecture, name, [1n, 2n, 3n], features), refused(rule.errno));
              return;
            }
            const { condition, and = condition } = rule;
            const at = (first: bigint, second: bigint): readonly bigint[] =>
              Array.from({ length: 6 }, (_, index) => (index === condition.argument ? first : index === and.argument ? second : 0x5aa5n));
            const says = (first: bigint, second: bigint, expected: number): void =>
              assert.equal(answer(architecture, name, at(first, second), features), expected, `0x${first.toString(16)} 0x${second.toString(16)}`);
            const [first, second] = [samples(condition), samples(and)];
            for (const value of first.refuse) for (const other of rule.and === undefined ? [value] : second.refuse) says(value, other, refused(rule.errno));
            for (const value of first.allow)
              for (const other of [...second.refuse, ...second.allow]) says(value, other, expectedAnswer(name, at(value, other), features));
            if (rule.and !== undefined)
              for (const value of first.refuse) for (const other of second.allow) says(value, other, expectedAnswer(name, at(value, other), features));
          });
        }
      }
    }

    it(`allows what no rule names on ${architecture}`, () => {
      const named = new Set(Object.values(SYSCALL_NUMBERS).map((numbers) => numbers[architecture]));
      const program = makeFilter(NONE, architecture);
      for (let number = 0; number < 600; number += 1) {
        if (!named.has(number)) assert.equal(runFilter(program, { number, arch: AUDIT_ARCH[architecture], arguments: [] }), RETURN.ALLOW, String(number));
      }
    });

    it(`ends a process that calls by another interface than ${architecture}`, () => {
      const program = makeFilter(NONE, architecture);
      for (const arch of [AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0, AUDIT_ARCH[architecture === "x86_64" ? "aarch64" : "x86_64"]]) {
        assert.equal(runFilter(program, { number: 1, arch, arguments: [] }), RETURN.KILL_PROCESS);
      }
    });
  }

  it("ends a process that calls by x32, also for numbers that look negative", () => {
    const program = makeFilter(NONE, "x86_64");
    for (const number of [0x40000000, 0x40000000 + 16, -1])
      assert.equal(runFilter(program, { number, arch: AUDIT_ARCH.x86_64, arguments: [0n, 0x5412n] }), RETURN.KILL_PROCESS);
  });

  it("opens tracing and counters with features=devel, and nothing else", () => {
    const devel = { ...NONE, devel: true };
    for (const name of ["ptrace", "perf_event_open"] as const) assert.equal(answer("x86_64", name, [], devel), RETURN.ALLOW);
    assert.equal(answer("x86_64", "personality", [0xffffffffn], devel), RETURN.ALLOW);
    for (const name of ["mount", "bpf", "keyctl", "setns"] as const) assert.equal(answer("x86_64", name, [], devel), refused("EPERM"));
  });

  it("opens user, pid, network and ipc namespaces with nested=isolate, and no other, nor mounts", () => {
    const isolate = { ...NONE, nested: "isolate" } as const;
    // NEWIPC, NEWUSER, NEWPID, NEWNET, alone and together; SIGCHLD as the exit signal.
    for (const flags of [0x08000000n, 0x10000000n, 0x20000000n, 0x40000000n, 0x78000000n, 0x78000011n]) {
      for (const name of ["clone", "unshare"] as const) {
        if (name === "unshare" && (flags & 0xffn) !== 0n) continue;
        assert.equal(answer("x86_64", name, [flags], isolate), RETURN.ALLOW, `${name} 0x${flags.toString(16)}`);
        assert.equal(answer("x86_64", name, [flags], NONE), refused("EPERM"));
        for (const other of [0x00020000n, 0x02000000n, 0x04000000n]) assert.equal(answer("x86_64", name, [flags | other], isolate), refused("EPERM"));
      }
    }
    assert.equal(answer("x86_64", "unshare", [0x10000080n], isolate), refused("EPERM"), "a time namespace");
    assert.equal(answer("x86_64", "chroot", [], isolate), RETURN.ALLOW);
    for (const name of ["setns", "mount", "umount2", "pivot_root"] as const) assert.equal(answer("x86_64", name, [], isolate), refused("EPERM"));
    for (const name of ["clone3", "open_tree", "move_mount", "fsopen", "mount_setattr"] as const)
      assert.equal(answer("x86_64", name, [], isolate), refused("ENOSYS"));
  });

  it("opens every namespace and every mount with nested=full, and nothing else", () => {
    const full = { ...NONE, nested: "full" } as const;
    for (const name of [
      "clone",
      "unshare",
      "setns",
      "mount",
      "umount2",
      "pivot_root",
      "chroot",
      "clone3",
      "open_tree",
      "open_tree_attr",
      "move_mount",
      "fsopen",
    ] as const)
      assert.equal(answer("x86_64", name, [0xffffffffn], full), RETURN.ALLOW, name);
    const closed = rulesFor(NONE).flatMap(({ syscalls }) => syscalls);
    const open = rulesFor(full).flatMap(({ syscalls }) => syscalls);
    assert.deepEqual(closed.filter((name) => !open.includes(name)).sort(), [
      ...["chroot", "clone", "clone3", "fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr"],
      ...["move_mount", "open_tree", "open_tree_attr", "pivot_root", "setns", "umount2", "unshare"],
    ]);
  });

  it("leaves every other use of netlink and of socket options open: routes, devices, time-outs, traffic class", () => {
    for (const architecture of ARCHITECTURES) {
      for (const protocol of [0n, 4n, 9n, 15n, 16n]) assert.equal(answer(architecture, "socket", [16n, 3n, protocol]), RETURN.ALLOW, String(protocol));
      assert.equal(answer(architecture, "socket", [2n, 1n, 6n]), RETURN.ALLOW, "TCP, whose number is xfrm's");
      for (const [level, option] of [
        [1n, 65n],
        [6n, 64n],
        [41n, 67n],
        [0n, 1n],
      ] as const)
        for (const call of ["setsockopt", "getsockopt"] as const)
          assert.equal(answer(architecture, call, [5n, level, option]), RETURN.ALLOW, `${level} ${option}`);
    }
  });

  it("opens one more socket family with features=bluetooth and with features=canbus", () => {
    assert.equal(answer("x86_64", "socket", [31n], { ...NONE, bluetooth: true }), RETURN.ALLOW);
    assert.equal(answer("x86_64", "socket", [29n], { ...NONE, bluetooth: true }), refused("EAFNOSUPPORT"));
    assert.equal(answer("aarch64", "socket", [29n], { ...NONE, canbus: true }), RETURN.ALLOW);
  });

  it("stays below the kernel's limit of 4096 instructions", () => {
    for (const architecture of ARCHITECTURES) assert.ok(makeFilter(NONE, architecture).length / 8 < 4096);
  });
});
