// Which line is set beside which, under which name.
import type { Samples, Metric } from "./job.ts";
import { LISTING_COMPARISONS } from "./listings.ts";
import { WINDOW_PROGRAMS } from "./peers.ts";
import { type Summary, summarise } from "./statistics.ts";

export interface Comparison {
  readonly case: string;
  readonly peer: string;
  readonly metric: Metric;
  /** Names of lines. */
  readonly ours: string;
  readonly theirs: string;
}

export interface Result {
  readonly case: string;
  readonly peer: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: string;
  readonly ratio: number;
  readonly n: number;
}

export const SIZES: readonly number[] = [10, 57, 150];

/** Every comparison, in the order of the report. */
export function listComparisons(): readonly Comparison[] {
  const list: Comparison[] = [];
  const add = (name: string, metric: Metric, ours: string, peers: Readonly<Record<string, string>>): void => {
    for (const [peer, theirs] of Object.entries(peers)) list.push({ case: name, peer, metric, ours, theirs });
  };
  for (const size of SIZES) {
    const fixed = size === 57 ? { unshare: "unshare", "firejail-noprofile": "firejail-noprofile", firejail: "firejail", flatpak: "flatpak" } : {};
    const { unshare: _, ...withBus } = fixed as Record<string, string>;
    const peers = { plain: "plain", bwrap: `bwrap-${size}`, "bwrap-fewer": `bwrap-fewer-${size}`, "bwrap-with-proxy": `bwrap-with-proxy-${size}` };
    add(`main-${size}-mounts`, "main", `tsbox-${size}`, { ...peers, ...fixed });
    add(`reply-${size}-mounts`, "reply", `tsbox-${size}`, { ...peers, ...withBus });
    add(`native-${size}-mounts`, "main", `tsbox-bwrap-${size}`, { bwrap: `bwrap-${size}` });
    add(`exit-${size}-mounts`, "exit", `tsbox-${size}`, { ...peers, ...fixed });
  }
  const same = { bwrap: "bwrap-57", "bwrap-with-proxy": "bwrap-with-proxy-57", flatpak: "flatpak", "plan-cache": "tsbox-57" };
  for (const metric of ["main", "reply"] as const) add(`${metric}-57-mounts-planned-anew`, metric, "tsbox-57-planned-anew", same);
  const slow = { "bwrap-with-proxy": "bwrap-with-proxy-57", flatpak: "flatpak" };
  for (const metric of ["main", "reply", "exit"] as const) {
    add(`${metric}-57-mounts-cold`, metric, "tsbox-57-cold", slow);
    add(`${metric}-57-mounts-first`, metric, "tsbox-57-first", slow);
  }
  add("window-smallest", "window", "tsbox-smallest", { plain: "plain-smallest", bwrap: "bwrap-smallest", flatpak: "flatpak-smallest" });
  for (const name of Object.keys(WINDOW_PROGRAMS)) {
    const peers = { plain: `plain-${name}`, bwrap: `bwrap-${name}`, firejail: `firejail-${name}` };
    add(`window-${name}`, "window", `tsbox-${name}`, peers);
    add(`window-${name}-cold`, "window", `tsbox-${name}-cold`, peers);
    const uncached = { plain: `plain-${name}-uncached`, bwrap: `bwrap-${name}-uncached` };
    add(`${UNCACHED}-${name}`, "window", `tsbox-${name}-uncached`, uncached);
    add(`${UNCACHED}-${name}-cold`, "window", `tsbox-${name}-uncached-cold`, uncached);
    add(`window-${name}-spread`, "window", `plain-again-${name}`, { plain: `plain-${name}` });
  }
  return [...list, ...LISTING_COMPARISONS];
}

/** Windows of which nothing is in the page cache, neither of the program nor of who starts it. */
const UNCACHED = "uncached";

/** Comparisons whose name holds one of the words; a bare number means that many mounts. */
export function chooseComparisons(all: readonly Comparison[], only: readonly string[]): readonly Comparison[] {
  // Seconds for each start: by name only.
  if (only.length === 0) return all.filter((comparison) => !comparison.case.startsWith(UNCACHED));
  const words = only.map((word) => (/^[0-9]+$/.test(word) ? `-${word}-` : word));
  return all.filter((comparison) => words.some((word) => comparison.case.includes(word)));
}

/** Undefined where one of the two has no samples. */
export function compare(comparison: Comparison, samples: ReadonlyMap<string, Samples>): Result | undefined {
  const of = (line: string): Summary | undefined => summarise(samples.get(line)?.times.get(comparison.metric) ?? []);
  const ours = of(comparison.ours);
  const theirs = of(comparison.theirs);
  if (ours === undefined || theirs === undefined) return undefined;
  const short = (value: number): number => Number(value.toFixed(3));
  return {
    case: comparison.case,
    peer: comparison.peer,
    ours: short(ours.median),
    theirs: short(theirs.median),
    unit: "ms",
    ratio: short(ours.median / theirs.median),
    n: Math.min(ours.n, theirs.n),
  };
}
