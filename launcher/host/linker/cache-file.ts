// The file that ldconfig(8) leaves for ld.so: names of libraries and where they lie (glibc's "new" format, sysdeps/generic/dl-cache.h). Pure.

export interface CacheEntry {
  readonly name: string;
  /** Absolute path inside. */
  readonly path: string;
  /** What ld.so asks of a library before it takes it. */
  readonly flags: number;
}

const MAGIC = "glibc-ld.so.cache1.1";
const HEADER_BYTES = 48;
const ENTRY_BYTES = 24;
const LITTLE_ENDIAN = 2;

/** FLAG_ELF_LIBC6 with the mark of the machine; null for one that the linker of this machine's programs never loads. */
export function linkerFlags(machine: number, bits: 32 | 64): number | null {
  if (machine === 62) return bits === 64 ? 0x0303 : 0x0803;
  if (machine === 183 && bits === 64) return 0x0a03;
  if (machine === 3 && bits === 32) return 0x0003;
  // Hard-float, as every distribution of today is.
  if (machine === 40 && bits === 32) return 0x0903;
  return null;
}

/** Of entries with the same name the earlier one wins. */
export function encodeLinkerCache(entries: readonly CacheEntry[]): Uint8Array {
  const order = entries.map((entry, index) => ({ entry, index }));
  order.sort((one, other) => compareNames(other.entry.name, one.entry.name) || one.index - other.index);
  const strings: Buffer[] = [];
  let next = HEADER_BYTES + order.length * ENTRY_BYTES;
  const known = new Map<string, number>();
  const put = (text: string): number => {
    const there = known.get(text);
    if (there !== undefined) return there;
    const bytes = Buffer.from(`${text}\0`, "latin1");
    const at = next;
    strings.push(bytes);
    known.set(text, at);
    next += bytes.length;
    return at;
  };
  const table = Buffer.alloc(HEADER_BYTES + order.length * ENTRY_BYTES);
  for (const [index, { entry }] of order.entries()) {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    table.writeInt32LE(entry.flags, at);
    table.writeUInt32LE(put(entry.name), at + 4);
    table.writeUInt32LE(put(entry.path), at + 8);
  }
  table.write(MAGIC, 0, "latin1");
  table.writeUInt32LE(order.length, 20);
  table.writeUInt32LE(next - table.length, 24);
  table.writeUInt8(LITTLE_ENDIAN, 28);
  return Buffer.concat([table, ...strings]);
}

/** glibc's `_dl_cache_libcmp`, by which ld.so searches: runs of digits count as numbers, and more than other characters. */
export function compareNames(one: string, other: string): number {
  let [at, to] = [0, 0];
  while (at < one.length) {
    const [left, right] = [digits(one, at), digits(other, to)];
    if (left !== null && right !== null) {
      if (left.value !== right.value) return left.value < right.value ? -1 : 1;
      [at, to] = [left.end, right.end];
    } else if (left !== null) return 1;
    else if (right !== null) return -1;
    else {
      const difference = one.charCodeAt(at) - (to < other.length ? other.charCodeAt(to) : 0);
      if (difference !== 0) return difference;
      at++;
      to++;
    }
  }
  return to < other.length ? -1 : 0;
}

function digits(text: string, from: number): { readonly value: number; readonly end: number } | null {
  let end = from;
  let value = 0;
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) {
    // An int that wraps, as there.
    value = (Math.imul(value, 10) + text.charCodeAt(end) - 48) | 0;
    end++;
  }
  return end === from ? null : { value, end };
}
