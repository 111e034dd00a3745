// All that one connection remembers between two messages: explicit, bounded, and nothing else is needed to go on with it in another process.
import { encodeMatchRule, type MatchRule, parseMatchRule } from "../match-rule.ts";
import { Peers, type PeerRecord } from "./peers.ts";

/** A call of the app (or one of our own) that waits for its answer. */
export type PendingCall =
  /** Nothing special: the peer that was asked. */
  | string
  | { readonly kind: "hello" }
  /** ListNames: the answer is cut down to what the app may see. */
  | { readonly kind: "names" }
  /** GetNameOwner: the answer tells who owns the name. */
  | { readonly kind: "owner"; readonly name: string; readonly own: boolean }
  | { readonly kind: "add-match"; readonly rule: string }
  /** A ping in the place of a refused call: its answer becomes ours, so that no answer overtakes another. */
  | { readonly kind: "made-up"; readonly errorName: string; readonly text: string }
  /** The same for NameHasOwner of a hidden name. */
  | { readonly kind: "false" }
  /** Our own ListNames after Hello. */
  | { readonly kind: "own-names" }
  /** Our own, of no interest. */
  | { readonly kind: "own" };

export interface AddedRule {
  readonly rule: MatchRule;
  readonly count: number;
}

export interface ConnectionState {
  /** `greeting`: authenticated, Hello not seen. `named`: Hello went out. */
  phase: "greeting" | "named";
  /** Ours on the bus, "" until Hello is answered. */
  uniqueName: string;
  unixFds: boolean;
  nextOwnSerial: number;
  /** By serial. INVARIANT: a serial stands here at most once; a second call with it ends the connection. */
  readonly calls: Map<number, PendingCall>;
  /** Calls delivered to the app that may be answered: serials by sender. */
  readonly incoming: Map<string, Set<number>>;
  incomingCount: number;
  /** The app's own match rules, in our writing, with how often each was added. */
  readonly rules: Map<string, AddedRule>;
  ruleCount: number;
  readonly requestedNames: Set<string>;
  readonly peers: Peers;
}

/** First of the serials that are ours on the app's connection. */
export const FIRST_OWN_SERIAL = 0xffff_0000;

export function newState(knownPeers: number): ConnectionState {
  return {
    phase: "greeting",
    uniqueName: "",
    unixFds: false,
    nextOwnSerial: FIRST_OWN_SERIAL,
    calls: new Map(),
    incoming: new Map(),
    incomingCount: 0,
    rules: new Map(),
    ruleCount: 0,
    requestedNames: new Set(),
    peers: new Peers(knownPeers),
  };
}

/** The next serial of ours that no own call still waits under. */
export function takeOwnSerial(state: ConnectionState): number {
  let serial: number;
  do {
    serial = state.nextOwnSerial;
    state.nextOwnSerial = serial === 0xffff_ffff ? FIRST_OWN_SERIAL : serial + 1;
  } while (state.calls.has(serial));
  return serial;
}

export function rememberIncoming(state: ConnectionState, sender: string, serial: number): void {
  let serials = state.incoming.get(sender);
  if (serials === undefined) {
    serials = new Set();
    state.incoming.set(sender, serials);
  }
  if (serials.has(serial)) return;
  serials.add(serial);
  state.incomingCount++;
}

/** True once for each delivered call: only the caller gets the answer, and only one. */
export function consumeIncoming(state: ConnectionState, caller: string, serial: number): boolean {
  const serials = state.incoming.get(caller);
  if (serials === undefined || !serials.delete(serial)) return false;
  state.incomingCount--;
  if (serials.size === 0) state.incoming.delete(caller);
  return true;
}

/** A peer left the bus: nobody waits for its answers any more. */
export function forgetPeer(state: ConnectionState, id: string): void {
  state.incomingCount -= state.incoming.get(id)?.size ?? 0;
  state.incoming.delete(id);
  state.peers.forget(id);
}

/** The state as plain JSON data. */
export interface StateSnapshot {
  readonly phase: "greeting" | "named";
  readonly uniqueName: string;
  readonly unixFds: boolean;
  readonly nextOwnSerial: number;
  readonly calls: readonly (readonly [number, PendingCall])[];
  readonly incoming: readonly (readonly [string, readonly number[]])[];
  readonly rules: readonly (readonly [string, number])[];
  readonly requestedNames: readonly string[];
  readonly peers: readonly PeerRecord[];
}

export function snapshotOf(state: ConnectionState): StateSnapshot {
  return {
    phase: state.phase,
    uniqueName: state.uniqueName,
    unixFds: state.unixFds,
    nextOwnSerial: state.nextOwnSerial,
    calls: [...state.calls],
    incoming: [...state.incoming].map(([sender, serials]) => [sender, [...serials]] as const),
    rules: [...state.rules].map(([text, added]) => [text, added.count] as const),
    requestedNames: [...state.requestedNames],
    peers: state.peers.records(),
  };
}

export function stateFrom(snapshot: StateSnapshot, knownPeers: number): ConnectionState {
  const incoming = new Map(snapshot.incoming.map(([sender, serials]) => [sender, new Set(serials)]));
  return {
    phase: snapshot.phase,
    uniqueName: snapshot.uniqueName,
    unixFds: snapshot.unixFds,
    nextOwnSerial: snapshot.nextOwnSerial,
    calls: new Map(snapshot.calls),
    incoming,
    incomingCount: [...incoming.values()].reduce((sum, serials) => sum + serials.size, 0),
    rules: rulesFrom(snapshot.rules),
    ruleCount: snapshot.rules.reduce((sum, [, count]) => sum + count, 0),
    requestedNames: new Set(snapshot.requestedNames),
    peers: new Peers(knownPeers, snapshot.peers),
  };
}

function rulesFrom(rules: StateSnapshot["rules"]): Map<string, AddedRule> {
  const added = new Map<string, AddedRule>();
  for (const [text, count] of rules) {
    const parsed = parseMatchRule(text);
    if (parsed.ok) added.set(encodeMatchRule(parsed.rule), { rule: parsed.rule, count });
  }
  return added;
}
