// Rules that look beyond the header, at work on a connection: arguments are read for them, and what answers grant is remembered.
import type { Circumstances, RuleHit } from "../policy/argument-rules.ts";
import { allowedBySpecial, wantsBody } from "../policy/decide.ts";
import type { Standing } from "../policy/standing.ts";
import type { MessageHeader } from "../wire/message.ts";
import { readBody, type Value } from "../wire/reader.ts";
import { endOfType } from "../wire/signature.ts";
import { type Incoming, type Judging, standingOf } from "./outcome.ts";
import { dropGrant, dropGrantsBelow, grantObject, type PendingCall } from "./state.ts";

/** Why such a rule allows a call, and what waits for its answer; undefined where none does. */
export function passBySpecialRule(
  judging: Judging,
  message: Incoming,
  standing: Standing,
): { readonly because: string; readonly pending: PendingCall } | undefined {
  const { header } = message;
  const peer = header.destination.startsWith(":") ? header.destination : (judging.state.peers.ownerOf(header.destination) ?? "");
  const body = wantsBody(standing.calls, header) ? valuesOf(judging, message) : undefined;
  const circumstances = circumstancesOf(judging, header, body, peer);
  const all = new Set<string>();
  // A call that took long to come has not waited for what the bus said meanwhile.
  const isGranted = (path: string): boolean => !judging.behind && circumstances.isGranted(path) && all.add(path).size > 0;
  const hit = allowedBySpecial(standing.calls, header, { ...circumstances, isGranted });
  const named = [...all];
  if (hit === undefined || named.join().length > MAX_NAMED_CHARS) return undefined;
  if (hit.forgets) dropGrant(judging.state, peer, header.path);
  const { because, grants } = hit;
  // An object that this very call ends is granted no longer when the answer comes.
  if (grants === "" && (hit.forgets || named.length === 0)) return { because, pending: header.destination };
  return { because, pending: { kind: "grants", peer: header.destination, below: grants, named: hit.forgets ? [] : named } };
}

/** Of granted objects in one call: they are remembered until its answer. */
const MAX_NAMED_CHARS = 20_000;

/** Whether all that the call spoke of is granted still, now that its answer is here. */
export function stillGranted({ state }: Judging, sender: string, named: readonly string[]): boolean {
  return named.every((path) => state.granted.get(sender)?.has(path) === true);
}

/** Whether the body of a signal to everyone must be read: for a condition, or to see what is granted no longer. */
export function broadcastNeedsBody(judging: Judging, header: MessageHeader): boolean {
  if (!judging.policy.hasSpecialRules || header.destination !== "") return false;
  const { broadcasts } = standingOf(judging, header.sender);
  return wantsBody(broadcasts, header) || allowedBySpecial(broadcasts, header, { body: undefined, isGranted: () => true })?.forgets === true;
}

export function broadcastBySpecialRule(judging: Judging, message: Incoming, standing: Standing): RuleHit | undefined {
  const { header } = message;
  const values = broadcastNeedsBody(judging, header) ? valuesOf(judging, message) : undefined;
  const hit = allowedBySpecial(standing.broadcasts, header, circumstancesOf(judging, header, values, header.sender));
  if (hit?.forgets) for (const path of objectPathsOf(header.signature, values ?? [])) dropGrantsBelow(judging.state, header.sender, path);
  return hit;
}

/** Whether a match rule of the app's own asks for this signal. */
export function wasAskedFor(judging: Judging, message: Incoming): boolean {
  const { header } = message;
  const args = (valuesOf(judging, message) ?? []).map((value) => (typeof value === "string" ? value : ""));
  const signal = { sender: header.sender, path: header.path, interface: header.interface, member: header.member, args };
  const owns = (name: string): boolean => judging.state.peers.ownerOf(name) === header.sender;
  return judging.state.rules.askFor(signal, owns);
}

/** Remembers the object paths below `below` that an answer names. */
export function grantFrom(judging: Judging, message: Incoming, below: string): void {
  const { header } = message;
  for (const path of objectPathsOf(header.signature, valuesOf(judging, message) ?? []))
    if (path.startsWith(`${below}/`)) grantObject(judging.state, header.sender, path);
}

function circumstancesOf(judging: Judging, header: MessageHeader, values: readonly Value[] | undefined, peer: string): Circumstances {
  return {
    body: values === undefined ? undefined : { signature: header.signature, values },
    isGranted: (path) => judging.state.granted.get(peer)?.has(path) === true,
    isOwn: (name) => name !== "" && (name === judging.state.uniqueName || judging.isOfSandbox(name)),
  };
}

function valuesOf(judging: Judging, { header, bytes, at }: Incoming): readonly Value[] | undefined {
  if (header.signature === "") return undefined;
  return readBody(bytes, at + header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, judging.texts);
}

/** Of arguments that are one, or an array of them. */
function objectPathsOf(signature: string, values: readonly Value[]): readonly string[] {
  const paths: string[] = [];
  let next = 0;
  for (const value of values) {
    const end = endOfType(signature, next);
    const type = signature.slice(next, end);
    if (type === "o") paths.push(value as string);
    else if (type === "ao") paths.push(...(value as readonly string[]));
    next = end;
  }
  return paths;
}
