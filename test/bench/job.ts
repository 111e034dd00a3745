// Command lines to measure, the job file that the spawner reads, and what it answers.

export type Metric = "main" | "reply" | "window" | "exit";

export interface Line {
  readonly name: string;
  readonly arguments: readonly string[];
  /** Run before each start, not measured. */
  readonly before?: readonly string[];
  readonly environment?: ReadonlyMap<string, string>;
  /** A file that the command wants open at this number. */
  readonly descriptor?: { readonly number: number; readonly path: string };
  /** The run ends when the spawner has seen its window. */
  readonly window?: boolean;
  /** What this line does not protect, against ours. */
  readonly lacks: string;
}

export interface Samples {
  /** Milliseconds, by metric. */
  readonly times: ReadonlyMap<Metric, readonly number[]>;
  /** Runs that ended in error or did not end. */
  readonly failures: number;
}

export function renderJob(lines: readonly Line[], rounds: number, warmup: number, environment: ReadonlyMap<string, string>): string {
  const out = [`rounds ${rounds}`, `warmup ${warmup}`, "settle-ms 15"];
  for (const [name, value] of environment) out.push(`env ${name}=${value}`);
  for (const line of lines) {
    out.push(`case ${line.name}`);
    for (const [name, value] of line.environment ?? []) out.push(`env ${name}=${value}`);
    for (const word of line.before ?? []) out.push(`before ${word}`);
    if (line.descriptor) out.push(`fd ${line.descriptor.number} ${line.descriptor.path}`);
    if (line.window) out.push("window 1");
    for (const word of line.arguments) out.push(`arg ${word}`);
  }
  return `${out.join("\n")}\n`;
}

const METRICS: readonly Metric[] = ["main", "reply", "window", "exit"];

/** Rounds below zero are the warm-up: only their failures are told. A window's run ends by our hand: its status says nothing. */
export function parseAnswer(text: string, lines: readonly Line[]): ReadonlyMap<string, Samples> {
  const byName = new Map(lines.map((line) => [line.name, { times: new Map<Metric, number[]>(), failures: 0, window: line.window === true }]));
  for (const row of text.split("\n")) {
    const [name = "", round = "", ...rest] = row.split(" ");
    const into = byName.get(name);
    if (into === undefined) continue;
    const status = Number(rest[4]);
    if (into.window ? Number(rest[2]) < 0 : status !== 0) {
      if (Number(round) >= 0) into.failures++;
      continue;
    }
    if (Number(round) < 0) continue;
    METRICS.forEach((metric, index) => {
      const nanoseconds = Number(rest[index]);
      if (nanoseconds < 0 || (into.window && metric === "exit")) return;
      into.times.set(metric, [...(into.times.get(metric) ?? []), nanoseconds / 1e6]);
    });
  }
  return byName;
}
