// Plans as text and back: JSON, and the places of what JSON has no word for (maps, bytes, numbers beyond 2^53). Pure.
// Places, not marks at the values: a reviver that looks at every value takes five times as long as the parsing, and a cold start waits for it.
import { Buffer } from "node:buffer";

type Kind = "map" | "bytes" | "big";
type Path = readonly (string | number)[];
type Place = readonly [kind: Kind, path: Path];

/** Data only: no functions, and no classes but Map and Uint8Array. */
export function encodePlanText(value: unknown): string {
  const places: Place[] = [];
  const plain = plainOf(value, [], places);
  return JSON.stringify([places, plain]);
}

/** What was encoded. Throws a SyntaxError where it is no JSON, a TypeError where it is something else. */
export function decodePlanText(text: string): unknown {
  const [places, plain] = JSON.parse(text) as [readonly Place[], unknown];
  const root = { value: plain };
  // Innermost first: a map's entries are whole before the map is.
  for (const [kind, path] of places) {
    const steps: Path = ["value", ...path];
    let holder = root as unknown as Record<string | number, unknown>;
    for (const step of steps.slice(0, -1)) holder = holder[step] as Record<string | number, unknown>;
    const last = steps.at(-1) as string | number;
    holder[last] = restored(kind, holder[last]);
  }
  return root.value;
}

function restored(kind: Kind, plain: unknown): unknown {
  if (kind === "map") return new Map(plain as [unknown, unknown][]);
  return kind === "bytes" ? Buffer.from(plain as string, "base64") : BigInt(plain as string);
}

function plainOf(value: unknown, path: Path, places: Place[]): unknown {
  if (typeof value === "bigint") {
    places.push(["big", path]);
    return String(value);
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) {
    places.push(["bytes", path]);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  }
  if (value instanceof Map) {
    const entries = [...value].map((entry, index) => entry.map((part: unknown, at: number) => plainOf(part, [...path, index, at], places)));
    places.push(["map", path]);
    return entries;
  }
  if (Array.isArray(value)) return value.map((part, index) => plainOf(part, [...path, index], places));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plainOf(part, [...path, key], places)]));
}
