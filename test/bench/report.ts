// The human form of a run: every line with its spread, every comparison, which targets are met.
import type { Result } from "./comparisons.ts";
import type { Line, Metric, Samples } from "./job.ts";
import { summarise } from "./statistics.ts";
import { isMet, type Target } from "./targets.ts";

const METRICS: readonly Metric[] = ["main", "reply", "window", "exit"];

function cell(samples: Samples, metric: Metric): string {
  const summary = summarise(samples.times.get(metric) ?? []);
  if (summary === undefined) return "-".padStart(20);
  return `${summary.median.toFixed(2).padStart(7)} ${`(${summary.p10.toFixed(1)}-${summary.p90.toFixed(1)})`.padEnd(12)}`;
}

export function renderLines(lines: readonly Line[], all: ReadonlyMap<string, Samples>, mounts: ReadonlyMap<string, number>): string {
  const out = [`${"ms: median (p10-p90)".padEnd(22)}${METRICS.map((metric) => metric.padStart(8).padEnd(21)).join("")} mounts`];
  for (const line of lines) {
    const samples = all.get(line.name);
    if (samples === undefined) continue;
    const cells = METRICS.map((metric) => cell(samples, metric)).join(" ");
    out.push(
      `${line.name.padEnd(22)}${cells} ${String(mounts.get(line.name) ?? "").padStart(5)}${samples.failures > 0 ? `  ${samples.failures} failed` : ""}`.trimEnd(),
    );
  }
  out.push("", "What each lacks against ours:");
  for (const line of lines) if (line.lacks !== "-") out.push(`  ${line.name.padEnd(22)}${line.lacks}`);
  return out.join("\n");
}

export function renderResults(results: readonly Result[]): string {
  const out = [`${"case".padEnd(28)}${"peer".padEnd(20)}${"ours".padStart(9)}${"theirs".padStart(9)}${"ratio".padStart(8)}${"n".padStart(5)}`];
  for (const r of results)
    out.push(
      `${r.case.padEnd(28)}${r.peer.padEnd(20)}${r.ours.toFixed(2).padStart(9)}${r.theirs.toFixed(2).padStart(9)}${r.ratio.toFixed(3).padStart(8)}${String(r.n).padStart(5)} ${r.unit}`,
    );
  return out.join("\n");
}

/** One line per target whose comparison was run. */
export function renderTargets(targets: readonly Target[], results: readonly Result[]): { readonly text: string; readonly missed: number } {
  const out: string[] = [];
  let missed = 0;
  for (const target of targets) {
    const result = results.find((r) => r.case === target.case && r.peer === target.peer);
    if (result === undefined) continue;
    const met = isMet(target, result.ours, result.theirs);
    if (!met) missed++;
    const bound = result.theirs * target.factor + target.plus;
    out.push(
      `${met ? "met   " : "missed"}  ${target.says}: ${result.ours.toFixed(2)} of at most ${bound.toFixed(2)} ${result.unit} (ratio ${result.ratio.toFixed(2)})`,
    );
  }
  return { text: out.join("\n"), missed };
}
