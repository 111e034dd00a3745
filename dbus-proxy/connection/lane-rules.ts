// What a lane asks of the connection that it belongs to.
import type { MessageHeader } from "../wire/message.ts";
import type { InFlight } from "./outgoing.ts";
import type { Incoming, Outcome } from "./outcome.ts";

export interface LaneRules {
  needsBody(header: MessageHeader): boolean;
  judge(message: Incoming): Outcome;
  /** Whether this message and all behind it must wait until `resume`: nobody can say yet where it goes. */
  mustWait(message: Incoming): boolean;
  /** The message will be left out: its header or what must be read of it is too long, or it brings too many descriptors. */
  tooLarge(header: MessageHeader, what: string, limit: number): void;
  /** The stream breaks the protocol. */
  broken(because: string): void;
  ended(): void;
  /** Whether the rest must wait. */
  held(): boolean;
  readonly checksBodies: boolean;
  inspectedBytes(header: MessageHeader): number;
  readonly descriptorsPerMessage: number;
  /** What all connections of the app have on their way, and how many descriptors it may be. */
  readonly inFlight: InFlight;
  readonly descriptorsInFlight: number;
}
