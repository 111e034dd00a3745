// Plans as text and back: JSON, with marks for what JSON has no word for (maps, bytes, numbers beyond 2^53). Pure.
import { Buffer } from "node:buffer";

const MAP = "$map";
const BYTES = "$bytes";
const BIG = "$big";

/** Data only: no functions, no classes but Map and Uint8Array, and no key of an object that is one of the marks. */
export function encodePlanText(value: unknown): string {
  // Not the second argument of a replacer: JSON has asked a Buffer for its toJSON by then.
  return JSON.stringify(value, function replace(this: Record<string, unknown>, key: string, plain: unknown) {
    const found = this[key];
    if (found instanceof Map) return { [MAP]: [...found] };
    if (found instanceof Uint8Array) return { [BYTES]: Buffer.from(found.buffer, found.byteOffset, found.byteLength).toString("base64") };
    if (typeof found === "bigint") return { [BIG]: String(found) };
    return plain;
  });
}

/** What was encoded. Throws a SyntaxError where it is no JSON. */
export function decodePlanText(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    if (MAP in value) return new Map(value[MAP] as [unknown, unknown][]);
    if (BYTES in value) return Buffer.from(value[BYTES] as string, "base64");
    return BIG in value ? BigInt(value[BIG] as string) : value;
  });
}
