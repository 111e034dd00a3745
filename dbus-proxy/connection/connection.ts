// One connection of an app to one bus, from accept to close: greeting, then two lanes with the same state between them.
import { MAX_INSPECTED_BYTES } from "../wire/limits.ts";
import { expectsReply } from "../wire/message.ts";
import type { CompiledPolicy } from "../policy/standing.ts";
import { answerTooLarge, appMessageLimit, appMessageNeedsBody, judgeAppMessage } from "./app-messages.ts";
import { busMessageNeedsBody, judgeBusMessage, refuseIncoming } from "./bus-messages.ts";
import type { ConnectionContext, Upstream } from "./context.ts";
import { Endpoint } from "./endpoint.ts";
import { Greeting } from "./greeting.ts";
import { ConnectionJudging } from "./judging.ts";
import { Lane } from "./lane.ts";
import type { LaneRules } from "./lane-rules.ts";
import { APP, BUS, LEAST_ROOM_BYTES, type Ledger, type Recovered } from "./ledger.ts";
import type { Judging } from "./outcome.ts";
import { mayBePortalCall, portalOwnerChanged, tellDue, waitingForPortals } from "./portal-calls.ts";
import { mustCatchUp } from "./own-questions.ts";
import { policyChanged } from "./policy-change.ts";
import { PortalSide } from "./portal-side.ts";
import { agreeUnixFds, type ConnectionState, giveBack, newState } from "./state.ts";

/** Above this many bytes waiting for a side, what would add more waits too. */
const HIGH_WATER_BYTES = 64 * 1024;
const HIGH_WATER_DESCRIPTORS = 64;
const IDLE = { readable: () => {}, drained: () => {}, broken: () => {} };

export class Connection {
  readonly #context: ConnectionContext;
  readonly #app: Endpoint;
  readonly #closed: () => void;
  #state: ConnectionState | undefined;
  #ledger: Ledger | undefined;
  #bus: Endpoint | undefined;
  #greeting: Greeting | undefined;
  #lanes: { readonly app: Lane; readonly bus: Lane } | undefined;
  #upstream: Upstream | undefined;
  #judging: Judging | undefined;
  #appHeld = false;
  readonly #portals: PortalSide;
  #resumeWanted = false;
  #over = false;

  constructor(context: ConnectionContext, appFd: number, closed: () => void) {
    this.#context = context;
    this.#closed = closed;
    this.#portals = new PortalSide(context.bench.addon, context.portals);
    this.#app = new Endpoint(context.bench.addon, appFd, IDLE, context.use);
  }

  start(): void {
    const { bench, uid, use, limits } = this.#context;
    const { descriptorsInFlight } = limits;
    this.#greeting = new Greeting(
      { addon: bench.addon, app: this.#app, uid, inFlight: use, descriptorsInFlight },
      {
        begun: (unixFds, rest, fds) => this.#begin(unixFds, rest, fds),
        failed: (because) => this.#fail(because),
      },
    );
    this.#context.connectUpstream((upstream) => this.#connected(upstream));
  }

  /** Goes on where another process was killed. */
  goOn(upstream: Upstream, state: ConnectionState, recovered: Recovered): void {
    const { addon } = this.#context.bench;
    this.#upstream = upstream;
    this.#bus = new Endpoint(addon, upstream.fd, IDLE, this.#context.use);
    this.#state = state;
    this.#ledger = recovered.ledger;
    for (const [, pending] of state.calls) if (typeof pending === "object" && pending.kind === "own-names") this.#appHeld = true;
    this.#app.keepIn(recovered.ledger, APP, recovered.queued[APP]);
    this.#bus.keepIn(recovered.ledger, BUS, recovered.queued[BUS]);
    this.#open(this.#app, this.#bus, state, recovered.ledger, []);
    const waiting = waitingForPortals(this.#judging as unknown as Judging);
    if (waiting.length > 0) this.#context.portals?.stillWaiting(state.uniqueName, waiting);
  }

  /** Of the app on the bus; "" until it has one. */
  get uniqueName(): string {
    return this.#state?.uniqueName ?? "";
  }

  /** It is known now who serves portals, or the broker has room again. */
  portalsRouted(): void {
    if (this.#portals.goOn()) this.#turn(() => this.#lanes?.app.resume());
  }

  portalOwnerChanged(names: readonly string[], from: string, to: string): void {
    const judging = this.#judging;
    if (judging !== undefined) this.#turn(() => portalOwnerChanged(judging, names, from, to));
  }

  /** A whole message of the broker's. `forAll`: a signal for whoever asked for such. Owns `fds`. */
  fromPortals(bytes: Uint8Array, forAll: boolean, fds: readonly number[] = []): void {
    const { addon } = this.#context.bench;
    if (this.#judging === undefined || this.#over) {
      for (const fd of fds) addon.close(fd);
      return;
    }
    if (this.#context.use.queuedBytes + this.#portals.incomingBytes + bytes.length > this.#context.limits.queuedBytes) {
      for (const fd of fds) addon.close(fd);
      this.#fail("the app does not read what portals say");
      return;
    }
    this.#portals.keep({ bytes, forAll, fds });
    this.#turn(() => {});
  }

  /** Ends both sides at once. */
  close(): void {
    this.#app.close();
    this.#bus?.close();
    this.#end();
  }

  /** The policy changed: what was learnt is judged anew. */
  reconsider(before: CompiledPolicy): void {
    const judging = this.#judging;
    if (judging !== undefined && !this.#over) this.#turn(() => policyChanged(judging, before));
  }

  #connected(upstream: Upstream | number): void {
    if (typeof upstream === "number") {
      this.#fail(`no connection to the bus (${-upstream})`);
      return;
    }
    if (this.#over) {
      this.#context.bench.addon.close(upstream.fd);
      upstream.released();
      return;
    }
    this.#upstream = upstream;
    this.#bus = new Endpoint(this.#context.bench.addon, upstream.fd, IDLE, this.#context.use);
    this.#greeting?.connected(this.#bus);
  }

  /** From here on the connection outlives this process. */
  #begin(unixFds: boolean, rest: Uint8Array, fds: number[]): void {
    const app = this.#app;
    const bus = this.#bus as Endpoint;
    const { bench, limits, busIndex } = this.#context;
    this.#greeting = undefined;
    let ledger: Ledger;
    try {
      ledger = bench.ledgers.take(busIndex);
    } catch (error) {
      for (const fd of fds) bench.addon.close(fd);
      this.#fail(`no memory for a connection: ${(error as Error).message}`);
      return;
    }
    const state = newState(limits.knownPeers, ledger.record, this.#context.use);
    this.#ledger = ledger;
    this.#state = state;
    agreeUnixFds(state, unixFds);
    ledger.preload(APP, rest);
    ledger.held[APP] = fds.length;
    app.keepIn(ledger, APP);
    bus.keepIn(ledger, BUS);
    ledger.keepState(state);
    ledger.settle();
    this.#upstream?.keep(bench.addon.dup(app.fd), ledger.copy());
    this.#open(app, bus, state, ledger, fds);
  }

  #open(app: Endpoint, bus: Endpoint, state: ConnectionState, ledger: Ledger, fds: number[]): void {
    const { bench, limits, use } = this.#context;
    const judging = this.#newJudging(app, bus, state);
    this.#judging = judging;
    const { descriptorsPerMessage, descriptorsInFlight } = limits;
    const shared = { broken: (because: string) => this.#fail(because), descriptorsPerMessage, descriptorsInFlight, inFlight: use };
    const fromApp: LaneRules = {
      ...shared,
      needsBody: (header) => judging.policy.source.filter && (appMessageNeedsBody(judging, header) || mayBePortalCall(judging, header)),
      mustWait: (message) => judging.policy.source.filter && (this.#portals.mustWait(judging, message) || mustCatchUp(judging, message.header)),
      judge: (message) => judgeAppMessage(judging, message),
      tooLarge: (header, what, limit) => answerTooLarge(judging, header, what, limit),
      ended: () => this.#sideEnded(app, bus),
      held: () => this.#appHeld || this.#portals.waits || isFull(bus),
      checksBodies: true,
      inspectedBytes: appMessageLimit,
    };
    const fromBus: LaneRules = {
      ...shared,
      needsBody: (header) => judging.policy.source.filter && busMessageNeedsBody(judging, header),
      judge: (message) => judgeBusMessage(judging, message),
      mustWait: () => false,
      tooLarge: (header, what, limit) => {
        this.#context.warn(`left out a message from ${header.sender}: more than ${limit} ${what}`);
        if (expectsReply(header) && header.sender !== "") refuseIncoming(judging, header, `the called program may get at most ${limit} ${what}`);
      },
      ended: () => this.#sideEnded(bus, app),
      held: () => isFull(app),
      checksBodies: false,
      inspectedBytes: () => MAX_INSPECTED_BYTES,
      // A peer may send more to the app than the app may send.
      descriptorsPerMessage: 253,
    };
    const lanes = { app: new Lane(bench, ledger, APP, app, bus, fromApp, fds), bus: new Lane(bench, ledger, BUS, bus, app, fromBus, []) };
    this.#lanes = lanes;
    const gone = (fault?: unknown): void => {
      if (fault !== undefined) this.#context.warn(`a fault of ours: ${(fault as Error).stack}`);
      this.close();
    };
    const readable = (lane: Lane) => (): void => {
      lane.receive();
      this.#turnEnds();
    };
    const drained = (): void =>
      this.#turn(() => {
        lanes.app.resume();
        lanes.bus.resume();
      });
    app.handle({ readable: readable(lanes.app), drained, broken: gone });
    bus.handle({ readable: readable(lanes.bus), drained, broken: gone });
    drained();
  }

  #turn(work: () => void): void {
    work();
    this.#turnEnds();
  }

  /** INVARIANT: after each turn the ledger says all that another process needs. */
  #turnEnds(): void {
    if (this.#judging !== undefined && !this.#over) tellDue(this.#judging, this.#portals.due(this.#judging), this.#app.queuedBytes, this.#context.bench.addon);
    if (this.#resumeWanted) {
      this.#resumeWanted = false;
      this.#lanes?.app.resume();
    }
    if (this.#over) return;
    this.#app.pump();
    this.#bus?.pump();
    if (this.#over) return;
    this.#ledger?.settle();
    this.#pace();
    this.#portals.flush(this.uniqueName);
  }

  #newJudging(app: Endpoint, bus: Endpoint, state: ConnectionState): Judging {
    return new ConnectionJudging(this.#context, state, app, bus, (held) => this.#hold(held), this.#portals.say);
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
    const ledger = this.#ledger;
    if (this.#over || bus === undefined || ledger === undefined) return;
    const calm = !isFull(bus) && !isFull(this.#app);
    // What is owed to a side in the middle of a message stops that side alone: the other one must go on, or the message never ends.
    const readsBus = calm && bus.owedBytes < HIGH_WATER_BYTES && ledger.room(BUS) >= LEAST_ROOM_BYTES;
    if (!readsBus && this.#judging !== undefined) this.#judging.behind = true;
    const readsApp = calm && this.#app.owedBytes < HIGH_WATER_BYTES && ledger.room(APP) >= LEAST_ROOM_BYTES;
    this.#app.read(readsApp && !this.#appHeld && !this.#portals.waits);
    bus.read(readsBus);
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
    this.#portals.close(this.uniqueName);
    this.#greeting?.close();
    this.#lanes?.app.close();
    this.#lanes?.bus.close();
    this.#upstream?.released();
    if (this.#state !== undefined) giveBack(this.#state);
    this.#closed();
    // Whoever called may still be at work in the memory.
    const ledger = this.#ledger;
    if (ledger !== undefined) setImmediate(() => ledger.close());
  }
}

/** What would add to it waits. */
function isFull(end: Endpoint): boolean {
  return end.queuedBytes >= HIGH_WATER_BYTES || end.waitingDescriptors >= HIGH_WATER_DESCRIPTORS;
}
