// One connection of an app to one bus, from accept to close: greeting, then two lanes with the same state between them.
import type { CompiledPolicy } from "../policy/standing.ts";
import { type AppLimits, MAX_INSPECTED_BYTES, MAX_INSPECTED_FROM_APP_BYTES } from "../wire/limits.ts";
import { answerTooLarge, appMessageNeedsBody, judgeAppMessage } from "./app-messages.ts";
import { busMessageNeedsBody, judgeBusMessage } from "./bus-messages.ts";
import { Endpoint } from "./endpoint.ts";
import { Greeting } from "./greeting.ts";
import { Lane, type LaneRules, type Workbench } from "./lane.ts";
import type { Judging, LogMessage, VerdictReport } from "./outcome.ts";
import { type ConnectionState, newState } from "./state.ts";

/** What one bus of one instance gives to each of its connections. */
export interface ConnectionContext {
  readonly bench: Workbench;
  readonly uid: number;
  readonly limits: AppLimits;
  policy(): CompiledPolicy;
  /** Connects to the bus; a negative number is an errno. Asynchronous: the connector does it. `released` is called when the connection is over. */
  connectUpstream(done: (fd: number, released: () => void) => void): void;
  report(report: VerdictReport): void;
  readonly log: LogMessage | undefined;
  warn(text: string): void;
}

/** Above this many bytes waiting for a side, what would add more waits too. */
const HIGH_WATER_BYTES = 64 * 1024;
const IDLE = { readable: () => {}, drained: () => {}, broken: () => {} };

export class Connection {
  readonly #context: ConnectionContext;
  readonly #app: Endpoint;
  readonly #closed: () => void;
  readonly #state: ConnectionState;
  #bus: Endpoint | undefined;
  #greeting: Greeting | undefined;
  #lanes: { readonly app: Lane; readonly bus: Lane } | undefined;
  #released: () => void = () => {};
  #appHeld = false;
  #resumeWanted = false;
  #over = false;

  constructor(context: ConnectionContext, appFd: number, closed: () => void) {
    this.#context = context;
    this.#closed = closed;
    this.#state = newState(context.limits.knownPeers);
    this.#app = new Endpoint(context.bench.addon, appFd, IDLE);
  }

  start(): void {
    const { bench, uid } = this.#context;
    this.#greeting = new Greeting(bench.addon, this.#app, uid, {
      begun: (unixFds, rest, fds) => this.#begin(unixFds, rest, fds),
      failed: (because) => this.#fail(because),
    });
    this.#context.connectUpstream((fd, released) => this.#connected(fd, released));
  }

  /** Ends both sides at once. */
  close(): void {
    this.#app.close();
    this.#bus?.close();
    this.#end();
  }

  /** The policy changed: what was learnt is judged anew. */
  reconsider(): void {
    this.#state.peers.reconsider();
  }

  #connected(fd: number, released: () => void): void {
    if (fd < 0) {
      this.#fail(`no connection to the bus (${-fd})`);
      return;
    }
    if (this.#over) {
      this.#context.bench.addon.close(fd);
      released();
      return;
    }
    this.#released = released;
    this.#bus = new Endpoint(this.#context.bench.addon, fd, IDLE);
    this.#greeting?.connected(this.#bus);
  }

  #begin(unixFds: boolean, rest: Uint8Array, fds: number[]): void {
    const app = this.#app;
    const bus = this.#bus as Endpoint;
    const { bench, limits } = this.#context;
    this.#state.unixFds = unixFds;
    this.#greeting = undefined;
    const judging = this.#judging(app, bus);
    const shared = { broken: (because: string) => this.#fail(because), descriptorsPerMessage: limits.descriptorsPerMessage };
    const fromApp: LaneRules = {
      ...shared,
      needsBody: (header) => judging.policy.source.filter && appMessageNeedsBody(header),
      judge: (message) => judgeAppMessage(judging, message),
      tooLarge: (header, what, limit) => answerTooLarge(judging, header, what, limit),
      ended: () => this.#sideEnded(app, bus),
      held: () => this.#appHeld,
      checksBodies: true,
      inspectedBytes: MAX_INSPECTED_FROM_APP_BYTES,
    };
    const fromBus: LaneRules = {
      ...shared,
      needsBody: (header) => judging.policy.source.filter && busMessageNeedsBody(judging, header),
      judge: (message) => judgeBusMessage(judging, message),
      tooLarge: (header, what, limit) => this.#context.warn(`left out a message from ${header.sender}: more than ${limit} ${what}`),
      ended: () => this.#sideEnded(bus, app),
      held: () => false,
      checksBodies: false,
      inspectedBytes: MAX_INSPECTED_BYTES,
      // A peer may send more to the app than the app may send.
      descriptorsPerMessage: 253,
    };
    const lanes = { app: new Lane(bench, app, bus, fromApp, rest, fds), bus: new Lane(bench, bus, app, fromBus, new Uint8Array(0), []) };
    this.#lanes = lanes;
    const gone = (fault?: unknown): void => {
      if (fault !== undefined) this.#context.warn(`a fault of ours: ${(fault as Error).stack}`);
      this.close();
    };
    app.handle({ readable: () => this.#turn(lanes.app), drained: () => this.#pace(), broken: gone });
    bus.handle({ readable: () => this.#turn(lanes.bus), drained: () => this.#pace(), broken: gone });
    lanes.app.resume();
    this.#pace();
  }

  #turn(lane: Lane): void {
    lane.receive();
    if (this.#resumeWanted) {
      this.#resumeWanted = false;
      this.#lanes?.app.resume();
    }
    this.#pace();
  }

  #judging(app: Endpoint, bus: Endpoint): Judging {
    const context = this.#context;
    return {
      state: this.#state,
      get policy() {
        return context.policy();
      },
      limits: context.limits,
      texts: context.bench.texts,
      sayToApp: (bytes) => app.say(bytes),
      sayToBus: (bytes) => bus.say(bytes),
      holdApp: (held) => this.#hold(held),
      report: (report) => context.report(report),
      log: context.log,
    };
  }

  #hold(held: boolean): void {
    if (this.#appHeld === held) return;
    this.#appHeld = held;
    // Not at once: the lane from the bus is at work in the buffer that both use.
    this.#resumeWanted = !held;
  }

  /** Back-pressure: nobody is read from while what he sends cannot go on, or while answers to him pile up. */
  #pace(): void {
    const bus = this.#bus;
    if (this.#over || bus === undefined) return;
    this.#app.read(!this.#appHeld && bus.queuedBytes === 0 && this.#app.queuedBytes < HIGH_WATER_BYTES);
    bus.read(this.#app.queuedBytes === 0 && bus.queuedBytes < HIGH_WATER_BYTES);
  }

  /** What the other side still has to get, it gets. */
  #sideEnded(ended: Endpoint, other: Endpoint): void {
    ended.close();
    other.finish();
    this.#end();
  }

  #fail(because: string): void {
    if (this.#over) return;
    this.#context.warn(because);
    this.#app.finish();
    this.#bus?.finish();
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#greeting?.close();
    this.#lanes?.app.close();
    this.#lanes?.bus.close();
    this.#released();
    this.#closed();
  }
}
