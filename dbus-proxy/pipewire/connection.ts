// One connection of an app to PipeWire.
import type { Endpoint } from "../connection/endpoint.ts";
import type { VerdictReport } from "../connection/outcome.ts";
import { Sides, type SidesContext } from "../pulse/sides.ts";
import { judgeAppMessage } from "./judge-app.ts";
import { judgeServerMessage } from "./judge-server.ts";
import { MOST_DESCRIPTORS_OF_SERVER, PipewireLane, type PipewireLaneRules } from "./lane.ts";
import type { PipewirePolicy } from "./policy.ts";
import { newPipewireState, type Refusal, type Verdict } from "./state.ts";

/** Above this many bytes waiting for a side, what would add more waits too. */
const HIGH_WATER_BYTES = 256 * 1024;

export interface PipewireContext extends SidesContext {
  readonly policy: PipewirePolicy;
  report(report: VerdictReport): void;
}

export class PipewireConnection {
  readonly #context: PipewireContext;
  readonly #sides: Sides;
  readonly #state = newPipewireState();

  constructor(context: PipewireContext, appFd: number, closed: () => void) {
    this.#context = context;
    this.#sides = new Sides(context, appFd, "pipewire", closed);
  }

  start(): void {
    this.#sides.connect({ open: (server) => this.#open(server), pace: (server) => this.#pace(server), turned: () => {} });
  }

  /** Ends both sides at once. */
  close(): void {
    this.#sides.close();
  }

  #open(server: Endpoint): { readonly app: PipewireLane; readonly server: PipewireLane } {
    const { bench, policy } = this.#context;
    const { app } = this.#sides;
    const rules = (side: "app" | "server", sink: Endpoint, judge: typeof judgeAppMessage): PipewireLaneRules => ({
      broken: (because) => this.#sides.fail(because),
      ended: () => this.#sides.ended(side),
      // An app has none to give.
      mostDescriptors: side === "app" ? 0 : MOST_DESCRIPTORS_OF_SERVER,
      take: (message, bytes, from, to, fds) => this.#obey(judge(this.#state, policy, message), sink, bytes, from, to, fds),
    });
    return {
      app: new PipewireLane(bench, app, rules("app", server, judgeAppMessage)),
      server: new PipewireLane(bench, server, rules("server", app, judgeServerMessage)),
    };
  }

  #obey(verdict: Verdict, sink: Endpoint, bytes: Uint8Array, from: number, to: number, fds: readonly number[]): void {
    if (verdict.kind === "forward") {
      sink.send(bytes, from, to, fds);
      return;
    }
    // Nothing that is written anew, and nothing that goes nowhere, takes a descriptor along.
    for (const fd of fds) this.#context.bench.addon.close(fd);
    switch (verdict.kind) {
      case "replace":
        if (verdict.told !== undefined) this.#tell(verdict.told);
        sink.send(verdict.bytes, 0, verdict.bytes.length);
        break;
      case "refuse":
        this.#tell(verdict.told);
        this.#sides.app.send(verdict.bytes, 0, verdict.bytes.length);
        break;
      case "broken":
        this.#sides.fail(verdict.because);
        break;
      case "drop":
        break;
    }
  }

  #tell({ message, because }: Refusal): void {
    this.#context.report({ verdict: "deny", because, message });
  }

  /** Back-pressure: nobody is read from while what he sends cannot go on, or while answers to him pile up. */
  #pace(server: Endpoint): void {
    const { app } = this.#sides;
    app.read(server.queuedBytes === 0 && app.queuedBytes < HIGH_WATER_BYTES);
    server.read(app.queuedBytes < HIGH_WATER_BYTES && server.queuedBytes < HIGH_WATER_BYTES);
  }
}
