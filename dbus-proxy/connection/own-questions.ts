// The filter's own questions on the app's connection: who owns the names of the policy. Asked right behind Hello, before any other message of the app.
import { type CompiledPolicy, isOwnAlone } from "../policy/standing.ts";
import { asItGoesOn } from "../wire/foreign-fields.ts";
import { BUS_NAME, type MessageHeader } from "../wire/message.ts";
import { busCall, joined, ownerRule } from "./made-up.ts";
import { type Incoming, type Judging, standingOf } from "./outcome.ts";
import { addCall, type PendingCall, takeOwnSerial } from "./state.ts";

/** Hello with everything behind it, as one piece. Where the policy has subtrees the app is held until ListNames is answered: its next message may be for such a name's owner. */
export function helloWithQuestions(judging: Judging, message: Incoming): Uint8Array {
  const { header, bytes, at } = message;
  const pieces = [asItGoesOn(header, bytes, at, at + header.headerBytes + header.bodyBytes)];
  let subtrees = false;
  for (const { name, subtree } of judging.policy.watchedNames()) {
    pieces.push(ownCall(judging, "AddMatch", [ownerRule(name, subtree)], { kind: "own" }));
    if (subtree) subtrees = true;
    else pieces.push(askOwner(judging, name));
  }
  for (const rule of judging.policy.ownMatchRules()) pieces.push(ownCall(judging, "AddMatch", [rule], { kind: "own" }));
  if (subtrees) {
    pieces.push(ownCall(judging, "ListNames", [], { kind: "own-names" }));
    judging.holdApp(true);
  }
  return joined(pieces);
}

/**
 * The names now on the bus that lie below a subtree of the policy: their owners are asked for, and the names once more behind that, until no owner is unknown.
 * Then the app goes on: whom its next message would reach is known.
 */
export function askOwnersOf(judging: Judging, names: readonly string[]): void {
  const { policy, state } = judging;
  const unknown = names.filter((name) => !name.startsWith(":") && state.peers.ownerOf(name) === undefined && isWatchedBelow(policy, name));
  if (unknown.length === 0 || state.peers.lostOwners) {
    judging.holdApp(false);
    return;
  }
  const questions = unknown.map((name) => askOwner(judging, name));
  judging.sayToBus(joined([...questions, ownCall(judging, "ListNames", [], { kind: "own-names" })]));
}

/**
 * A call whose verdict depends on what the bus said last (who has a name of the app's own, what is granted no longer) waits where that was not read for a while. INVARIANT:
 * an app decides how long the bus is not read, since it need not read itself; so it must not gain by that. A bus answers in order: behind its answer nothing is unknown.
 */
export function mustCatchUp(judging: Judging, header: MessageHeader): boolean {
  // The message is as the app wrote it; all that is known is in the bus' names.
  if (!judging.behind || !dependsOnNews(judging, judging.policy.aliases?.outside(header.destination) ?? header.destination)) return false;
  judging.behind = false;
  judging.sayToBus(ownCall(judging, "GetId", [], { kind: "own-names" }));
  judging.holdApp(true);
  return true;
}

function dependsOnNews(judging: Judging, destination: string): boolean {
  const { policy, state } = judging;
  if (destination === "" || destination === BUS_NAME || state.phase === "greeting") return false;
  if (policy.hasSpecialRules && state.granted.size > 0) return true;
  return policy.source.refusesHandOver === true && isOwnAlone(standingOf(judging, destination));
}

function isWatchedBelow(policy: CompiledPolicy, name: string): boolean {
  for (const watched of policy.watchedNames()) if (watched.subtree && (name === watched.name || name.startsWith(`${watched.name}.`))) return true;
  return false;
}

function askOwner(judging: Judging, name: string): Uint8Array {
  return ownCall(judging, "GetNameOwner", [name], { kind: "owner", name, own: true });
}

export function ownCall(judging: Judging, member: string, args: readonly string[], pending: Exclude<PendingCall, string>): Uint8Array {
  const serial = takeOwnSerial(judging.state);
  addCall(judging.state, serial, pending);
  return busCall(serial, member, args);
}
