// Where the time of one launch went, for `--timing`.

/** Milliseconds of a clock that never goes back. `performance` says the same, but loading it takes 3 ms of a cold start. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

export interface Timing {
  /** By the clock that it was started with. */
  readonly begun: number;
  /** Ends the step that began at the last mark (or at the start). */
  mark(step: string): void;
  readonly steps: readonly { readonly step: string; readonly milliseconds: number }[];
}

export function startTiming(now: () => number): Timing {
  const steps: { step: string; milliseconds: number }[] = [];
  const begun = now();
  let last = begun;
  return {
    begun,
    mark(step) {
      const at = now();
      steps.push({ step, milliseconds: at - last });
      last = at;
    },
    steps,
  };
}

/** One line per step and one for the sum, in milliseconds. */
export function renderTiming(timing: Timing): string {
  const total = timing.steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = [...timing.steps, { step: "all", milliseconds: total }];
  return rows.map(({ step, milliseconds }) => `tsbox: timing: broker: ${step.padEnd(22)} ${milliseconds.toFixed(3).padStart(7)} ms\n`).join("");
}
