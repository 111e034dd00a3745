// Where a permission comes from, as verdicts and refusals name it. Pure.
import type { Origin } from "../manifest/origin.ts";

/** `file:line: text`. */
export function placeOf(origin: Origin): string {
  return origin.file === "" ? origin.text : `${origin.file}:${origin.line}: ${origin.text}`;
}
