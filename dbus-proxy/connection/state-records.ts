// A whole state as changes from nothing, and a state made of changes again.
import { encodeMatchRule, parseMatchRule } from "../match-rule.ts";
import {
  addCall,
  addName,
  agreeUnixFds,
  type ConnectionState,
  consumeIncoming,
  dropGrant,
  dropName,
  endCall,
  FIRST_OWN_SERIAL,
  forgetPeer,
  grantObject,
  helloSent,
  learnUniqueName,
  newAppUse,
  type PendingCall,
  rememberIncoming,
  setRule,
} from "./state.ts";
import { PendingCalls } from "./pending-calls.ts";
import { Change, type RecordChange } from "./state-change.ts";

/** Tells `record` the changes that lead from a new state to this one. */
export function recordAll(state: ConnectionState, record: RecordChange): void {
  if (state.phase === "named") record(Change.NAMED, 0, "", "");
  if (state.uniqueName !== "") record(Change.UNIQUE_NAME, 0, state.uniqueName, "");
  record(Change.UNIX_FDS, state.unixFds ? 1 : 0, "", "");
  record(Change.OWN_SERIAL, state.nextOwnSerial, "", "");
  for (const [serial, pending] of state.calls) addCall({ ...state, calls: new PendingCalls(), record, use: newAppUse() }, serial, pending);
  for (const [sender, serials] of state.incoming) for (const serial of serials) record(Change.INCOMING, serial, sender, "");
  for (const [text, { count }] of state.rules) record(Change.RULE, count, text, "");
  for (const name of state.requestedNames) record(Change.NAME, 0, name, "");
  const peers = state.peers.records();
  for (const { id, seen, names } of peers) {
    record(seen ? Change.PEER_SEEN : Change.PEER, 0, id, "");
    for (const name of names) record(Change.PEER_NAME, 0, name, id);
  }
  for (const [peer, paths] of state.granted) for (const path of paths) record(Change.GRANTED, 0, peer, path);
  for (const { id, owns } of peers) for (const name of owns) record(Change.OWNER, 0, name, id);
}

const SIMPLE_CALLS: ReadonlyMap<number, PendingCall> = new Map<number, PendingCall>([
  [Change.CALL_HELLO, { kind: "hello" }],
  [Change.CALL_NAMES, { kind: "names" }],
  [Change.CALL_FALSE, { kind: "false" }],
  [Change.CALL_OWN_NAMES, { kind: "own-names" }],
  [Change.CALL_OWN, { kind: "own" }],
  [Change.CALL_NEW_NAMES, { kind: "new-names" }],
  [Change.CALL_PORTAL, { kind: "portal" }],
]);

/** Does to `state` what was recorded; false where no state can have recorded that. */
export function applyChange(state: ConnectionState, change: number, number: number, first: string, second: string): boolean {
  switch (change) {
    case Change.NAMED:
      helloSent(state);
      return true;
    case Change.UNIQUE_NAME:
      learnUniqueName(state, first);
      return true;
    case Change.UNIX_FDS:
      agreeUnixFds(state, number === 1);
      return number <= 1;
    case Change.OWN_SERIAL:
      state.nextOwnSerial = number;
      return number >= FIRST_OWN_SERIAL;
    case Change.CALL_ENDED:
      if (!state.calls.has(number)) return false;
      endCall(state, number);
      return true;
    case Change.INCOMING:
      rememberIncoming(state, first, number);
      return true;
    case Change.ANSWERED:
      return consumeIncoming(state, first, number);
    case Change.RULE:
      return applyRule(state, first, number);
    case Change.NAME:
      addName(state, first);
      return true;
    case Change.NAME_GONE:
      dropName(state, first);
      return true;
    case Change.PEER_GONE:
      forgetPeer(state, first);
      return true;
    case Change.GRANTED:
      grantObject(state, first, second);
      return true;
    case Change.GRANT_GONE:
      dropGrant(state, first, second);
      return true;
    case Change.PEER_SEEN:
    case Change.PEER:
    case Change.PEER_NAME:
    case Change.OWNER:
      state.peers.apply(change, first, second);
      return true;
    default:
      return applyCall(state, change, number, first, second);
  }
}

function applyCall(state: ConnectionState, change: number, serial: number, first: string, second: string): boolean {
  let pending = SIMPLE_CALLS.get(change);
  if (change === Change.CALL) pending = first;
  else if (change === Change.CALL_OWNER || change === Change.CALL_OWNER_OWN) pending = { kind: "owner", name: first, own: change === Change.CALL_OWNER_OWN };
  else if (change === Change.CALL_ADD_MATCH) pending = { kind: "add-match", rule: first };
  else if (change === Change.CALL_APPEARED) pending = { kind: "appeared", name: first };
  else if (change === Change.CALL_GRANTS) pending = grantsOf(first, second);
  else if (change === Change.CALL_MADE_UP) pending = { kind: "made-up", errorName: first, text: second };
  else if (change === Change.CALL_SAID) pending = { kind: "said", signature: first, values: second };
  if (pending === undefined || state.calls.has(serial)) return false;
  addCall(state, serial, pending);
  return true;
}

function grantsOf(peer: string, text: string): PendingCall {
  const [below = "", ...named] = text.split("\n");
  return { kind: "grants", peer, below, named };
}

function applyRule(state: ConnectionState, text: string, count: number): boolean {
  const parsed = parseMatchRule(text);
  if (!parsed.ok || encodeMatchRule(parsed.rule) !== text) return false;
  setRule(state, text, parsed.rule, count);
  return true;
}
