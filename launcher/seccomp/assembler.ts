// From rules to a program for the kernel's filter machine (classic BPF, seccomp(2), linux/filter.h, linux/seccomp.h). Pure.
import { ERRNO, type Condition, type Rule } from "./rules.ts";
import { type Architecture, SYSCALL_NUMBERS } from "./syscall-numbers.ts";

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 (linux/audit.h). */
export const AUDIT_ARCH: Readonly<Record<Architecture, number>> = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };
/** Set in the number of every call of the x32 interface (asm/unistd.h). */
const X32_BIT = 0x40000000;

export const RETURN = { ALLOW: 0x7fff0000, ERRNO: 0x00050000, KILL_PROCESS: 0x80000000 } as const;

/** Offsets in struct seccomp_data. Both architectures are little endian: the low half of an argument comes first. */
const OFFSET = { number: 0, arch: 4, argument: (index: number): number => 16 + 8 * index } as const;

/** Opcodes: load a word at an absolute offset, jumps with a constant, return a constant. */
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_EQUAL = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN_CONSTANT = 0x06;

interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

const load = (offset: number): Instruction => ({ code: LOAD, ifTrue: 0, ifFalse: 0, value: offset });
const jump = (code: number, value: number, ifTrue: number, ifFalse: number): Instruction => ({ code, ifTrue, ifFalse, value });
const give = (value: number): Instruction => ({ code: RETURN_CONSTANT, ifTrue: 0, ifFalse: 0, value });

/**
 * One program: another architecture's call ends the process (i386 on x86-64, 32-bit ARM on aarch64), so does one of the x32 interface; then the rules.
 * INVARIANT: of the rules that name a call each one that holds refuses it; with none it is allowed.
 */
export function assembleFilter(rules: readonly Rule[], architecture: Architecture): Uint8Array {
  const program: Instruction[] = [load(OFFSET.arch), jump(JUMP_EQUAL, AUDIT_ARCH[architecture], 1, 0), give(RETURN.KILL_PROCESS), load(OFFSET.number)];
  if (architecture === "x86_64") program.push(jump(JUMP_GREATER_EQUAL, X32_BIT, 0, 1), give(RETURN.KILL_PROCESS));
  const bodies = new Map<number, Instruction[]>();
  for (const rule of rules) {
    for (const name of rule.syscalls) {
      const number = SYSCALL_NUMBERS[name][architecture];
      if (number === null) continue;
      const before = bodies.get(number) ?? [];
      bodies.set(number, [...before, ...ruleBody(rule)]);
    }
  }
  for (const [number, body] of bodies) {
    // Where the last rule always holds there is nothing behind it.
    const whole = body.length === 1 ? body : [...body, give(RETURN.ALLOW)];
    program.push(jump(JUMP_EQUAL, number, 0, whole.length), ...whole);
  }
  program.push(give(RETURN.ALLOW));
  return encode(program);
}

/** What is done once the number matched: refuses where each condition holds, else goes on behind it. */
function ruleBody(rule: Rule): readonly Instruction[] {
  const refuse = give(RETURN.ERRNO | ERRNO[rule.errno]);
  return guarded(rule.condition, guarded(rule.and, [refuse]));
}

function guarded(condition: Condition | undefined, body: readonly Instruction[]): readonly Instruction[] {
  if (condition === undefined) return body;
  return [load(OFFSET.argument(condition.argument)), ...tests(condition, body.length), ...body];
}

/** Goes on to the next instruction where the condition holds, and over `skip` more where it does not. */
function tests(condition: Condition, skip: number): readonly Instruction[] {
  if (condition.kind === "any-bit") return [jump(JUMP_ANY_BIT, condition.bits >>> 0, 0, skip)];
  return condition.values.map((value, index) => {
    const left = condition.values.length - 1 - index;
    if (condition.kind === "none-of") return jump(JUMP_EQUAL, value, left + skip, 0);
    return jump(JUMP_EQUAL, value, left, left === 0 ? skip : 0);
  });
}

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k, in the machine's order (little endian). */
function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach((instruction, index) => {
    if (instruction.ifTrue > 255 || instruction.ifFalse > 255) throw new Error("a jump is too long for the filter machine");
    view.setUint16(index * 8, instruction.code, true);
    view.setUint8(index * 8 + 2, instruction.ifTrue);
    view.setUint8(index * 8 + 3, instruction.ifFalse);
    view.setUint32(index * 8 + 4, instruction.value >>> 0, true);
  });
  return bytes;
}
