// One connection of an app to PipeWire, from accept to close. As with PulseAudio's it is not resumed by another bus process.
import type { Upstream } from "../connection/context.ts";
import { Endpoint } from "../connection/endpoint.ts";
import type { SoundContext } from "../pulse/connection.ts";
import { judgeAppMessage } from "./judge-app.ts";
import { judgeServerMessage } from "./judge-server.ts";
import { PipewireLane } from "./lane.ts";
import { newPipewireState, type Refusal, type Verdict } from "./state.ts";

/** Above this many bytes waiting for a side, what would add more waits too. */
const HIGH_WATER_BYTES = 256 * 1024;
const IDLE = { readable: () => {}, drained: () => {}, broken: () => {} };

export class PipewireConnection {
  readonly #context: SoundContext;
  readonly #app: Endpoint;
  readonly #closed: () => void;
  readonly #state = newPipewireState();
  #server: Endpoint | undefined;
  #lanes: readonly PipewireLane[] = [];
  #released: () => void = () => {};
  #over = false;

  constructor(context: SoundContext, appFd: number, closed: () => void) {
    this.#context = context;
    this.#closed = closed;
    this.#app = new Endpoint(context.bench.addon, appFd, IDLE);
  }

  start(): void {
    this.#context.connectUpstream((upstream) => this.#connected(upstream));
  }

  /** Ends both sides at once. */
  close(): void {
    this.#app.close();
    this.#server?.close();
    this.#end();
  }

  #connected(upstream: Upstream | number): void {
    const { bench, policy } = this.#context;
    if (typeof upstream === "number") {
      this.#fail(`no connection to PipeWire (${-upstream})`);
      return;
    }
    if (this.#over) {
      bench.addon.close(upstream.fd);
      upstream.released();
      return;
    }
    this.#released = () => upstream.released();
    const app = this.#app;
    const server = new Endpoint(bench.addon, upstream.fd, IDLE);
    this.#server = server;
    const broken = (because: string): void => this.#fail(because);
    const fromApp = new PipewireLane(bench, app, {
      broken,
      ended: () => this.#sideEnded(app, server),
      take: (message, bytes, from, to, fds) => this.#obey(judgeAppMessage(this.#state, policy, message), server, bytes, from, to, fds),
    });
    const fromServer = new PipewireLane(bench, server, {
      broken,
      ended: () => this.#sideEnded(server, app),
      take: (message, bytes, from, to, fds) => this.#obey(judgeServerMessage(this.#state, policy, message), app, bytes, from, to, fds),
    });
    this.#lanes = [fromApp, fromServer];
    const gone = (fault?: unknown): void => {
      if (fault !== undefined) this.#context.warn(`a fault of ours: ${(fault as Error).stack}`);
      this.close();
    };
    const turn = (lane: PipewireLane): void => {
      lane.receive();
      this.#pace();
    };
    app.handle({ readable: () => turn(fromApp), drained: () => this.#pace(), broken: gone });
    server.handle({ readable: () => turn(fromServer), drained: () => this.#pace(), broken: gone });
    this.#pace();
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
        this.#app.send(verdict.bytes, 0, verdict.bytes.length);
        break;
      case "broken":
        this.#fail(verdict.because);
        break;
      case "drop":
        break;
    }
  }

  #tell({ message, because }: Refusal): void {
    this.#context.report({ verdict: "deny", because, message });
  }

  /** Back-pressure: nobody is read from while what he sends cannot go on, or while answers to him pile up. */
  #pace(): void {
    const server = this.#server;
    if (this.#over || server === undefined) return;
    this.#app.read(server.queuedBytes === 0 && this.#app.queuedBytes < HIGH_WATER_BYTES);
    server.read(this.#app.queuedBytes < HIGH_WATER_BYTES && server.queuedBytes < HIGH_WATER_BYTES);
  }

  /** What the other side still has to get, it gets. */
  #sideEnded(ended: Endpoint, other: Endpoint): void {
    ended.close();
    other.finish();
    this.#end();
  }

  #fail(because: string): void {
    if (this.#over) return;
    this.#context.warn(`pipewire: ${because}`);
    this.#app.finish();
    this.#server?.finish();
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const lane of this.#lanes) lane.close();
    this.#released();
    this.#closed();
  }
}
