// Collects the verdicts of one app and sends them up: refusals in batches, so that an app that is refused a thousand times a second costs one line with a count; what is
// allowed when it first happens, and then how often.
import type { VerdictReport } from "../connection/outcome.ts";
import type { BusName, BusReport } from "../control.ts";
import type { MessageHeader } from "../wire/message.ts";

const FLUSH_MILLISECONDS = 250;
/** Distinct lines per batch, so a thousand in a second; more are counted under one. */
const MAX_DISTINCT = 250;
const COUNTS_MILLISECONDS = 60_000;
/** Distinct messages that are counted; more are counted under one line. */
const MAX_COUNTED = 2000;

type VerdictLine = Extract<BusReport, { type: "verdict" }>;
type Line = Pick<VerdictLine, "bus" | "verdict" | "because" | "message">;

/** Where one kind of allowed message is counted. */
interface Counter extends Line {
  count: number;
  told: boolean;
}

export class Reports {
  readonly #send: (line: Line & { readonly count: number }) => void;
  readonly #refused = new Map<string, Line & { count: number }>();
  readonly #allowed = new Map<string, Map<string, Map<string, Counter>>>();
  readonly #fresh: Counter[] = [];
  #counted = 0;
  #last:
    | { readonly bus: BusName; readonly because: string; readonly name: string; readonly interface: string; readonly member: string; readonly counter: Counter }
    | undefined;
  #batch: NodeJS.Timeout | undefined;
  #counts: NodeJS.Timeout | undefined;

  constructor(send: (line: Line & { readonly count: number }) => void) {
    this.#send = send;
  }

  add(bus: BusName, { verdict, because, message }: VerdictReport): void {
    const full = this.#refused.size >= MAX_DISTINCT;
    const line = this.#refused.get(`${bus} ${verdict} ${because} ${message}`);
    if (line !== undefined) line.count++;
    else if (full) this.#countRest(bus, verdict);
    else this.#refused.set(`${bus} ${verdict} ${because} ${message}`, { bus, verdict, because, message, count: 1 });
    this.#batch ??= setTimeout(() => this.#flushBatch(), FLUSH_MILLISECONDS).unref();
  }

  #countRest(bus: BusName, verdict: Line["verdict"]): void {
    const key = `${bus} ${verdict}`;
    const rest = this.#refused.get(key);
    if (rest !== undefined) rest.count++;
    else this.#refused.set(key, { bus, verdict, because: "too many different refusals", message: "", count: 1 });
  }

  /** Runs for every message: texts of headers and reasons are the same objects again and again, so mostly nothing is looked up. `name`: destination or sender. */
  allowed(bus: BusName, because: string, name: string, header: MessageHeader): void {
    const last = this.#last;
    const same = last !== undefined && last.because === because && last.member === header.member && last.name === name && last.interface === header.interface;
    const counter = same && last.bus === bus ? last.counter : this.#counterOf(bus, because, name, header);
    counter.count++;
    if (counter.told) this.#counts ??= setTimeout(() => this.#flushCounts(), COUNTS_MILLISECONDS).unref();
  }

  flush(): void {
    this.#flushBatch();
    this.#flushCounts();
  }

  #counterOf(bus: BusName, because: string, name: string, header: MessageHeader): Counter {
    let byName = this.#allowed.get(because);
    if (byName === undefined) {
      byName = new Map();
      this.#allowed.set(because, byName);
    }
    const place = `${bus} ${name} ${header.interface}`;
    let byMember = byName.get(place);
    if (byMember === undefined) {
      byMember = new Map();
      byName.set(place, byMember);
    }
    let counter = byMember.get(header.member);
    if (counter === undefined) {
      const full = this.#counted >= MAX_COUNTED;
      if (full && name !== "") return this.#counterOf(bus, "too many different messages", "", { ...header, interface: "", member: "" });
      const method = header.interface === "" ? header.member : `${header.interface}.${header.member}`;
      counter = { bus, verdict: "allow", because, message: full ? "" : `${name === "" ? "(all)" : name} ${method} at ${header.path}`, count: 0, told: false };
      byMember.set(header.member, counter);
      this.#counted++;
      this.#fresh.push(counter);
      this.#batch ??= setTimeout(() => this.#flushBatch(), FLUSH_MILLISECONDS).unref();
    }
    this.#last = { bus, because, name, interface: header.interface, member: header.member, counter };
    return counter;
  }

  #flushBatch(): void {
    clearTimeout(this.#batch);
    this.#batch = undefined;
    for (const line of this.#refused.values()) this.#send(line);
    this.#refused.clear();
    for (const counter of this.#fresh.splice(0, MAX_DISTINCT)) this.#tell(counter);
    if (this.#fresh.length > 0) this.#batch = setTimeout(() => this.#flushBatch(), FLUSH_MILLISECONDS).unref();
  }

  #flushCounts(): void {
    clearTimeout(this.#counts);
    this.#counts = undefined;
    for (const byName of this.#allowed.values())
      for (const byMember of byName.values()) for (const counter of byMember.values()) if (counter.told && counter.count > 0) this.#tell(counter);
  }

  #tell(counter: Counter): void {
    const { bus, verdict, because, message, count } = counter;
    counter.told = true;
    counter.count = 0;
    this.#send({ bus, verdict, because, message, count });
  }
}
