// What a message costs on its way through the filter: processor time of the filter, round trips, and what many apps, names, rules and noisy neighbours change.
import { setTimeout as wait } from "node:timers/promises";
import { type Answer, Client, type Line, openLine, type Policy, processorTime, WAYS, type Way } from "./bus-lines.ts";
import type { Result } from "./comparisons.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";
import { summarise } from "./statistics.ts";

/** Rounds before the first that counts: the filter lives for weeks, and a compiler at work beside its first ten thousand messages is not what they cost then. */
const WARM_UP = 10;

interface Load {
  readonly name: string;
  /** For bus-load.c. */
  readonly words: string;
}

/** Each takes some tens of milliseconds, so that rounds of all ways lie close together. */
const LOADS: readonly Load[] = [
  ...(["rt", "pipe"] as const).flatMap((kind) =>
    (
      [
        [64, 1000],
        [4096, 600],
        [65536, 150],
        [1048576, 15],
      ] as const
    ).map(([bytes, count]) => ({ name: `${kind}-${bytes}`, words: `${kind} ${bytes} ${count}` })),
  ),
  { name: "text-65536", words: "text 65536 150" },
  { name: "text-1048576", words: "text 1048576 15" },
  { name: "signals-64", words: "signals 64 2000" },
  { name: "descriptors", words: "fds 500" },
];
const SMALL: Load = { name: "rt-64", words: "rt 64 300" };

interface Sample {
  readonly processor: number;
  readonly wall: number;
  readonly p50: number;
  readonly p99: number;
}
type Samples = Map<string, Map<Way, Sample[]>>;

/** All clients at once; per message, in microseconds. */
async function sampleOf(line: Line, load: Load): Promise<Sample> {
  const processes = line.processes();
  const before = processorTime(processes);
  const answers: readonly Answer[] = await Promise.all(line.clients.map((client) => client.ask(load.words)));
  // What the filter does behind the last answer is part of it.
  await wait(2);
  const spent = processorTime(processes) - before;
  const messages = answers.reduce((sum, answer) => sum + answer.count, 0);
  const middle = (values: readonly number[]): number => (summarise(values)?.median ?? 0) / 1000;
  return {
    processor: spent / messages / 1000,
    wall: Math.max(...answers.map((answer) => answer.nanoseconds)) / messages / 1000,
    p50: middle(answers.map((answer) => answer.p50)),
    p99: middle(answers.map((answer) => answer.p99)),
  };
}

async function playRounds(lines: readonly Line[], loads: readonly Load[], rounds: number, suffix: string, into: Samples): Promise<void> {
  for (let round = -WARM_UP; round < rounds; round++)
    for (const load of loads)
      for (let index = 0; index < lines.length; index++) {
        const line = lines[(index + round + WARM_UP) % lines.length] as Line;
        const sample = await sampleOf(line, load);
        if (round < 0) continue;
        const name = `${load.name}${suffix}`;
        const byWay = into.get(name) ?? new Map<Way, Sample[]>();
        into.set(name, byWay.set(line.way, [...(byWay.get(line.way) ?? []), sample]));
      }
}

const short = (value: number): number => Number(value.toFixed(3));

function resultsOf(samples: Samples): Result[] {
  const results: Result[] = [];
  for (const [name, byWay] of samples)
    for (const ours of ["tsbox", "tsbox-dbus-proxy"] as const)
      for (const peer of ["xdg-dbus-proxy", "direct"] as const)
        for (const of of ["processor", "p50", "p99", "wall"] as const) {
          const value = (way: Way): number => summarise((byWay.get(way) ?? []).map((sample) => sample[of]))?.median ?? 0;
          const n = Math.min(byWay.get(ours)?.length ?? 0, byWay.get(peer)?.length ?? 0);
          if (value(ours) === 0 || value(peer) === 0) continue;
          const prefix = ours === "tsbox" ? "bus" : "drop-in";
          results.push({
            case: `${prefix}-${of}-${name}`,
            peer,
            ours: short(value(ours)),
            theirs: short(value(peer)),
            unit: "us",
            ratio: short(value(ours) / value(peer)),
            n,
          });
        }
  return results;
}

const PLAIN: Policy = { name: "Plain", rules: 0 };
const MANY_RULES: Policy = { name: "Rules", rules: 1000 };

async function withLines<T>(
  place: Place,
  installed: Installed | undefined,
  ways: readonly Way[],
  clients: number,
  policy: Policy,
  work: (lines: Line[]) => Promise<T>,
): Promise<T> {
  const lines: Line[] = [];
  try {
    for (const way of ways) {
      const line = await openLine(place, installed, way, clients, policy);
      if (line !== undefined) lines.push(line);
    }
    return await work(lines);
  } finally {
    for (const line of lines) line.end();
    await wait(300);
  }
}

/** Microseconds of the slowest of a hundred round trips. */
const MOST_BESIDE_NOISE = 5000;

/** A quiet app beside one that calls without end, one that sends MiBs without end, and one that never reads: each of an app of its own. */
async function measureFairness(place: Place, installed: Installed | undefined, rounds: number): Promise<Result[]> {
  const results: Result[] = [];
  for (const way of ["tsbox", "xdg-dbus-proxy"] as const) {
    await withLines(place, installed, [way], 1, PLAIN, async ([quiet]) => {
      if (quiet === undefined) return;
      const run = async (): Promise<Sample> => {
        const samples: Sample[] = [];
        for (let round = 0; round < rounds; round++) samples.push(await sampleOf(quiet, SMALL));
        const of = (key: keyof Sample): number => summarise(samples.map((sample) => sample[key]))?.median ?? 0;
        return { processor: of("processor"), wall: of("wall"), p50: of("p50"), p99: of("p99") };
      };
      const alone = await run();
      await withLines(place, installed, [way], 3, PLAIN, async ([noisy]) => {
        for (const [index, what] of ["flood", "stuff", "deaf"].entries()) noisy?.clients[index]?.tell(what);
        await wait(500);
        const beside = await run();
        for (const of of ["p50", "p99"] as const)
          results.push({
            case: `bus-fair-${of}-${way}`,
            peer: "undisturbed",
            ours: short(beside[of]),
            theirs: short(alone[of]),
            unit: "us",
            ratio: short(beside[of] / alone[of]),
            n: rounds,
          });
        if (way === "tsbox")
          results.push({
            case: "bus-fair-p99-tsbox",
            peer: "limit",
            ours: short(beside.p99),
            theirs: MOST_BESIDE_NOISE,
            unit: "us",
            ratio: short(beside.p99 / MOST_BESIDE_NOISE),
            n: rounds,
          });
      });
    });
  }
  return results;
}

/** `wanted`: whether a part is asked for. */
export async function measureBus(
  place: Place,
  installed: Installed | undefined,
  rounds: number,
  wanted: (part: string) => boolean,
): Promise<readonly Result[]> {
  const service = new Client(place.start([`${place.tools}/bus-load`, "service"], { input: true, environment: new Map() }));
  await service.line();
  const samples: Samples = new Map();
  const results: Result[] = [];
  /** A part that fails takes nothing from the others. */
  const part = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    if (wanted(name)) await work().catch((error: unknown) => console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`));
  };
  await part("bus-messages", () => withLines(place, installed, WAYS, 1, PLAIN, (lines) => playRounds(lines, LOADS, rounds, "", samples)));
  for (const apps of [10, 100])
    await part(`bus-apps-${apps}`, () =>
      withLines(place, installed, ["direct", "xdg-dbus-proxy", "tsbox"], apps, PLAIN, (lines) =>
        playRounds(lines, [SMALL], Math.ceil(rounds / 4), `-${apps}-apps`, samples),
      ),
    );
  await part("bus-rules", () =>
    withLines(place, installed, ["xdg-dbus-proxy", "tsbox"], 1, MANY_RULES, (lines) => playRounds(lines, [SMALL], rounds, "-1000-rules", samples)),
  );
  await part("bus-fair", async () => results.push(...(await measureFairness(place, installed, rounds))));
  await part("bus-names", async () => {
    // Last: the names stay.
    const crowd = new Client(place.start([`${place.tools}/bus-load`, "names", "10000"], { input: true, environment: new Map() }));
    await crowd.line();
    const loads = [SMALL, { name: "list-names", words: "list 20" }];
    await withLines(place, installed, ["direct", "xdg-dbus-proxy", "tsbox"], 1, PLAIN, (lines) =>
      playRounds(lines, loads, Math.ceil(rounds / 2), "-10000-names", samples),
    );
    crowd.end();
  });
  service.end();
  return [...resultsOf(samples), ...results];
}
