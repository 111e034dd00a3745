// One connection of an app to the sound server.
import type { Endpoint } from "../connection/endpoint.ts";
import type { VerdictReport } from "../connection/outcome.ts";
import { Command } from "./commands.ts";
import { commandFrame } from "./framing.ts";
import { commandHead, judgeAppCommand, judgeServerCommand, serverCommandIsRead } from "./judge.ts";
import { type Outcome, PulseLane } from "./lane.ts";
import type { SoundPolicy } from "./policy.ts";
import { Sides, type SidesContext } from "./sides.ts";
import { newSoundState, type Verdict } from "./state.ts";
import { numberValue } from "./tagstruct.ts";

/** What the sound of one instance gives to each of its connections. */
export interface SoundContext extends SidesContext {
  readonly policy: SoundPolicy;
  report(report: VerdictReport): void;
}

/** Above this many bytes waiting for a side, what would add more waits too. */
const HIGH_WATER_BYTES = 64 * 1024;

export class SoundConnection {
  readonly #context: SoundContext;
  readonly #sides: Sides;
  readonly #state = newSoundState();
  #appLane: PulseLane | undefined;
  #resumeWanted = false;

  constructor(context: SoundContext, appFd: number, closed: () => void) {
    this.#context = context;
    this.#sides = new Sides(context, appFd, "sound", closed);
  }

  start(): void {
    this.#sides.connect({ open: (server) => this.#open(server), pace: (server) => this.#pace(server), turned: () => this.#resume() });
  }

  /** Ends both sides at once. */
  close(): void {
    this.#sides.close();
  }

  #open(server: Endpoint): { readonly app: PulseLane; readonly server: PulseLane } {
    const { bench, policy } = this.#context;
    const { app } = this.#sides;
    // The server knows its user by them, as no cookie goes to it, and asks for them a moment after it accepts.
    bench.addon.passCredentials(server.fd);
    const broken = (because: string): void => this.#sides.fail(because);
    const appLane = new PulseLane(bench, app, server, {
      broken,
      needsWhole: () => true,
      judge: (bytes, from, to) => this.#obey(judgeAppCommand(this.#state, policy, bytes, from, to)),
      ended: () => this.#sides.ended("app"),
      held: () => this.#state.pending !== null,
    });
    this.#appLane = appLane;
    const serverLane = new PulseLane(bench, server, app, {
      broken,
      needsWhole: (bytes, at) => {
        const head = commandHead(bytes, at, bytes.length);
        return head === undefined || serverCommandIsRead(this.#state, head.command, head.tag);
      },
      judge: (bytes, from, to) => this.#obey(judgeServerCommand(this.#state, policy, bytes, from, to)),
      ended: () => this.#sides.ended("server"),
      held: () => false,
    });
    return { app: appLane, server: serverLane };
  }

  #resume(): void {
    if (!this.#resumeWanted) return;
    this.#resumeWanted = false;
    this.#appLane?.resume();
  }

  #obey(verdict: Verdict): Outcome {
    switch (verdict.kind) {
      case "forward":
        return "forward";
      case "replace":
        return commandFrame(verdict.payload);
      case "refuse":
        this.#context.report({ verdict: "deny", because: verdict.because, message: verdict.command });
        this.#sides.app.say(commandFrame(Buffer.concat([numberValue(Command.ERROR), numberValue(verdict.tag), numberValue(verdict.error)])));
        return "drop";
      case "ask":
        this.#sides.server?.say(commandFrame(verdict.payload));
        return "drop";
      case "settled": {
        const outcome = this.#obey(verdict.verdict);
        if (typeof outcome !== "string") this.#sides.server?.say(outcome);
        // Not at once: the lane from the server is at work in the buffer that both use.
        this.#resumeWanted = true;
        return "drop";
      }
      case "broken":
        this.#sides.fail(verdict.because);
        return "close";
    }
  }

  /** Back-pressure: nobody is read from while what he sends cannot go on, or while answers to him pile up. */
  #pace(server: Endpoint): void {
    const { app } = this.#sides;
    app.read(this.#state.pending === null && server.queuedBytes === 0 && app.owedBytes < HIGH_WATER_BYTES);
    server.read(app.queuedBytes === 0 && server.queuedBytes < HIGH_WATER_BYTES);
  }
}
