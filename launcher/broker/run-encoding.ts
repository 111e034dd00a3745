// A plan as bytes for the front. For a plan that is used again they are kept, and only the instance's number is put in.
import { Buffer } from "node:buffer";
import { encodePlan } from "../../native/plan-language.ts";
import type { OpenedInstance } from "../instance/door.ts";
import { encodeRun, type Plan } from "../plan/door.ts";

type Named = Pick<OpenedInstance, "id" | "directory">;

export interface RunEncoding {
  /** `strangerCookie`: what this start alone has; then nothing kept is used. */
  payloadFor(instance: Named, strangerCookie?: Uint8Array): Uint8Array;
  /** Keeps the bytes for the next instance. Takes as long as encoding twice: called when nobody waits. */
  keep(instance: Named): void;
  /** What was kept, null before. */
  readonly kept: KeptEncoding | null;
}

export interface KeptEncoding {
  readonly bytes: Uint8Array;
  /** Where the number stands. */
  readonly places: readonly number[];
  /** The directory of an instance, up to its number. */
  readonly above: string;
  readonly digits: number;
}

export function createRunEncoding(plan: Plan, printTiming: boolean, keptBefore: KeptEncoding | null = null): RunEncoding {
  let kept = keptBefore;
  const encode = (instance: Named, strangerCookie?: Uint8Array): Buffer => {
    const encoded = encodeRun(plan, instance, strangerCookie);
    // The front prints its own part of the times.
    return Buffer.from(encodePlan(printTiming ? { ...encoded, arguments: ["--timing", ...encoded.arguments] } : encoded));
  };
  return {
    get kept() {
      return kept;
    },
    payloadFor(instance, strangerCookie) {
      const { id, directory } = instance;
      if (strangerCookie !== undefined) return encode(instance, strangerCookie);
      if (kept === null || id.length !== kept.digits || directory !== `${kept.above}${id}`) return encode(instance);
      const bytes = Buffer.from(kept.bytes);
      for (const place of kept.places) bytes.write(id, place, "latin1");
      return bytes;
    },
    keep({ id, directory }) {
      if (kept === null && directory.endsWith(`/${id}`)) kept = findPlaces(directory.slice(0, -id.length), id.length, encode);
    },
  };
}

/** What differs between two instances whose numbers differ in every digit is the number, wherever it stands. Null where something else differs too. */
function findPlaces(above: string, digits: number, encode: (instance: Named) => Buffer): KeptEncoding | null {
  const [one, other] = ["1", "2"].map((digit) => encode({ id: digit.repeat(digits), directory: `${above}${digit.repeat(digits)}` })) as [Buffer, Buffer];
  if (one.length !== other.length) return null;
  const places: number[] = [];
  for (let at = 0; at < one.length; at++) {
    if (one[at] === other[at]) continue;
    if (one.toString("latin1", at, at + digits) !== "1".repeat(digits) || other.toString("latin1", at, at + digits) !== "2".repeat(digits)) return null;
    places.push(at);
    at += digits - 1;
  }
  return { bytes: one, places, above, digits };
}
