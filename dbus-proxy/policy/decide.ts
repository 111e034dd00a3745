// The verdict on one message: pure, and the same function for the filter and for whoever wants to explain it.
import { BUS_NAME, type MessageHeader, MessageFlag, MessageType } from "../wire/message.ts";
import { BUS_METHODS, type BusMethod, LEVEL_WORDS } from "./bus-methods.ts";
import * as refusals from "./refusals.ts";
import type { Refusal } from "./refusals.ts";
import type { Circumstances, RuleHit } from "./argument-rules.ts";
import type { RuleTable } from "./rule-table.ts";
import { NONE, OWN, SEE, type Standing } from "./standing.ts";

export type Verdict = { readonly allowed: true; readonly because: string } | { readonly allowed: false; readonly refusal: Refusal };

/** The header fields that decide. */
export type Addressed = Pick<MessageHeader, "type" | "flags" | "destination" | "path" | "interface" | "member">;

const INTROSPECTABLE = "org.freedesktop.DBus.Introspectable";
export const PEER = "org.freedesktop.DBus.Peer";

/** The `because` of a message to a peer that is not the bus, or undefined where nothing allows it. Makes no object: it runs for every message. */
export function allowedBecause(standing: Standing, message: Addressed): string | undefined {
  if (standing.level === OWN && !standing.onlyToOwn) return standing.because;
  if (standing.level <= SEE) return undefined;
  if (standing.talkBecause !== "") return standing.talkBecause;
  return findRule(standing.calls, message);
}

/** Of a rule for such messages, whatever else lets this one pass. */
export function ruleBecause(standing: Standing, message: Addressed): string | undefined {
  return findRule(standing.calls, message);
}

/** Why not, for a message that `allowedBecause` did not allow. `hiddenBecause`: the policy's own reason for a name that is always hidden. */
export function refusalOf(standing: Standing, message: Addressed, hiddenBecause: string | undefined): Refusal {
  if (standing.level === NONE) return refusals.hideName(message.destination, (message.flags & MessageFlag.NO_AUTO_START) !== 0, hiddenBecause);
  const reasons = standing.calls.flatMap(({ special }) => [...(special?.reasons(message.path, message.interface, message.member) ?? [])]);
  return refusals.denyCall(message.destination, message.path, message.interface, message.member, [...new Set(reasons)]);
}

/** Whether a rule must see the arguments of a message that the header alone does not let pass. */
export function wantsBody(tables: Standing["calls"], message: Addressed): boolean {
  return tables.some(({ special }) => special?.wantsBody(message.path, message.interface, message.member));
}

/** The rule that allows a message which its header alone does not let pass: one that looks at arguments, or at what was granted. */
export function allowedBySpecial(tables: Standing["calls"], message: Addressed, circumstances: Circumstances): RuleHit | undefined {
  for (const { special } of tables) {
    const hit = special?.find(message.path, message.interface, message.member, circumstances);
    if (hit !== undefined) return hit;
  }
  return undefined;
}

/** A signal without destination from outside: `own` and `talk` pass all, rules what they say, nothing else. */
export function broadcastBecause(standing: Standing, message: Addressed): string | undefined {
  if (standing.level === OWN && !standing.onlyToOwn) return standing.because;
  if (standing.talkBecause !== "") return standing.talkBecause;
  return findRule(standing.broadcasts, message);
}

function findRule(tables: readonly RuleTable[], message: Addressed): string | undefined {
  for (let index = 0; index < tables.length; index++) {
    const found = tables[index]?.find(message.path, message.interface, message.member);
    if (found !== undefined) return found;
  }
  return undefined;
}

export type BusCallVerdict =
  | { readonly kind: "pass"; readonly method: BusMethod }
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  /** NameHasOwner for a hidden name: no error, but `false`. */
  | { readonly kind: "false" };

const PASS_PLAIN: BusCallVerdict = { kind: "pass", method: { level: NONE, ifHidden: "hide", special: "none" } };

/** A message addressed to the bus itself. `name` is the first argument where it is a string, `standing` what the app may do with that name. */
export function decideBusCall(message: Addressed, name: string | undefined, standing: Standing): BusCallVerdict {
  const spoken = message.interface === "" ? message.member : `${message.interface}.${message.member}`;
  if (message.type !== MessageType.CALL) return { kind: "refuse", refusal: refusals.denyBusMethod(spoken) };
  if (message.interface === INTROSPECTABLE) return PASS_PLAIN;
  const method = message.interface === BUS_NAME ? BUS_METHODS.get(message.member) : undefined;
  if (method === undefined) return { kind: "refuse", refusal: refusals.denyBusMethod(spoken) };
  const forOwners = method.special === "request-name" || method.special === "release-name";
  const level = name === undefined || (standing.onlyToOwn && !forOwners) ? NONE : standing.level;
  if (level >= method.level) return { kind: "pass", method };
  const needed = LEVEL_WORDS[method.level] as "see" | "talk" | "own";
  if (level > NONE) return { kind: "refuse", refusal: refusals.denyNameMethod(message.member, name as string, needed) };
  if (method.ifHidden === "false") return { kind: "false" };
  if (method.ifHidden === "no-owner") return { kind: "refuse", refusal: refusals.hideOwner(printable(name)) };
  // The error follows the message's own destination, which is the bus: it is a name that can be started.
  const hidden = refusals.hideName(printable(name), (message.flags & MessageFlag.NO_AUTO_START) !== 0, undefined, needed);
  return { kind: "refuse", refusal: name?.startsWith(":") === true ? { ...hidden, errorName: serviceUnknown(message) } : hidden };
}

function serviceUnknown(message: Addressed): string {
  return `${refusals.ERROR_PREFIX}${(message.flags & MessageFlag.NO_AUTO_START) !== 0 ? "NameHasNoOwner" : "ServiceUnknown"}`;
}

/** An argument is any text: only a name's characters go into an answer. */
function printable(name: string | undefined): string {
  return name !== undefined && name.length <= 255 && /^[A-Za-z0-9_.:-]+$/.test(name) ? name : "?";
}
