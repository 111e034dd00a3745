// Connections to PipeWire that the broker's camera portal gave to an app. They have no listening socket: each is one end of a pair, whose other end the app got in an answer.
import type { Workbench } from "../connection/workbench.ts";
import type { VerdictReport } from "../connection/outcome.ts";
import { PipewireConnection } from "../pipewire/connection.ts";
import type { CameraPolicy } from "../pipewire/policy.ts";

export interface RemotesParts {
  readonly bench: Workbench;
  report(report: VerdictReport): void;
  warn(text: string): void;
}

export class Remotes {
  readonly #parts: RemotesParts;
  readonly #open = new Set<PipewireConnection>();

  constructor(parts: RemotesParts) {
    this.#parts = parts;
  }

  get connections(): number {
    return this.#open.size;
  }

  /** Owns both descriptors: the end of a pair whose other end is the app's, and a connection to the server. */
  add(policy: CameraPolicy, app: number, server: number): void {
    const upstream = { fd: server, keep: () => {}, released: () => {} };
    const context = { ...this.#parts, policy, connectUpstream: (done: (given: typeof upstream) => void) => done(upstream) };
    const connection = new PipewireConnection(context, app, () => this.#open.delete(connection));
    this.#open.add(connection);
    connection.start();
  }

  /** Ends both sides of each at once. */
  close(): void {
    for (const connection of [...this.#open]) connection.close();
  }
}
