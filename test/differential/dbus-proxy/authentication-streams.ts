// Bytes that an app may send before its messages, and which of them let it in: D-Bus specification, "Authentication Protocol", written down a second time.
import { Buffer } from "node:buffer";
import fc from "fast-check";

const MAX_LINE = 16 * 1024;
const MAX_REFUSED = 8;

/** Lines without their end; HEX stands for the digits of the uid. */
const USUAL = ["AUTH EXTERNAL HEX", "AUTH EXTERNAL", "DATA HEX", "DATA", "NEGOTIATE_UNIX_FD"];
const ODD = [
  ...["AUTH", "AUTH EXTERNAL 31", "AUTH EXTERNAL zz", "AUTH ANONYMOUS", "AUTH DBUS_COOKIE_SHA1 HEX", "DATA 31", "NEGOTIATE_UNIX_FD x", "CANCEL", "ERROR why"],
  ...["BEGIN ", "BEGIN x", "BEGIN\t", "BEGINX", " BEGIN", "begin", "", "nonsense", "auth EXTERNAL HEX", "\x7f", "\xe9", "A\0B", "A\rB", "A\nB", "OK 00"],
  ...[MAX_LINE - 3, MAX_LINE - 2, MAX_LINE - 1].map((length) => "A".repeat(length)),
];

export interface Stream {
  readonly first: string;
  readonly lines: readonly string[];
  /** Where the bytes are cut into writes, as shares of the whole. */
  readonly cuts: readonly number[];
}

export const stream: fc.Arbitrary<Stream> = fc.record({
  first: fc.oneof({ weight: 8, arbitrary: fc.constant("\0") }, { weight: 1, arbitrary: fc.constantFrom("X", "", "\0\0") }),
  lines: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(["AUTH EXTERNAL HEX", "NEGOTIATE_UNIX_FD"], ["AUTH EXTERNAL", "DATA", "NEGOTIATE_UNIX_FD"]) },
    {
      weight: 3,
      arbitrary: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...USUAL) }, { weight: 1, arbitrary: fc.constantFrom(...ODD) }), { maxLength: 5 }),
    },
  ),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
});

export function hexOf(uid: number): string {
  return Buffer.from(String(uid)).toString("hex");
}

/** The bytes up to and with BEGIN. */
export function streamBytes({ first, lines }: Stream, uid: number): Buffer {
  return Buffer.from(first + [...lines, "BEGIN"].map((line) => `${line.replace("HEX", hexOf(uid))}\r\n`).join(""), "latin1");
}

/** The lines one by one, the byte before them with the first. */
export function streamLines({ first, lines }: Stream, uid: number): Buffer[] {
  const words = [...lines, "BEGIN"].map((line) => `${line.replace("HEX", hexOf(uid))}\r\n`);
  return words.map((line, index) => Buffer.from(index === 0 ? first + line : line, "latin1"));
}

export function cutUp(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...cuts.map((share) => Math.floor(share * bytes.length)), bytes.length])].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index] as number, end));
}

/** Whether these bytes end in an authenticated BEGIN. */
export function letsIn({ first, lines }: Stream, uid: number): boolean {
  if (first !== "\0") return false;
  const own = ["", hexOf(uid)];
  let state: "start" | "asked" | "in" = "start";
  let refused = 0;
  for (const raw of lines) {
    const line = raw.replace("HEX", hexOf(uid));
    if (!/^[\x20-\x7e]*$/.test(line) || line.length > MAX_LINE - 2) return false;
    const [command = "", ...rest] = line.split(" ");
    const refuse = (): boolean => {
      state = "start";
      return ++refused <= MAX_REFUSED;
    };
    if (command === "AUTH" && state === "start") {
      if (rest[0] !== "EXTERNAL" || rest.length > 2) refuse();
      else if (rest.length === 1) state = "asked";
      else if (own.includes((rest[1] as string).toLowerCase())) state = "in";
      else refuse();
    } else if (command === "DATA" && state === "asked") {
      if (own.includes(rest.join(" ").toLowerCase())) state = "in";
      else refuse();
    } else if ((command === "CANCEL" || command === "ERROR") && state !== "start") refuse();
    else if (line === "BEGIN" && state !== "in") return false;
  }
  return state === "in";
}
