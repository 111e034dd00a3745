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
  readonly #context: ConnectionContext;
  readonly #connections = new Set<Connection>();
  #policy: CompiledPolicy;
  #closed = false;

  /** Owns the listening descriptor. */
  constructor(listener: number, options: ProxiedBusOptions) {
    this.#options = options;
    this.#listener = listener;
    this.#policy = new CompiledPolicy(options.policy);
    const { bench, uid, busIndex, use, connectUpstream, report, log, warn, allowed = NOBODY_COUNTS } = options;
    const isOwnPeer = (name: string): boolean => this.has(name) || options.isOwnPeer?.(name) === true;
    const { portals } = options;
    this.#context = {
      bench,
      uid,
      busIndex,
      use,
      isOwnPeer,
      limits: APP_LIMITS,
      policy: () => this.#policy,
      portals,
      connectUpstream,
      report,
      allowed,
      log,
      warn,
    };
    this.#watcher = bench.addon.watch(listener, READABLE, () => this.#accept());
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Whether one of the connections has this unique name. */
  has(uniqueName: string): boolean {
    for (const connection of this.#connections) if (connection.uniqueName === uniqueName) return true;
    return false;
  }

  /** Holds from the next message on. */
  setPolicy(policy: ProxyPolicy): void {
    this.#policy = new CompiledPolicy(policy);
    for (const connection of this.#connections) connection.reconsider();
  }

  each(work: (connection: Connection) => void): void {
    for (const connection of [...this.#connections]) work(connection);
  }

  /** A connection that another process had. */
  goOn(app: number, upstream: Upstream, state: ConnectionState, recovered: Recovered): void {
    const connection: Connection = new Connection(this.#context, app, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    connection.goOn(upstream, state, recovered);
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
