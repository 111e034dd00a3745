// What one connection has to do with portals between two messages: whether it waits for them, and what goes to them once the ledger is settled.
import type { Addon } from "../../native/addon.ts";
import type { Incoming, Judging } from "./outcome.ts";
import { mustWaitForPortals } from "./portal-calls.ts";
import { isPortalName, type PortalDoor } from "./portal-door.ts";

/** What the broker says. */
export interface Told {
  readonly bytes: Uint8Array;
  /** A signal for whoever asked for such. */
  readonly forAll: boolean;
  /** Go with an answer. */
  readonly fds: readonly number[];
}

const NONE: readonly Told[] = [];

function isOwedAnAnswer({ state }: Judging): boolean {
  for (const [, pending] of state.calls) {
    if (typeof pending !== "object") continue;
    // Also where the host's service has the name: what is ours there comes in its name.
    if (pending.kind === "said" || (pending.kind === "owner" && isPortalName(pending.name))) return true;
  }
  return false;
}

export class PortalSide {
  readonly #addon: Addon;
  readonly #door: PortalDoor | undefined;
  readonly #outgoing: { readonly bytes: Uint8Array; readonly fds: readonly number[] }[] = [];
  readonly #incoming: Told[] = [];
  #incomingBytes = 0;
  /** The app is not read from: its next message is for portals, and nobody can say yet where it goes. */
  waits = false;

  constructor(addon: Addon, door: PortalDoor | undefined) {
    this.#addon = addon;
    this.#door = door;
  }

  mustWait(judging: Judging, message: Incoming): boolean {
    this.waits = mustWaitForPortals(judging, message);
    return this.waits;
  }

  /** True where it waited until now. */
  goOn(): boolean {
    const waited = this.waits;
    this.waits = false;
    return waited;
  }

  readonly say = (bytes: Uint8Array, fds: readonly number[]): void => void this.#outgoing.push({ bytes, fds });

  /** Bytes that wait for an answer of the bus. */
  get incomingBytes(): number {
    return this.#incomingBytes;
  }

  keep(told: Told): void {
    this.#incoming.push(told);
    this.#incomingBytes += told.bytes.length;
  }

  /**
   * What may go to the app now. A bus answers a question about a name before it passes on what is said after it, and clients rely on that (GDBus drops a signal of a name
   * whose owner it has not heard of): so nothing of portals overtakes an answer that the bus still owes in their name.
   */
  due(judging: Judging): readonly Told[] {
    if (this.#incoming.length === 0 || isOwedAnAnswer(judging)) return NONE;
    this.#incomingBytes = 0;
    return this.#incoming.splice(0);
  }

  flush(client: string): void {
    if (this.#outgoing.length === 0) return;
    for (const { bytes, fds } of this.#outgoing.splice(0)) this.#door?.send(client, bytes, fds);
  }

  close(client: string): void {
    for (const { fds } of [...this.#outgoing.splice(0), ...this.#incoming.splice(0)]) for (const fd of fds) this.#addon.close(fd);
    if (client !== "") this.#door?.clientGone(client);
  }
}
