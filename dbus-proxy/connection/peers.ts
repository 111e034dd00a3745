// What is known of the peers on the bus behind their unique names: which names they own or owned, and whether they wrote to the app.
import { type CompiledPolicy, isVisible, merge, SEEN, type Standing, STRANGER } from "../policy/standing.ts";
import { Change, NO_CHANGES, type RecordChange } from "./state-change.ts";

/** One peer as data. `names`: every watched name it owned while it was here; `owns`: those of them it owns now. */
export interface PeerRecord {
  readonly id: string;
  readonly names: readonly string[];
  readonly owns: readonly string[];
  readonly seen: boolean;
}

interface Peer {
  readonly names: Set<string>;
  readonly owns: Set<string>;
  seen: boolean;
  /** Worked out from the above when first asked for. */
  standing: Standing | undefined;
}

export class Peers {
  readonly #byId = new Map<string, Peer>();
  readonly #owners = new Map<string, string>();
  readonly #limit: number;
  readonly #record: RecordChange;
  #lastSeen = "";
  #lostOwners = false;

  constructor(limit: number, record: RecordChange = NO_CHANGES) {
    this.#limit = limit;
    this.#record = record;
  }

  /** Does again what was recorded. */
  apply(change: number, first: string, second: string): void {
    if (change === Change.PEER_SEEN) this.saw(first);
    else if (change === Change.PEER) this.#peer(first);
    else if (change === Change.PEER_NAME) this.#peer(second).names.add(first);
    else this.setOwner(first, second);
  }

  records(): PeerRecord[] {
    return [...this.#byId].map(([id, peer]) => ({ id, names: [...peer.names], owns: [...peer.owns], seen: peer.seen }));
  }

  /** A message of it was delivered. The app may now ask the bus about it, nothing more. */
  saw(id: string): void {
    // Messages come in runs from one peer.
    if (id === this.#lastSeen || id.charCodeAt(0) !== 58) return;
    this.#lastSeen = id;
    const peer = this.#peer(id);
    if (peer.seen) return;
    peer.seen = true;
    peer.standing = undefined;
    this.#record(Change.PEER_SEEN, 0, id, "");
  }

  /** The bus says who owns a name now; "" for nobody. A name once owned keeps counting for its old owner, who may still answer for it. */
  setOwner(name: string, id: string): void {
    const before = this.#owners.get(name);
    if (before === id || (before === undefined && id === "")) return;
    this.#record(Change.OWNER, 0, name, id);
    if (before !== undefined) this.#byId.get(before)?.owns.delete(name);
    if (id === "") {
      this.#owners.delete(name);
      return;
    }
    this.#owners.set(name, id);
    const peer = this.#peer(id);
    peer.owns.add(name);
    peer.names.add(name);
    peer.standing = undefined;
  }

  /** An owner was dropped for want of room: that nobody is known to own a name does not mean that nobody does. */
  get lostOwners(): boolean {
    return this.#lostOwners;
  }

  /** One watched name that the peer owned while it was here. */
  nameOf(id: string): string | undefined {
    return this.#byId.get(id)?.names.values().next().value;
  }

  /** Names and who owns them now; a copy. */
  owners(): readonly (readonly [name: string, id: string])[] {
    return [...this.#owners];
  }

  ownerOf(name: string): string | undefined {
    return this.#owners.get(name);
  }

  forget(id: string): void {
    for (const name of this.#byId.get(id)?.owns ?? []) this.#owners.delete(name);
    this.#byId.delete(id);
    if (this.#lastSeen === id) this.#lastSeen = "";
  }

  standingOf(id: string, policy: CompiledPolicy): Standing {
    const peer = this.#byId.get(id);
    if (peer === undefined) return STRANGER;
    if (peer.standing === undefined) {
      const union = merge([...peer.names].map((name) => policy.standingOf(name)));
      peer.standing = peer.seen && !isVisible(union) ? SEEN : union;
    }
    return peer.standing;
  }

  /** After another policy came. */
  reconsider(): void {
    for (const peer of this.#byId.values()) peer.standing = undefined;
  }

  #peer(id: string): Peer {
    let peer = this.#byId.get(id);
    if (peer === undefined) {
      if (this.#byId.size >= this.#limit) this.#dropOldest();
      peer = { names: new Set(), owns: new Set(), seen: false, standing: undefined };
      this.#byId.set(id, peer);
    }
    return peer;
  }

  /** The oldest peer that owns nothing; where all own something, the oldest. What is dropped is a stranger again: less is allowed, never more. */
  #dropOldest(): void {
    let oldest: string | undefined;
    for (const [id, peer] of this.#byId) {
      oldest ??= id;
      if (peer.owns.size === 0) {
        oldest = id;
        break;
      }
    }
    if (oldest === undefined) return;
    if ((this.#byId.get(oldest)?.owns.size ?? 0) > 0) this.#lostOwners = true;
    this.forget(oldest);
  }
}
