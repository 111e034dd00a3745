// Type signatures: D-Bus specification, "Type System". Checked once per distinct text, then walked by index.
import { MAX_ARRAY_DEPTH, MAX_SIGNATURE_BYTES, MAX_STRUCT_DEPTH } from "./limits.ts";

const BASIC = "ybnqiuxtdsogh";

/** Alignment by type character; containers included. */
export function alignmentOf(type: number): 1 | 2 | 4 | 8 {
  switch (type) {
    case 110: // n
    case 113: // q
      return 2;
    case 98: // b
    case 105: // i
    case 117: // u
    case 104: // h
    case 115: // s
    case 111: // o
    case 97: // a
      return 4;
    case 120: // x
    case 116: // t
    case 100: // d
    case 40: // (
    case 123: // {
      return 8;
    default: // y, g, v
      return 1;
  }
}

/** Bytes of a value whose every bit pattern is valid and whose size is fixed; 0 for all others. */
export function plainSizeOf(type: number): 0 | 1 | 2 | 4 | 8 {
  switch (type) {
    case 121: // y
      return 1;
    case 110:
    case 113:
      return 2;
    case 105:
    case 117:
    case 104:
      return 4;
    case 120:
    case 116:
    case 100:
      return 8;
    default: // b has two valid patterns only
      return 0;
  }
}

/** Index behind the complete type that starts at `at`, or -1 where there is none. Checks dict entries, emptiness and depth. */
export function endOfType(signature: string, at: number, arrays = 0, structs = 0): number {
  const type = signature[at];
  if (type === undefined) return -1;
  if (type === "v" || BASIC.includes(type)) return at + 1;
  if (type === "a") {
    if (arrays + 1 > MAX_ARRAY_DEPTH) return -1;
    return signature[at + 1] === "{" ? endOfDictEntry(signature, at + 1, arrays + 1, structs) : endOfType(signature, at + 1, arrays + 1, structs);
  }
  if (type !== "(" || structs + 1 > MAX_STRUCT_DEPTH || signature[at + 1] === ")") return -1;
  let next = at + 1;
  while (signature[next] !== ")") {
    next = endOfType(signature, next, arrays, structs + 1);
    if (next < 0) return -1;
  }
  return next + 1;
}

function endOfDictEntry(signature: string, at: number, arrays: number, structs: number): number {
  // A dict entry counts as a struct, as libdbus and dbus-broker have it.
  if (structs + 1 > MAX_STRUCT_DEPTH) return -1;
  const key = signature[at + 1];
  if (key === undefined || !BASIC.includes(key)) return -1;
  const next = endOfType(signature, at + 2, arrays, structs + 1);
  return next > 0 && signature[next] === "}" ? next + 1 : -1;
}

/** Any number of complete types, none included. */
export function isSignature(text: string): boolean {
  if (text.length > MAX_SIGNATURE_BYTES) return false;
  for (let at = 0; at < text.length; ) {
    at = endOfType(text, at);
    if (at < 0) return false;
  }
  return true;
}

/** What a variant holds: just one complete type. */
export function isSingleType(text: string): boolean {
  return text.length > 0 && text.length <= MAX_SIGNATURE_BYTES && endOfType(text, 0) === text.length;
}
