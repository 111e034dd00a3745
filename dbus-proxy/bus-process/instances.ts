// The instances that the bus process serves: one connector and one to three buses each, and the sound servers. An instance is known by its listening sockets and by nothing else.
import { type BusName, type BusReport, type BusRequest, type InstanceRequest, isSoundServer, type ServedBus } from "../control.ts";
import type { Upstream } from "../connection/context.ts";
import type { Workbench } from "../connection/workbench.ts";
import { Ledger } from "../connection/ledger.ts";
import { type ConnectionState, giveBack, newAppUse, newState } from "../connection/state.ts";
import { describeInstance, encodeInstance, readDescription } from "../description.ts";
import type { PortalFrame, PortalHead } from "../portal-frame.ts";
import { ProxiedBus, type ProxiedBusOptions } from "../connection/proxied-bus.ts";
import { ProxiedSound } from "../pulse/proxied-sound.ts";
import { APP_LIMITS } from "../wire/limits.ts";
import { type ConnectorClient, openConnectorClient } from "./connector-client.ts";
import { type Finding, findIdentity } from "./identity.ts";
import { connectionsOf, type Instance, warnSparingly } from "./instance.ts";
import { PortalGate } from "./portal-gate.ts";
import { Remotes } from "./remotes.ts";
import { Reports } from "./reports.ts";
import { isAboutSound, SOUND_PROTOCOLS } from "./sound-protocols.ts";

type SharedOptions = Pick<ProxiedBusOptions, "bench" | "connectUpstream" | "admit" | "report" | "warn">;

export interface InstancesEvents {
  /** False where nobody hears it. */
  report(report: BusReport): boolean;
  /** The last one is gone. */
  empty(): void;
  warn(text: string): void;
  /** False where there is no broker. Owns the descriptors. */
  toPortals(head: PortalHead, message: Uint8Array, fds: readonly number[]): boolean;
}

export class Instances {
  readonly #bench: Workbench;
  readonly #events: InstancesEvents;
  readonly #byName = new Map<string, Instance>();

  constructor(bench: Workbench, events: InstancesEvents) {
    this.#bench = bench;
    this.#events = events;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Takes the descriptors over: a listening socket per bus, then the connector's. False where they do not fit the request or the name is taken. */
  add(request: InstanceRequest, descriptors: readonly number[]): boolean {
    const name = request.instance;
    const listeners = descriptors.slice(0, -1);
    if (listeners.length !== request.buses.length || this.#byName.has(name)) {
      this.#closeAll(descriptors);
      return false;
    }
    try {
      const connector = openConnectorClient(this.#bench.addon, descriptors.at(-1) as number, () => this.close(name));
      return this.#open(request, listeners, connector);
    } catch (error) {
      // What came is no socket: the instance cannot be served, the others must go on.
      this.#events.warn(`${name}: ${(error as Error).message}`);
      this.#closeAll(descriptors);
      return false;
    }
  }

  /** Takes a connector's socket over, whose bus process is gone, and goes on with all that the connector kept. */
  resume(socket: number): void {
    let name: string | undefined;
    const { addon } = this.#bench;
    const connector = openConnectorClient(addon, socket, () => {
      if (name !== undefined) this.close(name);
    });
    connector.take({
      instance: (descriptors) => {
        const description = descriptors.at(-1);
        const request = description === undefined ? undefined : readDescription(addon, description);
        const listeners = descriptors.slice(0, -1);
        if (description !== undefined) addon.close(description);
        if (request === undefined || listeners.length !== request.buses.length || this.#byName.has(request.instance)) {
          this.#events.warn("a connector kept nothing that can be served");
          this.#closeAll(listeners);
          connector.close();
          return;
        }
        name = request.instance;
        this.#open(request, listeners, connector);
      },
      connection: (app, memory, upstream) => this.#goOn(name, app, memory, upstream),
    });
  }

  #goOn(name: string | undefined, app: number, memory: number, upstream: Upstream): void {
    const { addon } = this.#bench;
    const instance = name === undefined ? undefined : this.#byName.get(name);
    let state: ConnectionState | undefined;
    const recovered = Ledger.recover(addon, memory, (record) => {
      state = newState(APP_LIMITS.knownPeers, record, instance?.use);
      return state;
    });
    const bus = typeof recovered === "string" ? undefined : [...(instance?.buses.values() ?? [])][recovered.busIndex];
    if (typeof recovered !== "string" && bus instanceof ProxiedBus && state !== undefined) {
      bus.goOn(app, upstream, state, recovered);
      return;
    }
    this.#events.warn(`${name}: a connection ends with the process that had it: ${typeof recovered === "string" ? recovered : "a bus that is not there"}`);
    if (typeof recovered !== "string") recovered.ledger.close();
    if (state !== undefined) giveBack(state);
    for (const end of [app, upstream.fd]) {
      addon.shutdown(end, 2);
      addon.close(end);
    }
    upstream.released();
  }

  #closeAll(descriptors: readonly number[]): void {
    for (const descriptor of descriptors) this.#bench.addon.close(descriptor);
  }

  /** False where a listening socket is none; all of them are closed then. */
  #open(request: InstanceRequest, listeners: readonly number[], connector: ConnectorClient): boolean {
    const name = request.instance;
    const warn = warnSparingly((text) => this.#events.warn(`${name}: ${text}`));
    const reports = new Reports((line) => this.#events.report({ type: "verdict", instance: name, appId: request.appId, ...line }));
    const instance: Instance = {
      request,
      listeners,
      buses: new Map(),
      remotes: new Remotes({ bench: this.#bench, report: (report) => reports.add("pipewire", report), warn }),
      connector,
      use: newAppUse(),
      reports,
      gate: request.portals === undefined ? undefined : this.#gateOf(name),
    };
    this.#byName.set(name, instance);
    const unclaimed = new Set(listeners);
    try {
      request.buses.forEach((bus, busIndex) => {
        const listener = listeners[busIndex] as number;
        const shared: SharedOptions = {
          bench: this.#bench,
          connectUpstream: (done) => connector.connect(bus.name, done),
          admit: () => connectionsOf(instance) < APP_LIMITS.connections,
          report: (report) => instance.reports.add(bus.name, report),
          warn,
        };
        const proxied = isSoundServer(bus)
          ? new ProxiedSound(listener, { ...shared, policy: bus.policy, serve: SOUND_PROTOCOLS[bus.name] })
          : new ProxiedBus(listener, {
              ...shared,
              policy: bus.policy,
              busIndex,
              use: instance.use,
              uid: process.geteuid?.() ?? 0,
              allowed: (because, peer, header) => instance.reports.allowed(bus.name, because, peer, header),
              log: undefined,
              portals: bus.name === "session" ? instance.gate : undefined,
              isOwnPeer: (uniqueName) => this.#isOfApp(request.appId, bus.name, uniqueName),
            });
        unclaimed.delete(listener);
        instance.buses.set(bus.name, proxied);
      });
      return true;
    } catch (error) {
      this.#events.warn(`${name}: ${(error as Error).message}`);
      this.close(name);
      this.#closeAll([...unclaimed]);
      return false;
    }
  }

  #gateOf(name: string): PortalGate {
    const each = (work: Parameters<ProxiedBus["each"]>[0]): void => {
      const bus = this.#byName.get(name)?.buses.get("session");
      if (bus instanceof ProxiedBus) bus.each(work);
    };
    return new PortalGate({
      request: () => (this.#byName.get(name) as Instance).request,
      frame: (head, message, fds) => this.#events.toPortals(head, message, fds),
      report: (report) => this.#events.report(report),
      routed: () => each((connection) => connection.portalsRouted()),
      ownerChanged: (names, from, to) => each((connection) => connection.portalOwnerChanged(names, from, to)),
      hasCameras: () => (this.#byName.get(name)?.remotes.connections ?? 0) > 0,
      findIdentity: (portal) => this.#findIdentity(name, portal),
      identityProblem: (portal, because) => this.#byName.get(name)?.reports.add("session", { verdict: "deny", because, message: `identity at ${portal}` }),
    });
  }

  /** Over a connection of its own from the app's connector: the portal sees there what it sees behind the app's. */
  #findIdentity(name: string, portal: string): Promise<Finding> {
    const { addon, texts } = this.#bench;
    const instance = this.#byName.get(name) as Instance;
    return new Promise((resolve) =>
      instance.connector.connect("session", (upstream) => {
        if (typeof upstream === "number") {
          resolve({ kind: "failed", owner: "", because: `no connection to the bus to ask \`${portal}\` whom it takes for the caller (${-upstream})` });
          return;
        }
        const parts = { addon, texts, uid: process.geteuid?.() ?? 0, appId: instance.request.appId };
        void findIdentity(parts, upstream.fd, portal, IDENTITY_PATIENCE_MILLISECONDS).then((finding) => {
          upstream.released();
          resolve(finding);
        });
      }),
    );
  }

  /** What the broker says about portals, or to an app in their name. */
  setPortals(request: Extract<BusRequest, { type: "portals" }>): void {
    this.#byName.get(request.instance)?.gate?.setRoutes(request);
  }

  /** Owns the descriptors: they go with an answer, to the one that it is for. */
  fromPortals({ head, message }: PortalFrame, descriptors: readonly number[] = []): void {
    const instance = this.#byName.get(head.instance);
    instance?.gate?.heard(head);
    const bus = instance?.buses.get("session");
    let mine: readonly number[] = descriptors;
    if (message.length > 0 && bus instanceof ProxiedBus) {
      bus.each((connection) => {
        if (head.client === "") connection.fromPortals(message, true, []);
        else if (connection.uniqueName === head.client) {
          connection.fromPortals(message, false, mine);
          mine = [];
        }
      });
    }
    this.#closeAll(mine);
  }

  /** Owns the descriptors. */
  addCameras({ instance: name, policy }: Extract<BusRequest, { type: "cameras" }>, app: number, server: number): void {
    const instance = this.#byName.get(name);
    if (instance === undefined || connectionsOf(instance) >= APP_LIMITS.connections) this.#closeAll([app, server]);
    else instance.remotes.add(policy, app, server);
  }

  endCameras(name: string): void {
    this.#byName.get(name)?.remotes.close();
  }

  brokerCame(): void {
    for (const { gate } of this.#byName.values()) gate?.brokerCame();
  }

  brokersGone(): void {
    for (const { gate } of this.#byName.values()) gate?.lost();
  }

  /** INVARIANT: a unique name counts as an app's only because this process brought that connection up for one of its instances. */
  #isOfApp(appId: string, busName: BusName, uniqueName: string): boolean {
    for (const { request, buses } of this.#byName.values()) {
      const bus = request.appId === appId ? buses.get(busName) : undefined;
      if (bus instanceof ProxiedBus && bus.has(uniqueName)) return true;
    }
    return false;
  }

  setPolicy(request: Extract<BusRequest, { type: "policy" }>): void {
    const instance = this.#byName.get(request.instance);
    if (instance === undefined) return;
    // Told twice, in case this process is not the one that was told first: what streams goes on.
    const known = instance.request.buses.find(({ name }) => name === request.bus)?.policy;
    if (JSON.stringify(known) === JSON.stringify(request.policy)) return;
    const bus = instance.buses.get(request.bus);
    if (isAboutSound(request)) {
      if (bus instanceof ProxiedSound) bus.setPolicy(request.policy);
    } else if (bus instanceof ProxiedBus) bus.setPolicy(request.policy);
    const buses = instance.request.buses.map((each) => (each.name === request.bus ? ({ name: request.bus, policy: request.policy } as ServedBus) : each));
    instance.request = { ...instance.request, buses };
    const { addon } = this.#bench;
    instance.connector.keepInstance([...instance.listeners.map((listener) => addon.dup(listener)), describeInstance(addon, encodeInstance(instance.request))]);
  }

  /** Ends all its connections. Without a connector nothing may go on: nobody would vouch for the app's identity. */
  close(name: string): void {
    const instance = this.#byName.get(name);
    if (instance === undefined) return;
    // First: a connection that ends is told to the broker with its instance. The connector may end on the way, which comes here again.
    for (const bus of instance.buses.values()) bus.close();
    instance.remotes.close();
    if (!this.#byName.delete(name)) return;
    instance.connector.close();
    instance.reports.flush();
    this.#events.report({ type: "gone", instance: name });
    if (this.#byName.size === 0) this.#events.empty();
  }

  /** What is still to be told of verdicts is told first. */
  status(): BusReport {
    for (const { reports } of this.#byName.values()) reports.flush();
    return {
      type: "status",
      instances: [...this.#byName].map(([instance, record]) => ({ instance, connections: connectionsOf(record), calls: record.use.calls })),
    };
  }
}

/** Less than a client waits for an answer; a service that is started first needs some of it. */
const IDENTITY_PATIENCE_MILLISECONDS = 15_000;
