// Runs a filter for the kernel's machine as seccomp does, on one made-up system call. Knows every opcode that seccomp allows and our assembler uses; any other is an error.

export interface SyscallData {
  readonly number: number;
  readonly arch: number;
  /** Up to six 64-bit arguments. */
  readonly arguments: readonly bigint[];
}

/** What the program returns: the action in the high half, data in the low. */
export function runFilter(program: Uint8Array, data: SyscallData): number {
  const input = new DataView(new ArrayBuffer(64));
  input.setInt32(0, data.number, true);
  input.setUint32(4, data.arch, true);
  for (const [index, value] of data.arguments.entries()) input.setBigUint64(16 + 8 * index, BigInt.asUintN(64, value), true);
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; ) {
    const opcode = code.getUint16(at * 8, true);
    const ifTrue = code.getUint8(at * 8 + 2);
    const ifFalse = code.getUint8(at * 8 + 3);
    const value = code.getUint32(at * 8 + 4, true);
    at += 1;
    switch (opcode) {
      case 0x20:
        if (value % 4 !== 0 || value > 60) throw new Error(`load at ${value}`);
        accumulator = input.getUint32(value, true);
        break;
      case 0x15:
        at += accumulator === value ? ifTrue : ifFalse;
        break;
      case 0x35:
        at += accumulator >= value ? ifTrue : ifFalse;
        break;
      case 0x45:
        at += (accumulator & value) !== 0 ? ifTrue : ifFalse;
        break;
      case 0x06:
        return value;
      default:
        throw new Error(`opcode ${opcode.toString(16)}`);
    }
  }
  throw new Error("the program ends without an answer");
}
