// All that one connection remembers between two messages: explicit, bounded, and nothing else is needed to go on with it in another process.
import type { MatchRule } from "../match-rule.ts";
import { AddedRules } from "./added-rules.ts";
import type { InFlight } from "./outgoing.ts";
import { Peers } from "./peers.ts";
import { PendingCalls } from "./pending-calls.ts";
import { Change, NO_CHANGES, type RecordChange } from "./state-change.ts";

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
  /**
   * Object paths below `below` in the answer may be named by the app from then on; "" for none. `named`: granted objects that the call speaks of, which must be
   * granted still when the answer comes: the service may have given one to somebody else before it read the call.
   */
  | { readonly kind: "grants"; readonly peer: string; readonly below: string; readonly named: readonly string[] }
  /** A ping in the place of a refused call: its answer becomes ours, so that no answer overtakes another. */
  | { readonly kind: "made-up"; readonly errorName: string; readonly text: string }
  /** The same for NameHasOwner of a hidden name. */
  | { readonly kind: "false" }
  /** A ping again, whose answer becomes these values (JSON). */
  | { readonly kind: "said"; readonly signature: string; readonly values: string }
  /** With the broker, which serves the portal. */
  | { readonly kind: "portal" }
  /** Our own ListNames after Hello. */
  | { readonly kind: "own-names" }
  /** Our own, after another policy came: who owns a name that the app may see by now; which names there are. */
  | { readonly kind: "appeared"; readonly name: string }
  | { readonly kind: "new-names" }
  /** Our own, of no interest. */
  | { readonly kind: "own" };

/** What all connections of one app hold together; its limits count this. */
export interface AppUse extends InFlight {
  calls: number;
  incomingCalls: number;
  matchRules: number;
  names: number;
}

export function newAppUse(): AppUse {
  return { calls: 0, incomingCalls: 0, matchRules: 0, names: 0, queuedBytes: 0, descriptors: 0 };
}

/** INVARIANT: changed by the functions of this file and of Peers alone, since those tell `record` what another process needs to go on from here. */
export interface ConnectionState {
  /** `greeting`: authenticated, Hello not seen. `named`: Hello went out. */
  phase: "greeting" | "named";
  /** Ours on the bus, "" until Hello is answered. */
  uniqueName: string;
  unixFds: boolean;
  nextOwnSerial: number;
  /** By serial. INVARIANT: a serial stands here at most once; a second call with it ends the connection. */
  readonly calls: PendingCalls;
  /** Calls delivered to the app that may be answered: serials by sender. */
  readonly incoming: Map<string, Set<number>>;
  incomingCount: number;
  /** The app's own match rules, in our writing, with how often each was added. */
  readonly rules: AddedRules;
  ruleCount: number;
  readonly requestedNames: Set<string>;
  /** By peer: objects that its answers granted (policy/message-rules.ts, `grants=`). */
  readonly granted: Map<string, Set<string>>;
  readonly peers: Peers;
  readonly record: RecordChange;
  readonly use: AppUse;
}

/** First of the serials that are ours on the app's connection. */
export const FIRST_OWN_SERIAL = 0xffff_0000;

export function newState(knownPeers: number, record: RecordChange = NO_CHANGES, use: AppUse = newAppUse()): ConnectionState {
  return {
    phase: "greeting",
    uniqueName: "",
    unixFds: false,
    nextOwnSerial: FIRST_OWN_SERIAL,
    calls: new PendingCalls(),
    incoming: new Map(),
    incomingCount: 0,
    rules: new AddedRules(),
    ruleCount: 0,
    requestedNames: new Set(),
    granted: new Map(),
    peers: new Peers(knownPeers, record),
    record,
    use,
  };
}

/** The connection is over: what it held is free for the app's others. */
export function giveBack({ use, calls, incomingCount, ruleCount, requestedNames }: ConnectionState): void {
  use.calls -= calls.size;
  use.incomingCalls -= incomingCount;
  use.matchRules -= ruleCount;
  use.names -= requestedNames.size;
}

/** The next serial of ours that no own call still waits under. */
export function takeOwnSerial(state: ConnectionState): number {
  let serial: number;
  do {
    serial = state.nextOwnSerial;
    state.nextOwnSerial = serial === 0xffff_ffff ? FIRST_OWN_SERIAL : serial + 1;
  } while (state.calls.has(serial));
  state.record(Change.OWN_SERIAL, state.nextOwnSerial, "", "");
  return serial;
}

export function helloSent(state: ConnectionState): void {
  state.phase = "named";
  state.record(Change.NAMED, 0, "", "");
}

export function learnUniqueName(state: ConnectionState, name: string): void {
  state.uniqueName = name;
  state.record(Change.UNIQUE_NAME, 0, name, "");
}

export function agreeUnixFds(state: ConnectionState, agreed: boolean): void {
  state.unixFds = agreed;
  state.record(Change.UNIX_FDS, agreed ? 1 : 0, "", "");
}

export function addCall(state: ConnectionState, serial: number, pending: PendingCall): void {
  state.calls.set(serial, pending);
  state.use.calls++;
  if (typeof pending === "string") state.record(Change.CALL, serial, pending, "");
  else if (pending.kind === "owner") state.record(pending.own ? Change.CALL_OWNER_OWN : Change.CALL_OWNER, serial, pending.name, "");
  else if (pending.kind === "add-match") state.record(Change.CALL_ADD_MATCH, serial, pending.rule, "");
  else if (pending.kind === "appeared") state.record(Change.CALL_APPEARED, serial, pending.name, "");
  else if (pending.kind === "grants") state.record(Change.CALL_GRANTS, serial, pending.peer, [pending.below, ...pending.named].join("\n"));
  else if (pending.kind === "made-up") state.record(Change.CALL_MADE_UP, serial, pending.errorName, pending.text);
  else if (pending.kind === "said") state.record(Change.CALL_SAID, serial, pending.signature, pending.values);
  else state.record(SIMPLE_CALLS[pending.kind], serial, "", "");
}

const SIMPLE_CALLS = {
  hello: Change.CALL_HELLO,
  names: Change.CALL_NAMES,
  false: Change.CALL_FALSE,
  "own-names": Change.CALL_OWN_NAMES,
  "new-names": Change.CALL_NEW_NAMES,
  own: Change.CALL_OWN,
  portal: Change.CALL_PORTAL,
} as const;

export function endCall(state: ConnectionState, serial: number): void {
  if (!state.calls.delete(serial)) return;
  state.use.calls--;
  state.record(Change.CALL_ENDED, serial, "", "");
}

/** `count` 0: the rule is gone. */
export function setRule(state: ConnectionState, text: string, rule: MatchRule, count: number): void {
  const more = count - (state.rules.get(text)?.count ?? 0);
  state.ruleCount += more;
  state.use.matchRules += more;
  if (count === 0) state.rules.delete(text);
  else state.rules.set(text, { rule, count });
  state.record(Change.RULE, count, text, "");
}

export function addName(state: ConnectionState, name: string): void {
  if (state.requestedNames.has(name)) return;
  state.requestedNames.add(name);
  state.use.names++;
  state.record(Change.NAME, 0, name, "");
}

export function dropName(state: ConnectionState, name: string): void {
  if (!state.requestedNames.delete(name)) return;
  state.use.names--;
  state.record(Change.NAME_GONE, 0, name, "");
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
  state.use.incomingCalls++;
  state.record(Change.INCOMING, serial, sender, "");
}

/** True once for each delivered call: only the caller gets the answer, and only one. */
export function consumeIncoming(state: ConnectionState, caller: string, serial: number): boolean {
  const serials = state.incoming.get(caller);
  if (serials === undefined || !serials.delete(serial)) return false;
  state.incomingCount--;
  state.use.incomingCalls--;
  if (serials.size === 0) state.incoming.delete(caller);
  state.record(Change.ANSWERED, serial, caller, "");
  return true;
}

/** What one peer may grant on one connection; more is not granted. */
const MAX_GRANTED = 4096;

export function grantObject(state: ConnectionState, peer: string, path: string): void {
  let paths = state.granted.get(peer);
  if (paths === undefined) {
    paths = new Set();
    state.granted.set(peer, paths);
  }
  if (paths.has(path) || paths.size >= MAX_GRANTED) return;
  paths.add(path);
  state.record(Change.GRANTED, 0, peer, path);
}

/** An object of the service's is no more, or another one, and so is what lies below it. */
export function dropGrantsBelow(state: ConnectionState, peer: string, path: string): void {
  for (const granted of [...(state.granted.get(peer) ?? [])]) if (granted === path || granted.startsWith(`${path}/`)) dropGrant(state, peer, granted);
}

export function dropGrant(state: ConnectionState, peer: string, path: string): void {
  const paths = state.granted.get(peer);
  if (paths === undefined || !paths.delete(path)) return;
  if (paths.size === 0) state.granted.delete(peer);
  state.record(Change.GRANT_GONE, 0, peer, path);
}

/** Also of answers that are still to come. */
export function dropAllGrants(state: ConnectionState): void {
  for (const [peer, paths] of [...state.granted]) for (const path of [...paths]) dropGrant(state, peer, path);
  for (const [serial, pending] of [...state.calls]) {
    if (typeof pending !== "object" || pending.kind !== "grants" || pending.below === "") continue;
    endCall(state, serial);
    addCall(state, serial, { ...pending, below: "" });
  }
}

/** A peer left the bus: nobody waits for its answers any more, and what it granted is no more. */
export function forgetPeer(state: ConnectionState, id: string): void {
  const unanswered = state.incoming.get(id)?.size ?? 0;
  state.incomingCount -= unanswered;
  state.use.incomingCalls -= unanswered;
  state.incoming.delete(id);
  state.granted.delete(id);
  state.peers.forget(id);
  state.record(Change.PEER_GONE, 0, id, "");
}
