// The instances that the bus process serves: one connector and one to three buses each, and the sound server. An instance is known by its listening sockets and by nothing else.
import type { BusName, BusReport, BusRequest } from "../control.ts";
import type { Workbench } from "../connection/lane.ts";
import { ProxiedBus, type ProxiedBusOptions } from "../connection/proxied-bus.ts";
import { ProxiedSound } from "../pulse/proxied-sound.ts";
import { APP_LIMITS } from "../wire/limits.ts";
import { type ConnectorClient, openConnectorClient } from "./connector-client.ts";
import { Reports } from "./reports.ts";

interface Instance {
  readonly buses: Map<BusName, ProxiedBus | ProxiedSound>;
  readonly connector: ConnectorClient;
}

type SharedOptions = Pick<ProxiedBusOptions, "bench" | "connectUpstream" | "admit" | "report" | "warn">;

export interface InstancesEvents {
  report(report: BusReport): void;
  /** The last one is gone. */
  empty(): void;
  warn(text: string): void;
}

export class Instances {
  readonly #bench: Workbench;
  readonly #events: InstancesEvents;
  readonly #byName = new Map<string, Instance>();
  readonly #reports: Reports;

  constructor(bench: Workbench, events: InstancesEvents) {
    this.#bench = bench;
    this.#events = events;
    this.#reports = new Reports(events.report);
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Takes the descriptors over: a listening socket per bus, then the connector's. False where they do not fit the request or the name is taken. */
  add(request: Extract<BusRequest, { type: "instance" }>, descriptors: readonly number[]): boolean {
    const name = request.instance;
    if (descriptors.length !== request.buses.length + 1 || this.#byName.has(name)) {
      for (const descriptor of descriptors) this.#bench.addon.close(descriptor);
      return false;
    }
    const unclaimed = new Set(descriptors);
    try {
      this.#open(request, descriptors, unclaimed);
      return true;
    } catch (error) {
      // What came is no socket: the instance cannot be served, the others must go on.
      this.#events.warn(`${name}: ${(error as Error).message}`);
      this.close(name);
      for (const descriptor of unclaimed) this.#bench.addon.close(descriptor);
      return false;
    }
  }

  /** Descriptors that found their owner leave `unclaimed`. */
  #open(request: Extract<BusRequest, { type: "instance" }>, descriptors: readonly number[], unclaimed: Set<number>): void {
    const name = request.instance;
    const last = descriptors[descriptors.length - 1] as number;
    const connector = openConnectorClient(this.#bench.addon, last, () => this.close(name));
    unclaimed.delete(last);
    const instance: Instance = { buses: new Map(), connector };
    this.#byName.set(name, instance);
    const warn = warnSparingly((text) => this.#events.warn(`${name}: ${text}`));
    request.buses.forEach((bus, index) => {
      const listener = descriptors[index] as number;
      const shared: SharedOptions = {
        bench: this.#bench,
        connectUpstream: (done) => connector.connect(bus.name, done),
        admit: () => connectionsOf(instance) < APP_LIMITS.connections,
        report: (report) => this.#reports.add(name, bus.name, report),
        warn,
      };
      const proxied =
        bus.name === "pulse"
          ? new ProxiedSound(listener, { ...shared, policy: bus.policy })
          : new ProxiedBus(listener, { ...shared, policy: bus.policy, uid: process.geteuid?.() ?? 0, log: undefined });
      unclaimed.delete(listener);
      instance.buses.set(bus.name, proxied);
    });
  }

  setPolicy(request: Extract<BusRequest, { type: "policy" }>): void {
    const bus = this.#byName.get(request.instance)?.buses.get(request.bus);
    if (request.bus === "pulse") {
      if (bus instanceof ProxiedSound) bus.setPolicy(request.policy);
    } else if (bus instanceof ProxiedBus) bus.setPolicy(request.policy);
  }

  /** Ends all its connections. Without a connector nothing may go on: nobody would vouch for the app's identity. */
  close(name: string): void {
    const instance = this.#byName.get(name);
    if (instance === undefined) return;
    this.#byName.delete(name);
    for (const bus of instance.buses.values()) bus.close();
    instance.connector.close();
    this.#reports.flush();
    this.#events.report({ type: "gone", instance: name });
    if (this.#byName.size === 0) this.#events.empty();
  }

  status(): BusReport {
    return { type: "status", instances: [...this.#byName].map(([instance, record]) => ({ instance, connections: connectionsOf(record) })) };
  }
}

function connectionsOf(instance: Instance): number {
  let count = 0;
  for (const bus of instance.buses.values()) count += bus.connections;
  return count;
}

const MAX_WARNINGS = 200;

/** An app decides how often its connections break: the log must not grow with it. */
function warnSparingly(warn: (text: string) => void): (text: string) => void {
  let count = 0;
  return (text) => {
    if (++count <= MAX_WARNINGS) warn(count === MAX_WARNINGS ? `${text} (no more is said of this app)` : text);
  };
}
