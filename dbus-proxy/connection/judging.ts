// What both directions of one connection have in hand. A class of its own, not a literal with a getter: its fields are looked at several times per message.
import type { CompiledPolicy } from "../policy/standing.ts";
import type { Interner } from "../wire/interner.ts";
import type { AppLimits } from "../wire/limits.ts";
import type { ConnectionContext } from "./context.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Judging, LogMessage } from "./outcome.ts";
import type { ConnectionState } from "./state.ts";

/** Its functions are whole without their object. */
export class ConnectionJudging implements Judging {
  readonly state: ConnectionState;
  readonly limits: AppLimits;
  readonly texts: Interner;
  readonly log: LogMessage | undefined;
  readonly portals: Judging["portals"];
  readonly isOwnPeer: Judging["isOwnPeer"];
  readonly isOfSandbox: Judging["isOfSandbox"];
  readonly sayToApp: Judging["sayToApp"];
  readonly sayToBus: Judging["sayToBus"];
  readonly holdApp: Judging["holdApp"];
  readonly sayToPortals: Judging["sayToPortals"];
  readonly report: Judging["report"];
  readonly allowed: Judging["allowed"];
  /** What another process had: nobody read while there was none. */
  behind: boolean;
  readonly #context: ConnectionContext;

  constructor(
    context: ConnectionContext,
    state: ConnectionState,
    app: Endpoint,
    bus: Endpoint,
    holdApp: Judging["holdApp"],
    sayToPortals: Judging["sayToPortals"],
  ) {
    this.state = state;
    this.limits = context.limits;
    this.texts = context.bench.texts;
    this.log = context.log;
    this.portals = context.portals;
    this.isOwnPeer = (uniqueName) => context.isOwnPeer(uniqueName);
    this.isOfSandbox = (uniqueName) => context.isOfSandbox(uniqueName);
    this.sayToApp = (bytes, fds) => app.say(bytes, fds);
    this.sayToBus = (bytes) => bus.say(bytes);
    this.holdApp = holdApp;
    this.sayToPortals = sayToPortals;
    this.report = (report) => context.report(report);
    this.allowed = (because, peer, header) => context.allowed(because, peer, header);
    this.behind = state.phase === "named";
    this.#context = context;
  }

  get policy(): CompiledPolicy {
    return this.#context.policy();
  }
}
