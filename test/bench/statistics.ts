// Medians and percentiles of samples.

export interface Summary {
  readonly n: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

/** Linear between the two nearest samples. `sorted` is not empty. */
function percentile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

/** Undefined without samples. */
export function summarise(samples: readonly number[]): Summary | undefined {
  if (samples.length === 0) return undefined;
  const sorted = [...samples].sort((a, b) => a - b);
  return { n: sorted.length, p10: percentile(sorted, 0.1), median: percentile(sorted, 0.5), p90: percentile(sorted, 0.9) };
}
