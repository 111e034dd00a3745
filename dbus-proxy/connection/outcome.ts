// What a direction does with one message, and what judging it may use. Both directions share these words.
import { type CompiledPolicy, SELF, type Standing } from "../policy/standing.ts";
import type { Interner } from "../wire/interner.ts";
import type { AppLimits } from "../wire/limits.ts";
import type { MessageHeader } from "../wire/message.ts";
import type { PortalDoor } from "./portal-door.ts";
import type { ConnectionState } from "./state.ts";

/** Bytes: they go in the message's place. `rewritten`: so do its descriptors. `close` ends the connection: the message breaks the protocol. */
export type Outcome = "forward" | "drop" | "close" | Uint8Array | { readonly rewritten: Uint8Array };

export function bytesInstead(outcome: Outcome): Uint8Array | undefined {
  return typeof outcome === "string" ? undefined : "rewritten" in outcome ? outcome.rewritten : outcome;
}

export function keepsDescriptors(outcome: Outcome): boolean {
  return outcome === "forward" || (typeof outcome === "object" && "rewritten" in outcome);
}

/** One whole or beginning message in the receive buffer. The body is there, and checked, only where `inspect` asked for it. */
export interface Incoming {
  readonly header: MessageHeader;
  readonly bytes: Uint8Array;
  readonly at: number;
  /** The descriptors that came with it; whoever asks owns them. */
  takeDescriptors(): readonly number[];
}

export interface VerdictReport {
  readonly verdict: "allow" | "deny" | "hide";
  readonly because: string;
  readonly message: string;
}

/** One line of the log that `--log` prints. */
export type LogMessage = (direction: "C" | "B", header: MessageHeader, mark: string) => void;

/** What both directions of one connection have in hand. */
export interface Judging {
  readonly state: ConnectionState;
  readonly policy: CompiledPolicy;
  /** The bus was not read from for a while: what it said meanwhile is not known here yet. */
  behind: boolean;
  readonly limits: AppLimits;
  /** Whether a unique name on this bus is a connection of one of the app's instances. */
  readonly isOwnPeer: (uniqueName: string) => boolean;
  /** And whether of this very one: a program has several. */
  readonly isOfSandbox: (uniqueName: string) => boolean;
  readonly texts: Interner;
  /** At the next boundary between two messages, towards the app or the bus. Takes descriptors over. */
  readonly sayToApp: (bytes: Uint8Array, fds?: readonly number[]) => void;
  readonly sayToBus: (bytes: Uint8Array) => void;
  /** Stops and starts reading from the app: our own questions must be answered first. */
  readonly holdApp: (held: boolean) => void;
  readonly report: (report: VerdictReport) => void;
  /** Counts a message that passes; `peer` is its destination, or the sender of a signal. */
  readonly allowed: (because: string, peer: string, header: MessageHeader) => void;
  readonly log: LogMessage | undefined;
  /** Undefined where this bus has no portals of ours. */
  readonly portals: PortalDoor | undefined;
  /** A message for the broker, once the ledger has what it means for this connection. */
  readonly sayToPortals: (bytes: Uint8Array, fds: readonly number[]) => void;
}

/** What the app may do with a name, well-known or unique. */
export function standingOf(judging: Judging, name: string): Standing {
  if (name.charCodeAt(0) !== 58) return judging.policy.standingOf(name);
  return name === judging.state.uniqueName ? SELF : judging.state.peers.standingOf(name, judging.policy);
}

export function describe(header: MessageHeader): string {
  const method = header.interface === "" ? header.member : `${header.interface}.${header.member}`;
  if (header.type === 2 || header.type === 3) return `${header.destination} reply to ${header.replySerial}`;
  return `${header.destination === "" ? "(all)" : header.destination} ${method} at ${header.path}`;
}
