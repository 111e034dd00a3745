// A sound server as one app has it: its listening socket, its policy, its connections.
import { READABLE, type Watcher } from "../../native/addon.ts";
import type { ConnectUpstream } from "../connection/proxied-bus.ts";
import type { Workbench } from "../connection/workbench.ts";
import type { VerdictReport } from "../connection/outcome.ts";
import type { SoundContext } from "./connection.ts";
import type { SoundPolicy } from "./policy.ts";

/** One connection of the app. */
export interface ServedConnection {
  start(): void;
  /** Ends both sides at once. */
  close(): void;
}

export interface ProxiedSoundOptions {
  /** Speaks the server's protocol. Owns the descriptor. */
  readonly serve: (context: SoundContext, appFd: number, closed: () => void) => ServedConnection;
  readonly bench: Workbench;
  readonly policy: SoundPolicy;
  readonly connectUpstream: ConnectUpstream;
  readonly report: (report: VerdictReport) => void;
  readonly warn: (text: string) => void;
  /** Whether the app may have one connection more. */
  readonly admit: () => boolean;
}

/** Connections accepted per turn of the event loop. */
const ACCEPTS_PER_TURN = 16;
const RETRY_MILLISECONDS = 500;

export class ProxiedSound {
  readonly #options: ProxiedSoundOptions;
  readonly #listener: number;
  readonly #watcher: Watcher;
  readonly #connections = new Set<ServedConnection>();
  #policy: SoundPolicy;
  #closed = false;

  /** Owns the listening descriptor. */
  constructor(listener: number, options: ProxiedSoundOptions) {
    this.#options = options;
    this.#listener = listener;
    this.#policy = options.policy;
    this.#watcher = options.bench.addon.watch(listener, READABLE, () => this.#accept());
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Ends what runs: a stream that is recording does not ask again. */
  setPolicy(policy: SoundPolicy): void {
    this.#policy = policy;
    for (const connection of [...this.#connections]) connection.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    this.#options.bench.addon.close(this.#listener);
    for (const connection of [...this.#connections]) connection.close();
  }

  #accept(): void {
    const { bench, connectUpstream, report, warn, admit, serve } = this.#options;
    for (let count = 0; count < ACCEPTS_PER_TURN && !this.#closed; count++) {
      const fd = this.#acceptOne();
      if (fd < 0) return;
      if (!admit()) {
        warn("too many connections");
        bench.addon.close(fd);
        continue;
      }
      const context = { bench, policy: this.#policy, connectUpstream, report, warn };
      const connection: ServedConnection = serve(context, fd, () => this.#connections.delete(connection));
      this.#connections.add(connection);
      connection.start();
    }
  }

  #acceptOne(): number {
    try {
      return this.#options.bench.addon.accept(this.#listener);
    } catch (error) {
      // Out of descriptors: who waits stays in the backlog until some are free again.
      this.#options.warn(`accept: ${(error as Error).message}`);
      this.#watcher.update(0);
      setTimeout(() => this.#watcher.update(READABLE), RETRY_MILLISECONDS).unref();
      return -1;
    }
  }
}
