// One connection of an app to the sound server, from accept to close. It is not resumed by another bus process: sound programs connect again, none ends for it.
import type { Upstream } from "../connection/context.ts";
import { Endpoint } from "../connection/endpoint.ts";
import type { Workbench } from "../connection/workbench.ts";
import type { VerdictReport } from "../connection/outcome.ts";
import { Command } from "./commands.ts";
import { commandFrame } from "./framing.ts";
import { commandHead, judgeAppCommand, judgeServerCommand, serverCommandIsRead } from "./judge.ts";
import { type Outcome, PulseLane } from "./lane.ts";
import type { SoundPolicy } from "./policy.ts";
import { newSoundState, type Verdict } from "./state.ts";
import { numberValue } from "./tagstruct.ts";

/** What the sound of one instance gives to each of its connections. */
export interface SoundContext {
  readonly bench: Workbench;
  readonly policy: SoundPolicy;
  /** A number is a negative errno. */
  connectUpstream(done: (upstream: Upstream | number) => void): void;
  report(report: VerdictReport): void;
  warn(text: string): void;
}

/** Above this many bytes waiting for a side, what would add more waits too. */
const HIGH_WATER_BYTES = 64 * 1024;
const IDLE = { readable: () => {}, drained: () => {}, broken: () => {} };

export class SoundConnection {
  readonly #context: SoundContext;
  readonly #app: Endpoint;
  readonly #closed: () => void;
  readonly #state = newSoundState();
  #server: Endpoint | undefined;
  #lanes: { readonly app: PulseLane; readonly server: PulseLane } | undefined;
  #released: () => void = () => {};
  #resumeWanted = false;
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
    const { bench } = this.#context;
    if (typeof upstream === "number") {
      this.#fail(`no connection to the sound server (${-upstream})`);
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
    const shared = { broken: (because: string) => this.#fail(because) };
    const lanes = {
      app: new PulseLane(bench, app, server, {
        ...shared,
        needsWhole: () => true,
        judge: (bytes, from, to) => this.#obey(judgeAppCommand(this.#state, this.#context.policy, bytes, from, to)),
        ended: () => this.#sideEnded(app, server),
        held: () => this.#state.pending !== null,
      }),
      server: new PulseLane(bench, server, app, {
        ...shared,
        needsWhole: (bytes, at) => {
          const head = commandHead(bytes, at, bytes.length);
          return head === undefined || serverCommandIsRead(this.#state, head.command, head.tag);
        },
        judge: (bytes, from, to) => this.#obey(judgeServerCommand(this.#state, this.#context.policy, bytes, from, to)),
        ended: () => this.#sideEnded(server, app),
        held: () => false,
      }),
    };
    this.#lanes = lanes;
    const gone = (fault?: unknown): void => {
      if (fault !== undefined) this.#context.warn(`a fault of ours: ${(fault as Error).stack}`);
      this.close();
    };
    app.handle({ readable: () => this.#turn(lanes.app), drained: () => this.#pace(), broken: gone });
    server.handle({ readable: () => this.#turn(lanes.server), drained: () => this.#pace(), broken: gone });
    this.#pace();
  }

  #turn(lane: PulseLane): void {
    lane.receive();
    if (this.#resumeWanted) {
      this.#resumeWanted = false;
      this.#lanes?.app.resume();
    }
    this.#pace();
  }

  #obey(verdict: Verdict): Outcome {
    switch (verdict.kind) {
      case "forward":
        return "forward";
      case "replace":
        return commandFrame(verdict.payload);
      case "refuse":
        this.#context.report({ verdict: "deny", because: verdict.because, message: verdict.command });
        this.#app.say(commandFrame(Buffer.concat([numberValue(Command.ERROR), numberValue(verdict.tag), numberValue(verdict.error)])));
        return "drop";
      case "ask":
        this.#server?.say(commandFrame(verdict.payload));
        return "drop";
      case "settled": {
        const outcome = this.#obey(verdict.verdict);
        if (typeof outcome !== "string") this.#server?.say(outcome);
        // Not at once: the lane from the server is at work in the buffer that both use.
        this.#resumeWanted = true;
        return "drop";
      }
      case "broken":
        this.#fail(verdict.because);
        return "close";
    }
  }

  /** Back-pressure: nobody is read from while what he sends cannot go on, or while answers to him pile up. */
  #pace(): void {
    const server = this.#server;
    if (this.#over || server === undefined) return;
    this.#app.read(this.#state.pending === null && server.queuedBytes === 0 && this.#app.queuedBytes < HIGH_WATER_BYTES);
    server.read(this.#app.queuedBytes === 0 && server.queuedBytes < HIGH_WATER_BYTES);
  }

  /** What the other side still has to get, it gets. */
  #sideEnded(ended: Endpoint, other: Endpoint): void {
    ended.close();
    other.finish();
    this.#end();
  }

  #fail(because: string): void {
    if (this.#over) return;
    this.#context.warn(`sound: ${because}`);
    this.#app.finish();
    this.#server?.finish();
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#lanes?.app.close();
    this.#lanes?.server.close();
    this.#released();
    this.#closed();
  }
}
