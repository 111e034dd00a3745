// The ways to a loaded bus that are measured: none, one xdg-dbus-proxy for each app as Flatpak starts it, our drop-in for it, and the bus process of a sandbox.
import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { listProcesses } from "./memory.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";

export const WAYS = ["direct", "xdg-dbus-proxy", "tsbox", "tsbox-dbus-proxy"] as const;
export type Way = (typeof WAYS)[number];

export const LOAD_NAME = "org.tsbox.Load";

/** What the app may do beside calling the service: so many more names with a rule each. */
export interface Policy {
  readonly name: string;
  readonly rules: number;
}

export interface Answer {
  readonly nanoseconds: number;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** One client behind one way; does what it is told (bus-load.c), one thing after the other. */
export class Client {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  #over = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    let text = "";
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString();
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      this.#lines.push(...lines);
      this.#wake();
    });
    child.stdout?.once("end", () => {
      this.#over = true;
      this.#wake();
    });
  }

  async line(): Promise<string> {
    const line = this.#lines.shift() ?? (this.#over ? undefined : await new Promise<string | undefined>((done) => (this.#waiting = done)));
    if (line === undefined) throw new Error("a client of the bus ended early");
    return line;
  }

  tell(words: string): void {
    this.#child.stdin?.write(`${words}\n`);
  }

  async ask(words: string): Promise<Answer> {
    this.tell(words);
    const [, nanoseconds = 0, count = 1, p50 = 0, p99 = 0] = (await this.line()).split(" ").map(Number);
    return { nanoseconds, count, p50, p99 };
  }

  end(): void {
    this.#child.stdin?.end();
    this.#child.kill("SIGTERM");
  }

  #wake(): void {
    if (this.#waiting === undefined || (this.#lines.length === 0 && !this.#over)) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting(this.#lines.shift());
  }
}

/** Clients behind one way, and the processes that pass their messages. */
export interface Line {
  readonly way: Way;
  readonly clients: readonly Client[];
  /** Asked each time: a process may start with the first client. */
  processes(): readonly number[];
  end(): void;
}

const ruleName = (index: number): string => `org.tsbox.bench.Rule.N${index}`;

export function busProcesses(place: Place): readonly number[] {
  return listProcesses().flatMap((one) =>
    one.words.includes(`--runtime-dir=${place.runtimeDirectory}`) && one.words.some((word) => word.endsWith("bus.cjs")) ? [one.pid] : [],
  );
}

function writeBusManifest(place: Place, installed: Installed, policy: Policy): string {
  const id = `org.tsbox.BusBench.${policy.name}`;
  const rules = Array.from({ length: policy.rules }, (_, index) => `${ruleName(index)}=talk\n`).join("");
  const text = `[Application]\nname=${id}\ncommand=${join(place.tools, "bus-load")}\n[Context]\nfilesystems=${place.tools}:ro;\n[Session Bus Policy]\n${LOAD_NAME}=talk\n${rules}`;
  place.run(["sh", "-c", 'mkdir -p "$1" && printf %s "$2" > "$3"', "sh", installed.manifests, text, join(installed.manifests, `${id}.ini`)]);
  return id;
}

/** Undefined where the way is not installed. */
export async function openLine(place: Place, installed: Installed | undefined, way: Way, clients: number, policy: Policy): Promise<Line | undefined> {
  const load = join(place.tools, "bus-load");
  const started: ChildProcess[] = [];
  const proxies: number[] = [];
  const made: Client[] = [];
  const start = (words: readonly string[], address?: string): ChildProcess => {
    // A session each, as ours has them anyway: on a busy machine the scheduler shares the processors among sessions first.
    const child = place.start(["setsid", ...words], {
      input: true,
      environment: address === undefined ? new Map() : new Map([["DBUS_SESSION_BUS_ADDRESS", address]]),
    });
    started.push(child);
    return child;
  };
  const rules = Array.from({ length: policy.rules }, (_, index) => `--talk=${ruleName(index)}`);
  const proxied = async (program: readonly string[], name: string): Promise<string> => {
    const socket = join(place.runtimeDirectory, name);
    const child = start([...program, place.busAddress, socket, "--filter", `--talk=${LOAD_NAME}`, ...rules]);
    proxies.push(child.pid ?? 0);
    for (let tries = 0; !existsSync(socket); tries++) {
      if (tries > 500) throw new Error(`${way} did not start`);
      await wait(20);
    }
    return `unix:path=${socket}`;
  };
  if (way !== "direct" && way !== "xdg-dbus-proxy" && installed === undefined) return undefined;
  const id = way === "tsbox" && installed !== undefined ? writeBusManifest(place, installed, policy) : "";
  const serial = ++lines;
  for (let index = 0; index < clients; index++) {
    const name = `proxy-${serial}-${index}`;
    let child: ChildProcess;
    if (way === "tsbox") child = start([installed?.program ?? "", "run", id, "app"]);
    else if (way === "direct") child = start([load, "app"]);
    else if (way === "xdg-dbus-proxy") child = start([load, "app"], await proxied(["xdg-dbus-proxy"], name));
    else child = start([load, "app"], await proxied([process.execPath, join(installed?.program ?? "", "../dbus-proxy.cjs")], name));
    const client = new Client(child);
    made.push(client);
    await client.line();
  }
  return {
    way,
    clients: made,
    processes: () => (way === "tsbox" ? busProcesses(place) : proxies),
    end: () => {
      for (const client of made) client.end();
      for (const child of started) child.kill("SIGTERM");
    },
  };
}

let lines = 0;

/** Nanoseconds that the processes were on a processor, all threads. */
export function processorTime(processes: readonly number[]): number {
  let sum = 0;
  for (const pid of processes)
    for (const thread of readdirSync(`/proc/${pid}/task`)) sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
  return sum;
}
