// What a sweep of hours has found so far, beside the build that it is about: a sweep that is ended goes on where it was. Another build begins anew.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import type { Fault, Outcome } from "../native/faults.ts";

const FOLDER = "build/faults";
/** What a start is made of. */
const PROGRAMS = ["build/tsbox", ...["broker", "planner", "bus"].map((name) => `build/${name}-code.cjs`)];

export interface KeptOutcomes {
  get(fault: Fault): Outcome | undefined;
  /** What is wrong is not kept: it is played again. */
  put(fault: Fault, outcome: Outcome): void;
  /** The sweep is whole; the next one plays everything. */
  forget(): void;
}

export function openKeptOutcomes(): KeptOutcomes {
  const hash = createHash("sha256");
  for (const program of PROGRAMS) hash.update(readFileSync(program));
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/${hash.digest("hex").slice(0, 16)}.jsonl`;
  const outcomes = new Map<string, Outcome>();
  for (const line of existsSync(file) ? readFileSync(file, "utf8").split("\n") : []) {
    // The last one may have been cut short.
    if (!line.endsWith("]")) continue;
    const [fault, outcome] = JSON.parse(line) as [string, Outcome];
    outcomes.set(fault, outcome);
  }
  return {
    get: (fault) => outcomes.get(nameOf(fault)),
    put(fault, outcome) {
      if (outcome.kind === "wrong") return;
      outcomes.set(nameOf(fault), outcome);
      appendFileSync(file, `${JSON.stringify([nameOf(fault), outcome])}\n`);
    },
    forget: () => rmSync(file, { force: true }),
  };
}

const nameOf = ({ process: role, name, count, error }: Fault): string => `${role}:${name}:${count}:${error}`;
