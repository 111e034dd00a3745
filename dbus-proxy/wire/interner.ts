// Header texts from their bytes without making a string each time: a bounded table of the texts seen, each checked once per kind.
import { isBusName, isInterfaceName, isMemberName, isObjectPath } from "./names.ts";
import { isSignature } from "./signature.ts";

/** What a text must be; each is one bit of an entry's memory. */
export const TextKind = { PATH: 1, INTERFACE: 2, MEMBER: 4, BUS_NAME: 8, SIGNATURE: 16 } as const;

interface Entry {
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Kinds asked already, and those that answered yes. */
  asked: number;
  valid: number;
}

const SLOTS = 4096;
/** Longer texts (paths only) are decoded each time: the table holds at most 1 MiB of bytes. */
const LONGEST = 255;

/** One per process: texts are no secret between apps, only their bytes decide. */
export class Interner {
  readonly #slots: (Entry | undefined)[] = new Array(SLOTS);

  /** The text at [from, from + length) if it is of that kind, else undefined. Only ASCII texts can be of any kind. */
  read(bytes: Uint8Array, from: number, length: number, kind: number): string | undefined {
    if (length > LONGEST) return check(decodeLatin1(bytes, from, length), kind);
    let hash = length;
    for (let at = from, end = from + length; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    let entry = this.#slots[slot];
    if (entry === undefined || !same(entry.bytes, bytes, from, length)) {
      entry = { bytes: bytes.slice(from, from + length), text: decodeLatin1(bytes, from, length), asked: 0, valid: 0 };
      this.#slots[slot] = entry;
    }
    if ((entry.asked & kind) === 0) {
      entry.asked |= kind;
      if (check(entry.text, kind) !== undefined) entry.valid |= kind;
    }
    return (entry.valid & kind) !== 0 ? entry.text : undefined;
  }
}

function same(known: Uint8Array, bytes: Uint8Array, from: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let at = 0; at < length; at++) if (known[at] !== bytes[from + at]) return false;
  return true;
}

// One char per byte: a byte above 0x7f becomes a char that no kind allows, so it is refused and never misread.
function decodeLatin1(bytes: Uint8Array, from: number, length: number): string {
  let text = "";
  for (let at = from; at < from + length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, from + length)));
  return text;
}

function check(text: string, kind: number): string | undefined {
  return CHECKS[kind]?.(text) === true ? text : undefined;
}

const CHECKS: Readonly<Record<number, (text: string) => boolean>> = {
  [TextKind.PATH]: isObjectPath,
  [TextKind.INTERFACE]: isInterfaceName,
  [TextKind.MEMBER]: isMemberName,
  [TextKind.BUS_NAME]: isBusName,
  [TextKind.SIGNATURE]: isSignature,
};
