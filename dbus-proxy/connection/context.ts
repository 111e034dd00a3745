// What a connection is given by the bus that it belongs to.
import type { CompiledPolicy } from "../policy/standing.ts";
import type { AppLimits } from "../wire/limits.ts";
import type { MessageHeader } from "../wire/message.ts";
import type { LogMessage, VerdictReport } from "./outcome.ts";
import type { PortalDoor } from "./portal-door.ts";
import type { AppUse } from "./state.ts";
import type { Workbench } from "./workbench.ts";

/** A connection to the bus, as whoever made it gives it. */
export interface Upstream {
  readonly fd: number;
  /** Keeps copies of the app's end and of what another process needs to go on; owns both descriptors. */
  keep(app: number, memory: number): void;
  /** Must be called when the connection is over. */
  released(): void;
}

/** What one bus of one instance gives to each of its connections. */
export interface ConnectionContext {
  readonly bench: Workbench;
  readonly uid: number;
  readonly limits: AppLimits;
  /** Counted against the limits. */
  readonly use: AppUse;
  /** Whether a unique name is a connection of one of the app's instances. */
  isOwnPeer(uniqueName: string): boolean;
  /** Whether it is one of this sandbox's own. */
  isOfSandbox(uniqueName: string): boolean;
  policy(): CompiledPolicy;
  readonly portals: PortalDoor | undefined;
  /** Comes back with a recovered connection: which of the app's buses it belongs to. */
  readonly busIndex: number;
  /** Connects to the bus; a negative number is an errno. Asynchronous: the connector does it. */
  connectUpstream(done: (upstream: Upstream | number) => void): void;
  report(report: VerdictReport): void;
  /** Counts a message that passes; `peer` is its destination, or the sender of a signal. */
  allowed(because: string, peer: string, header: MessageHeader): void;
  readonly log: LogMessage | undefined;
  warn(text: string): void;
}
