// Collects the verdicts of one app and sends them up: refusals in batches, so that an app that is refused a thousand times a second costs one line with a count; what is
// allowed when it first happens, and then how often.
import type { VerdictReport } from "../connection/outcome.ts";
import type { BusName, BusReport } from "../control.ts";
import type { MessageHeader } from "../wire/message.ts";

const FLUSH_MILLISECONDS = 250;
/** Distinct lines per batch, so a thousand in a second; more are counted under one. */
const MAX_DISTINCT = 250;
const COUNTS_MILLISECONDS = 60_000;
/** Distinct messages that are counted; more are counted under one line of each bus. */
const MAX_COUNTED = 2000;
/** Of a message: a path may be as long as a header, and a line goes through the broker into a file. */
const MAX_MESSAGE_CHARS = 1024;

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
  /** Of what there was no room for, by bus. */
  readonly #rest = new Map<BusName, Counter>();
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

  add(bus: BusName, { verdict, because, message: whole }: VerdictReport): void {
    const message = whole.slice(0, MAX_MESSAGE_CHARS);
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
    const place = `${bus} ${name} ${header.interface}`;
    const known = this.#allowed.get(because)?.get(place)?.get(header.member);
    const counter = known ?? (this.#counted < MAX_COUNTED ? this.#newCounter(bus, because, name, place, header) : this.#restOf(bus));
    this.#last = { bus, because, name, interface: header.interface, member: header.member, counter };
    return counter;
  }

  #newCounter(bus: BusName, because: string, name: string, place: string, header: MessageHeader): Counter {
    const byName = this.#allowed.get(because) ?? new Map<string, Map<string, Counter>>();
    this.#allowed.set(because, byName);
    const byMember = byName.get(place) ?? new Map<string, Counter>();
    byName.set(place, byMember);
    const method = header.interface === "" ? header.member : `${header.interface}.${header.member}`;
    const message = `${name === "" ? "(all)" : name} ${method} at ${header.path}`.slice(0, MAX_MESSAGE_CHARS);
    const counter = { bus, verdict: "allow", because, message, count: 0, told: false } as const;
    byMember.set(header.member, counter);
    this.#counted++;
    return this.#tellSoon(counter);
  }

  /** INVARIANT: nothing of the message is kept: an app has no end of names for what everybody may say. */
  #restOf(bus: BusName): Counter {
    const known = this.#rest.get(bus);
    if (known !== undefined) return known;
    const counter: Counter = { bus, verdict: "allow", because: "too many different messages", message: "", count: 0, told: false };
    this.#rest.set(bus, counter);
    return this.#tellSoon(counter);
  }

  #tellSoon(counter: Counter): Counter {
    this.#fresh.push(counter);
    this.#batch ??= setTimeout(() => this.#flushBatch(), FLUSH_MILLISECONDS).unref();
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
    for (const counter of this.#rest.values()) if (counter.told && counter.count > 0) this.#tell(counter);
  }

  #tell(counter: Counter): void {
    const { bus, verdict, because, message, count } = counter;
    counter.told = true;
    counter.count = 0;
    this.#send({ bus, verdict, because, message, count });
  }
}
