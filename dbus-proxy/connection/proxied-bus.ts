// One bus as one app has it: its listening socket, its policy, its connections.
import { READABLE, type Watcher } from "../../native/addon.ts";
import type { ProxyPolicy } from "../policy/policy.ts";
import { CompiledPolicy } from "../policy/standing.ts";
import { APP_LIMITS } from "../wire/limits.ts";
import { Connection } from "./connection.ts";
import type { ConnectionContext, Upstream } from "./context.ts";
import type { Workbench } from "./workbench.ts";
import type { Recovered } from "./ledger.ts";
import type { LogMessage, VerdictReport } from "./outcome.ts";
import type { PortalDoor } from "./portal-door.ts";
import type { AppUse, ConnectionState } from "./state.ts";

/** How upstream connections are made. A number is a negative errno. */
export type ConnectUpstream = (done: (upstream: Upstream | number) => void) => void;

export interface ProxiedBusOptions {
  readonly bench: Workbench;
  /** The bus will see this uid; an app must claim no other. */
  readonly uid: number;
  readonly policy: ProxyPolicy;
  readonly busIndex: number;
  /** Of the whole app, where it has several buses. */
  readonly use: AppUse;
  readonly connectUpstream: ConnectUpstream;
  readonly report: (report: VerdictReport) => void;
  /** Undefined where nobody counts what passes. */
  readonly allowed?: ConnectionContext["allowed"];
  readonly log: LogMessage | undefined;
  readonly warn: (text: string) => void;
  /** Whether a unique name belongs to another instance of the same app. Missing: there are none. */
  readonly isOwnPeer?: (uniqueName: string) => boolean;
  /** Whether the app may have one connection more. */
  readonly admit: () => boolean;
  /** Undefined where the broker serves no portals on this bus. */
  readonly portals?: PortalDoor | undefined;
}

const NOBODY_COUNTS = (): void => {};
/** Connections accepted per turn of the event loop. */
const ACCEPTS_PER_TURN = 16;
const RETRY_MILLISECONDS = 500;

export class ProxiedBus {
  readonly #options: ProxiedBusOptions;
  readonly #listener: number;
  readonly #watcher: Watcher;
  #context: ConnectionContext;
  readonly #connections = new Set<Connection>();
  /** What the connections of one context are judged by. */
  #current: { policy: CompiledPolicy };
  #closed = false;

  /** Owns the listening descriptor. */
  constructor(listener: number, options: ProxiedBusOptions) {
    this.#options = options;
    this.#listener = listener;
    this.#current = { policy: new CompiledPolicy(options.policy) };
    this.#context = this.#newContext();
    this.#watcher = options.bench.addon.watch(listener, READABLE, () => this.#accept());
  }

  #newContext(): ConnectionContext {
    const { bench, uid, busIndex, use, portals, connectUpstream, report, log, warn, allowed = NOBODY_COUNTS } = this.#options;
    const isOfSandbox = (name: string): boolean => this.has(name);
    const isOwnPeer = (name: string): boolean => this.has(name) || this.#options.isOwnPeer?.(name) === true;
    const current = this.#current;
    const policy = (): CompiledPolicy => current.policy;
    return { bench, uid, busIndex, use, isOwnPeer, isOfSandbox, limits: APP_LIMITS, policy, portals, connectUpstream, report, allowed, log, warn };
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Whether one of the connections has this unique name. */
  has(uniqueName: string): boolean {
    for (const connection of this.#connections) if (connection.uniqueName === uniqueName) return true;
    return false;
  }

  /**
   * Holds from the next message on. A connection that was not filtered ends where it would be from now on: nothing is known of it. One that was filtered stays as it
   * was where new ones are not any more.
   */
  setPolicy(policy: ProxyPolicy): void {
    const before = this.#current.policy;
    const now = new CompiledPolicy(policy);
    if (policy.filter !== before.source.filter) {
      this.#current = { policy: now };
      this.#context = this.#newContext();
      if (policy.filter) this.each((connection) => connection.close());
      return;
    }
    this.#current.policy = now;
    if (policy.filter) for (const connection of this.#connections) connection.reconsider(before);
  }

  each(work: (connection: Connection) => void): void {
    for (const connection of [...this.#connections]) work(connection);
  }

  /** A connection that another process had. */
  goOn(app: number, upstream: Upstream, state: ConnectionState, recovered: Recovered): void {
    const connection: Connection = new Connection(this.#context, app, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    connection.goOn(upstream, state, recovered);
    // It stayed filtered where new ones are not any more, and the policy that it had is gone with the process.
    if (!this.#current.policy.source.filter && state.phase === "named") connection.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    this.#options.bench.addon.close(this.#listener);
    for (const connection of [...this.#connections]) connection.close();
  }

  #accept(): void {
    const { addon } = this.#options.bench;
    for (let count = 0; count < ACCEPTS_PER_TURN && !this.#closed; count++) {
      const fd = this.#acceptOne();
      if (fd < 0) return;
      if (!this.#options.admit()) {
        this.#options.warn("too many connections");
        addon.close(fd);
        continue;
      }
      const connection: Connection = new Connection(this.#context, fd, () => this.#connections.delete(connection));
      this.#connections.add(connection);
      connection.start();
    }
  }

  #acceptOne(): number {
    try {
      return this.#options.bench.addon.accept(this.#listener);
    } catch (error) {
      // Out of descriptors: who waits stays in the backlog until some are free again; asking without pause would stop everybody else.
      this.#options.warn(`accept: ${(error as Error).message}`);
      this.#watcher.update(0);
      setTimeout(() => this.#watcher.update(READABLE), RETRY_MILLISECONDS).unref();
      return -1;
    }
  }
}
