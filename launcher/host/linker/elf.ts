// Reads what an ELF file says to the dynamic linker (elf(5)): machine, own name, needed libraries, interpreter. Little-endian files of 32 and 64 bits.
// INVARIANT: every offset comes from the file and is checked against it; a file that lies gives `null`, never an exception.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

export interface ElfFile {
  readonly bits: 32 | 64;
  /** e_machine: 3 is i386, 40 ARM, 62 x86-64, 183 AArch64. */
  readonly machine: number;
  /** ET_EXEC or ET_DYN. */
  readonly type: number;
  readonly soname: string | null;
  readonly needed: readonly string[];
  /** DT_RPATH and DT_RUNPATH as written, split at `:`. */
  readonly runPath: readonly string[];
  readonly interpreter: string | null;
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
const DT_SONAME = 14;
const DT_RPATH = 15;
const DT_RUNPATH = 29;
/** Larger tables are of no linker's making. */
const MOST_PROGRAM_HEADERS = 256;
const MOST_TABLE_BYTES = 4 * 1024 * 1024;
/** 4,096 entries of 64 bits; the largest of a desktop's libraries have some hundred. */
const MOST_DYNAMIC_BYTES = 64 * 1024;
const MOST_NAMES = 1024;
/** Linux's PATH_MAX: the linker opens nothing by a longer name. */
const MOST_NAME_BYTES = 4096;

/** Null for what is no such file or cannot be read. No link is followed at the end of `path`. */
export function readElf(path: string): ElfFile | null {
  let fd = -1;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = fstatSync(fd);
    return stat.isFile() ? parseElf(stat.size, (offset, length) => readAt(fd, offset, length)) : null;
  } catch {
    return null;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** `read` answers exactly the bytes asked for, or null. */
export function parseElf(size: number, read: (offset: number, length: number) => Buffer | null): ElfFile | null {
  const head = read(0, 64);
  if (head === null || head.readUInt32BE(0) !== 0x7f454c46 || head[5] !== 1 || (head[4] !== 1 && head[4] !== 2)) return null;
  const wide = head[4] === 2;
  const headers = programHeaders(head, wide, size, read);
  if (headers === null) return null;
  const facts = { bits: wide ? 64 : 32, type: head.readUInt16LE(16), machine: head.readUInt16LE(18) } as const;
  const interpreter = headers.find(({ type }) => type === PT_INTERP);
  const dynamic = headers.find(({ type }) => type === PT_DYNAMIC);
  const named = dynamic === undefined ? EMPTY : dynamicEntries(dynamic, headers, wide, read);
  return { ...facts, ...named, interpreter: interpreter === undefined ? null : textAt(read(interpreter.offset, Math.min(interpreter.length, 4096)), 0) };
}

const EMPTY = { soname: null, needed: [], runPath: [] } as const;

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly length: number;
}

function programHeaders(head: Buffer, wide: boolean, size: number, read: (offset: number, length: number) => Buffer | null): readonly ProgramHeader[] | null {
  const offset = wide ? Number(head.readBigUInt64LE(32)) : head.readUInt32LE(28);
  const entry = head.readUInt16LE(wide ? 54 : 42);
  const count = head.readUInt16LE(wide ? 56 : 44);
  if (count === 0) return [];
  if (entry < (wide ? 56 : 32) || count > MOST_PROGRAM_HEADERS || offset > size) return null;
  const table = read(offset, entry * count);
  if (table === null) return null;
  return Array.from({ length: count }, (_, index) => {
    const at = index * entry;
    const word = (position: number): number => (wide ? Number(table.readBigUInt64LE(at + position)) : table.readUInt32LE(at + position));
    return { type: table.readUInt32LE(at), offset: word(wide ? 8 : 4), address: word(wide ? 16 : 8), length: word(wide ? 32 : 16) };
  });
}

function dynamicEntries(
  dynamic: ProgramHeader,
  headers: readonly ProgramHeader[],
  wide: boolean,
  read: (offset: number, length: number) => Buffer | null,
): Pick<ElfFile, "soname" | "needed" | "runPath"> {
  const table = dynamic.length > MOST_DYNAMIC_BYTES ? null : read(dynamic.offset, dynamic.length);
  if (table === null) return EMPTY;
  const step = wide ? 16 : 8;
  const entries: [tag: number, value: number][] = [];
  for (let at = 0; at + step <= table.length; at += step) {
    const tag = wide ? Number(table.readBigInt64LE(at)) : table.readInt32LE(at);
    if (tag === 0) break;
    entries.push([tag, wide ? Number(table.readBigUInt64LE(at + 8)) : table.readUInt32LE(at + 4)]);
  }
  const numberOf = (tag: number): number | undefined => entries.find(([one]) => one === tag)?.[1];
  const address = numberOf(DT_STRTAB);
  const length = Math.min(numberOf(DT_STRSZ) ?? 0, MOST_TABLE_BYTES);
  const home = headers.find((one) => one.type === PT_LOAD && address !== undefined && address >= one.address && address < one.address + one.length);
  const strings = home === undefined || address === undefined ? null : read(home.offset + (address - home.address), length);
  if (strings === null) return EMPTY;
  // Many entries may name one long text: the copies are bounded, not only the table that they are of.
  const texts = (most: number, ...tags: number[]): string[] =>
    entries
      .filter(([tag]) => tags.includes(tag))
      .slice(0, most)
      .flatMap(([, at]) => textAt(strings, at) ?? []);
  const runPath = texts(2, DT_RPATH, DT_RUNPATH).flatMap((text) => text.split(":", MOST_NAMES));
  return { soname: texts(1, DT_SONAME)[0] ?? null, needed: texts(MOST_NAMES, DT_NEEDED), runPath };
}

/** Null also where the text is longer than a name can be. */
function textAt(bytes: Buffer | null, at: number): string | null {
  if (bytes === null || at >= bytes.length) return null;
  const from = bytes.subarray(at, at + MOST_NAME_BYTES + 1);
  const end = from.indexOf(0);
  const length = end < 0 ? from.length : end;
  return length > MOST_NAME_BYTES ? null : from.toString("latin1", 0, length);
}

function readAt(fd: number, offset: number, length: number): Buffer | null {
  if (!Number.isSafeInteger(offset) || offset < 0 || length < 0 || length > MOST_TABLE_BYTES) return null;
  const bytes = Buffer.alloc(length);
  return readSync(fd, bytes, 0, length, offset) === length ? bytes : null;
}
