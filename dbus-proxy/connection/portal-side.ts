// What one connection has to do with portals between two messages: whether it waits for them, and what goes to them once the ledger is settled.
import type { Addon } from "../../native/addon.ts";
import type { Incoming, Judging } from "./outcome.ts";
import { mustWaitForPortals } from "./portal-calls.ts";
import type { PortalDoor } from "./portal-door.ts";

export class PortalSide {
  readonly #addon: Addon;
  readonly #door: PortalDoor | undefined;
  readonly #outgoing: { readonly bytes: Uint8Array; readonly fds: readonly number[] }[] = [];
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

  flush(client: string): void {
    for (const { bytes, fds } of this.#outgoing.splice(0)) this.#door?.send(client, bytes, fds);
  }

  close(client: string): void {
    for (const { fds } of this.#outgoing.splice(0)) for (const fd of fds) this.#addon.close(fd);
    if (client !== "") this.#door?.clientGone(client);
  }
}
