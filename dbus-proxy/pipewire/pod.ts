// SPA PODs, the values of PipeWire's protocol: size and type (two little-endian words), the body, padding to eight bytes. Read here are the kinds that the filter
// decides by; others pass as they came, after a look for what could name memory of the server or a descriptor.

export const Pod = {
  NONE: 1,
  BOOL: 2,
  ID: 3,
  INT: 4,
  LONG: 5,
  STRING: 8,
  ARRAY: 13,
  STRUCT: 14,
  OBJECT: 15,
  SEQUENCE: 16,
  POINTER: 17,
  FD: 18,
  CHOICE: 19,
  POD: 20,
} as const;

const HEAD_BYTES = 8;
const MAX_DEPTH = 16;

/** One value within the bytes that it was read from. */
export interface Value {
  readonly type: number;
  readonly bytes: Uint8Array;
  /** Of the body. */
  readonly from: number;
  readonly to: number;
}

/** The value at `at`, which ends before `end`; undefined where there is none. */
export function readValue(bytes: Uint8Array, at: number, end: number): Value | undefined {
  if (end - at < HEAD_BYTES) return undefined;
  const size = word(bytes, at);
  const from = at + HEAD_BYTES;
  return size > end - from ? undefined : { type: word(bytes, at + 4), bytes, from, to: from + size };
}

/** Where the next value begins. */
export function afterValue({ from, to }: Value): number {
  return from + (to - from + 7 - ((to - from + 7) % 8));
}

/** The values of a struct; undefined where it is none, or its parts do not fill it. */
export function fieldsOf(value: Value | undefined): readonly Value[] | undefined {
  return value?.type === Pod.STRUCT ? valuesIn(value.bytes, value.from, value.to) : undefined;
}

function valuesIn(bytes: Uint8Array, from: number, to: number): readonly Value[] | undefined {
  const values: Value[] = [];
  for (let at = from; at < to; ) {
    const value = readValue(bytes, at, to);
    if (value === undefined) return undefined;
    values.push(value);
    at = afterValue(value);
  }
  return values;
}

export function intOf(value: Value | undefined): number | undefined {
  return (value?.type === Pod.INT || value?.type === Pod.ID || value?.type === Pod.BOOL) && value.to - value.from === 4
    ? word(value.bytes, value.from) | 0
    : undefined;
}

/** A text up to its zero, which must be its last byte: the server would end it at the first. */
export function textOf(value: Value | undefined): string | undefined {
  if (value?.type !== Pod.STRING || value.to === value.from) return undefined;
  const body = value.bytes.subarray(value.from, value.to);
  return body.indexOf(0) === body.length - 1 ? Buffer.from(body.subarray(0, -1)).toString("utf8") : undefined;
}

export type Properties = ReadonlyMap<string, string>;

/** A list of properties: a count, then a key and a value each, from the field at `at`. Of a key that comes twice the last counts, as for the server. */
export function readProperties(fields: readonly Value[], at: number): { readonly properties: Properties; readonly next: number } | undefined {
  const count = intOf(fields[at]);
  if (count === undefined || count < 0 || at + 1 + 2 * count > fields.length) return undefined;
  const properties = new Map<string, string>();
  for (let index = at + 1; index < at + 1 + 2 * count; index += 2) {
    const key = textOf(fields[index]);
    const value = textOf(fields[index + 1]);
    if (key === undefined || value === undefined) return undefined;
    properties.set(key, value);
  }
  return { properties, next: at + 1 + 2 * count };
}

/** Whether nothing in it, however deep, is a pointer or a descriptor, and all of it is well-formed. */
export function isPlain({ type, bytes, from, to }: Value, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  switch (type) {
    case Pod.POINTER:
    case Pod.FD:
    case Pod.SEQUENCE:
      return false;
    case Pod.STRUCT:
    case Pod.POD:
      return areAllPlain(valuesIn(bytes, from, to), depth);
    case Pod.OBJECT: {
      // Type and id, then of each property key, flags and value.
      for (let at = from + 8; at < to; ) {
        const value = readValue(bytes, at + 8, to);
        if (value === undefined || !isPlain(value, depth + 1)) return false;
        at = afterValue(value);
      }
      return to - from >= 8;
    }
    case Pod.ARRAY:
      return arePlainElements(bytes, from, to);
    case Pod.CHOICE:
      // Kind and flags, then as an array.
      return to - from >= 8 && arePlainElements(bytes, from + 8, to);
    default:
      return true;
  }
}

function areAllPlain(values: readonly Value[] | undefined, depth: number): boolean {
  return values?.every((value) => isPlain(value, depth + 1)) ?? false;
}

/** Size and type of all elements, then their bodies: of the simple types, or arrays of such (a choice between arrays). */
function arePlainElements(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < HEAD_BYTES) return false;
  const size = word(bytes, from);
  const type = word(bytes, from + 4);
  if (type !== Pod.ARRAY) return type < Pod.ARRAY;
  if (size < HEAD_BYTES) return false;
  for (let at = from + HEAD_BYTES; at < to; at += size) {
    if (at + size > to || word(bytes, at + 4) >= Pod.ARRAY) return false;
  }
  return true;
}

/** The whole value, with its head and its padding. */
export function copyOf(value: Value): Uint8Array {
  return pod(value.type, value.bytes.subarray(value.from, value.to));
}

export function pod(type: number, body: Uint8Array): Uint8Array {
  const made = new Uint8Array(HEAD_BYTES + body.length + 7 - ((body.length + 7) % 8));
  const view = new DataView(made.buffer);
  view.setUint32(0, body.length, true);
  view.setUint32(4, type, true);
  made.set(body, HEAD_BYTES);
  return made;
}

export function int(value: number, type: number = Pod.INT): Uint8Array {
  const body = new Uint8Array(4);
  new DataView(body.buffer).setInt32(0, value, true);
  return pod(type, body);
}

export function text(value: string): Uint8Array {
  return pod(Pod.STRING, Buffer.from(`${value}\0`, "utf8"));
}

export function struct(...fields: readonly Uint8Array[]): Uint8Array {
  return pod(Pod.STRUCT, Buffer.concat(fields));
}

/** Count, keys and values, as fields of a struct. */
export function propertyFields(properties: Properties): readonly Uint8Array[] {
  return [int(properties.size), ...[...properties].flatMap(([key, value]) => [text(key), text(value)])];
}

export function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}
