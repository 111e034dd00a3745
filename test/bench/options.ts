// The options of `npm run bench`.

export interface BenchOptions {
  readonly rounds: number;
  readonly json: boolean;
  /** Fail where a target is missed. */
  readonly check: boolean;
  /** Parts of names of comparisons, or parts of the bus; empty means all. */
  readonly only: readonly string[];
}

export const USAGE = `npm run bench -- [--rounds=N] [--only=WORD[,WORD]] [--json] [--check]

  --rounds=N   rounds of the interleaved runs, 40 where not given
  --only=WORD  only comparisons whose name holds WORD: main, reply, exit, cold, listing, answer, 10, 57, 150, window, uncached, memory, sandbox (binds, at-once, alive),
               bus (or one of bus-messages, bus-apps-10, bus-apps-100, bus-rules, bus-names, bus-fair, bus-memory), portals, documents, frames, sound (or one of sound-pulse, sound-pipewire)
  --json       an array of {case, peer, ours, theirs, unit, ratio, n}
  --check      end with status 1 where a target is missed`;

/** Undefined where a word is not known: the caller shows the usage. */
export function parseOptions(words: readonly string[]): BenchOptions | undefined {
  let options: BenchOptions = { rounds: 40, json: false, check: false, only: [] };
  for (const word of words) {
    const [name, value = ""] = word.split("=", 2);
    if (word === "--json") options = { ...options, json: true };
    else if (word === "--check") options = { ...options, check: true };
    else if (name === "--rounds" && /^[1-9][0-9]{0,4}$/.test(value)) options = { ...options, rounds: Number(value) };
    else if (name === "--only" && value !== "") options = { ...options, only: [...options.only, ...value.split(",")] };
    else return undefined;
  }
  return options;
}

/** Whether the options ask for one of the parts of a group, by its name or with all of the group (`bus`, `sandbox`). */
export function wantsPart(options: BenchOptions, group: string, part: string): boolean {
  return options.only.length === 0 || options.only.some((word) => word === group || word === part);
}
