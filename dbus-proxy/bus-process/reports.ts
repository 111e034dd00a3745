// Collects refusals and sends them up in batches, so that an app that is refused a thousand times a second costs one line with a count.
import type { BusName, BusReport } from "../control.ts";
import type { VerdictReport } from "../connection/outcome.ts";

const FLUSH_MILLISECONDS = 250;
/** Distinct refusals kept per batch; more are counted under one line. */
const MAX_DISTINCT = 250;

type VerdictLine = Extract<BusReport, { type: "verdict" }>;

export class Reports {
  readonly #send: (report: BusReport) => void;
  readonly #lines = new Map<string, { line: VerdictLine; count: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (report: BusReport) => void) {
    this.#send = send;
  }

  add(instance: string, bus: BusName, report: VerdictReport): void {
    const { verdict, because, message } = report;
    const key = `${instance} ${bus} ${verdict} ${because} ${message}`;
    const known = this.#lines.get(key);
    if (known !== undefined) known.count++;
    else if (this.#lines.size < MAX_DISTINCT) this.#lines.set(key, { line: { type: "verdict", instance, bus, verdict, because, message, count: 1 }, count: 1 });
    else this.add(instance, bus, { verdict, because: "too many different refusals", message: "" });
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MILLISECONDS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { line, count } of this.#lines.values()) this.#send({ ...line, count });
    this.#lines.clear();
  }
}
