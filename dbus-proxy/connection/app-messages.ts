// From the app to the bus: what is done with each message (reference of xdg-dbus-proxy's manual; stricter where that let something slip).
import { parseMatchRule, encodeMatchRule } from "../match-rule.ts";
import { allowedBecause, decideBusCall, PEER, refusalOf, ruleBecause, wantsBody } from "../policy/decide.ts";
import * as refusals from "../policy/refusals.ts";
import type { Refusal } from "../policy/refusals.ts";
import { isOwnAlone, STRANGER } from "../policy/standing.ts";
import { MAX_CLIENT_SERIAL, MAX_INEXACT_RULES, MAX_INSPECTED_FROM_APP_BYTES, MAX_RULE_FORMS } from "../wire/limits.ts";
import { BUS_NAME, expectsReply, type MessageHeader, MessageFlag, MessageType } from "../wire/message.ts";
import { firstString } from "../wire/reader.ts";
import { isInexact } from "./added-rules.ts";
import { aliasNeedsBody, withOutsideNames } from "./aliased.ts";
import { errorAnswer, pingInstead, withText } from "./made-up.ts";
import { MAX_ANSWER_BYTES, mayNameOthers, nameOfOther } from "./references.ts";
import { passBySpecialRule } from "./special-rules.ts";
import { describe, type Incoming, type Judging, type Outcome, standingOf } from "./outcome.ts";
import { helloWithQuestions } from "./own-questions.ts";
import { identityRefusal, judgePortalCall, MAX_PORTAL_BYTES, saidOfPortals } from "./portal-calls.ts";
import { addCall, addName, consumeIncoming, dropName, helloSent, type PendingCall, setRule, takeOwnSerial } from "./state.ts";

/** Whether the body must be whole before the message can be judged. */
export function appMessageNeedsBody(judging: Judging, header: MessageHeader): boolean {
  if (header.signature === "") return false;
  if (header.destination === BUS_NAME || aliasNeedsBody(judging, header) || mayNameOthers(judging, header)) return true;
  if (!judging.policy.hasSpecialRules || header.destination === "") return false;
  const standing = standingOf(judging, header.destination);
  return allowedBecause(standing, header) === undefined && wantsBody(standing.calls, header);
}

export function appMessageLimit(header: MessageHeader): number {
  if (header.type === MessageType.RETURN) return MAX_ANSWER_BYTES;
  return header.destination === BUS_NAME ? MAX_INSPECTED_FROM_APP_BYTES : MAX_PORTAL_BYTES;
}

export function judgeAppMessage(judging: Judging, message: Incoming): Outcome {
  const outside = judging.policy.source.filter ? withOutsideNames(judging, message) : undefined;
  if (outside === undefined) return judgeOutside(judging, message);
  const outcome = judgeOutside(judging, outside);
  return outcome === "forward" ? { rewritten: outside.bytes } : outcome;
}

/** In the bus' own names. */
function judgeOutside(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  const { state, policy } = judging;
  if (header.serial > MAX_CLIENT_SERIAL) return "close";
  if (header.type > MessageType.SIGNAL) return ignoreType(judging, header);
  if (!policy.source.filter) return "forward";
  if (state.phase === "greeting") return greet(judging, message);
  if (header.type === MessageType.RETURN || header.type === MessageType.ERROR) return judgeAnswer(judging, message);
  if (expectsReply(header)) {
    // A second call under a serial that still waits would let one answer be taken for the other.
    if (state.calls.has(header.serial)) return "close";
    if (state.use.queuedBytes >= judging.limits.queuedBytes) return sayOverLimit(judging, header, "bytes on their way", judging.limits.queuedBytes);
    if (state.use.calls >= judging.limits.outstandingCalls) return sayOverLimit(judging, header, "calls without an answer", judging.limits.outstandingCalls);
  }
  if (header.replySerial !== 0) return refuse(judging, header, refusals.denyQuotedReply());
  const other = nameOfOther(judging, message);
  if (other !== undefined) return refuse(judging, header, refusals.denyForeignObject(other));
  if (header.destination === BUS_NAME) return judgeBusCall(judging, message);
  if (header.destination === "") return judgeUnaddressed(judging, header);
  const portal = judgePortalCall(judging, message);
  if (portal === "ours") return "drop";
  if (portal !== "not ours") return refuse(judging, header, { ...portal, verdict: "hide" });
  const standing = standingOf(judging, header.destination);
  const because = allowedBecause(standing, header);
  const stranger = identityRefusal(judging, header);
  if (because === undefined) {
    if (stranger !== undefined && wantsBody(standing.calls, header)) return refuse(judging, header, stranger);
    const special = policy.hasSpecialRules ? passBySpecialRule(judging, message, standing) : undefined;
    if (special !== undefined) return pass(judging, header, special.pending, special.because);
    return refuse(judging, header, refusalOf(standing, header, policy.hiddenBecause(header.destination)));
  }
  if (stranger !== undefined) return refuse(judging, header, stranger);
  if (policy.source.refusesHandOver === true && isOwnAlone(standing) && ruleBecause(standing, header) === undefined) {
    if (isOutside(judging, header.destination)) return refuse(judging, header, refusals.denyHandOver(header.destination));
    // Nobody may have the name when the message arrives, and what the bus starts then is the host's own service.
    message.bytes[message.at + FLAGS_AT] = header.flags | MessageFlag.NO_AUTO_START;
  }
  return pass(judging, header, header.destination, because);
}

/** Of the flags in a message. */
const FLAGS_AT = 2;

/** Whether the name belongs to a process that is no instance of this app, as far as the bus has said by now. */
function isOutside({ state, isOwnPeer, behind }: Judging, name: string): boolean {
  // Only of a message that took long to come: others have waited.
  if (behind) return true;
  const owner = name.charCodeAt(0) === 58 ? name : state.peers.ownerOf(name);
  return owner === undefined ? state.peers.lostOwners : owner !== state.uniqueName && !isOwnPeer(owner);
}

const BUS_BECAUSE = "every app may use the bus itself";

function pass(judging: Judging, header: MessageHeader, pending: PendingCall, because: string): Outcome {
  judging.allowed(because, header.destination, header);
  if (expectsReply(header)) addCall(judging.state, header.serial, pending);
  judging.log?.("C", header, "");
  return "forward";
}

/** INVARIANT: only the first message greets, so a unique name is learnt once and nothing of ours is repeated by a second Hello. */
function greet(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  if (
    header.type !== MessageType.CALL ||
    header.destination !== BUS_NAME ||
    header.interface !== BUS_NAME ||
    header.member !== "Hello" ||
    !expectsReply(header)
  )
    return "close";
  helloSent(judging.state);
  addCall(judging.state, header.serial, { kind: "hello" });
  judging.log?.("C", header, "");
  return helloWithQuestions(judging, message);
}

/** A type that nobody knows yet: who reads the specification passes it over, and no bus delivers it. */
function ignoreType(judging: Judging, header: MessageHeader): Outcome {
  judging.report({ verdict: "deny", because: `messages of type ${header.type} have no meaning`, message: describe(header) });
  return "drop";
}

function judgeAnswer(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  if (!consumeIncoming(judging.state, header.destination, header.replySerial)) {
    judging.log?.("C", header, "*Invalid reply*");
    judging.report({ verdict: "deny", because: "an answer to a call that nobody waits for", message: describe(header) });
    return "drop";
  }
  const other = nameOfOther(judging, message);
  if (other !== undefined) return refusedAnswer(judging, header, refusals.denyForeignObject(other));
  judging.log?.("C", header, "");
  return "forward";
}

/** Who asked hears in the app's name that there is no such answer, instead of waiting for ever. */
function refusedAnswer(judging: Judging, header: MessageHeader, { errorName, text }: Refusal): Uint8Array {
  judging.report({ verdict: "deny", because: text, message: describe(header) });
  return errorAnswer(header.serial, header.replySerial, header.destination, errorName, text, "");
}

/** Signals to everyone pass, as with xdg-dbus-proxy. Of calls only a ping: a peer with a loose match rule would take another call for one addressed to it. */
function judgeUnaddressed(judging: Judging, header: MessageHeader): Outcome {
  if (header.type === MessageType.SIGNAL) return pass(judging, header, "", "every app may send signals");
  return header.interface === PEER ? pass(judging, header, BUS_NAME, BUS_BECAUSE) : refuse(judging, header, refusals.denyUnaddressed());
}

function judgeBusCall(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  const argument = header.signature === "" ? undefined : firstString(message.bytes, message.at + header.headerBytes, header.signature, header.littleEndian);
  const said = argument === undefined || !expectsReply(header) ? undefined : saidOfPortals(judging, header.member, argument);
  if (said !== undefined) {
    addCall(judging.state, header.serial, said);
    judging.log?.("C", header, "*PORTAL* (ping)");
    return pingInstead(header);
  }
  const standing = argument === undefined ? STRANGER : standingOf(judging, argument);
  const verdict = decideBusCall(header, argument, standing);
  if (verdict.kind === "false") return instead(judging, header, { kind: "false" }, "*HIDDEN*", "hide", "the name is hidden");
  if (verdict.kind === "refuse") return refuse(judging, header, verdict.refusal);
  switch (verdict.method.special) {
    case "names":
      return pass(judging, header, { kind: "names" }, BUS_BECAUSE);
    case "add-match":
    case "remove-match":
      return judgeRule(judging, header, argument ?? "", verdict.method.special === "add-match");
    case "request-name":
      return requestName(judging, header, argument as string);
    case "release-name":
      dropName(judging.state, argument as string);
      return pass(judging, header, BUS_NAME, BUS_BECAUSE);
    case "owner":
      return pass(judging, header, { kind: "owner", name: argument as string, own: false }, BUS_BECAUSE);
    case "start":
      if (judging.policy.source.refusesHandOver === true && isOwnAlone(standing)) return refuse(judging, header, refusals.denyOwnStart(argument as string));
      return pass(judging, header, BUS_NAME, BUS_BECAUSE);
    default:
      return pass(judging, header, BUS_NAME, BUS_BECAUSE);
  }
}

function requestName(judging: Judging, header: MessageHeader, name: string): Outcome {
  const names = judging.state.requestedNames;
  if (!names.has(name) && judging.state.use.names >= judging.limits.names) return refuse(judging, header, refusals.overLimit("names", judging.limits.names));
  addName(judging.state, name);
  return pass(judging, header, BUS_NAME, BUS_BECAUSE);
}

/** The bus gets the rule as we write it, so that it cannot read another rule out of it than the one that was judged. */
function judgeRule(judging: Judging, header: MessageHeader, text: string, adding: boolean): Outcome {
  const { state, limits } = judging;
  const parsed = header.signature === "s" ? parseMatchRule(text) : { ok: false as const, because: "one text expected" };
  if (!parsed.ok) return refuse(judging, header, refusals.malformedRule(parsed.because));
  if (parsed.eavesdrops) return refuse(judging, header, refusals.denyEavesdropping());
  const rule = encodeMatchRule(parsed.rule);
  const count = state.rules.get(rule)?.count ?? 0;
  if (adding) {
    if (state.use.matchRules >= limits.matchRules) return refuse(judging, header, refusals.overLimit("match rules", limits.matchRules));
    if (state.rules.formsWith(parsed.rule) > MAX_RULE_FORMS) return refuse(judging, header, refusals.overLimit("forms of match rules", MAX_RULE_FORMS));
    if (count === 0 && state.rules.inexact >= MAX_INEXACT_RULES && isInexact(parsed.rule))
      return refuse(judging, header, refusals.overLimit("match rules on namespaces and paths in arguments", MAX_INEXACT_RULES));
    setRule(state, rule, parsed.rule, count + 1);
  } else {
    // The rules that we added ourselves on this connection are not the app's to remove.
    if (count === 0) return refuse(judging, header, refusals.unknownRule());
    dropRule(judging, rule);
  }
  const outcome = pass(judging, header, adding ? { kind: "add-match", rule } : BUS_NAME, BUS_BECAUSE);
  return rule === text ? outcome : withText(header, rule);
}

export function dropRule(judging: Judging, rule: string): void {
  const { state } = judging;
  const added = state.rules.get(rule);
  if (added !== undefined) setRule(state, rule, added.rule, added.count - 1);
}

function refuse(judging: Judging, header: MessageHeader, refusal: Refusal): Outcome {
  const pending = { kind: "made-up", errorName: refusal.errorName, text: refusal.text } as const;
  return instead(judging, header, pending, refusal.verdict === "hide" ? "*HIDDEN*" : "*DENIED*", refusal.verdict, refusal.text);
}

/** A call that expects no answer gets none. */
function instead(judging: Judging, header: MessageHeader, pending: PendingCall, mark: string, verdict: "deny" | "hide", because: string): Outcome {
  judging.report({ verdict, because, message: describe(header) });
  const answered = expectsReply(header);
  judging.log?.("C", header, answered ? `${mark} (ping)` : mark);
  if (!answered) return "drop";
  addCall(judging.state, header.serial, pending);
  return pingInstead(header);
}

/** Over the limit of calls there is no room to remember a ping: this answer may overtake others. */
function sayOverLimit(judging: Judging, header: MessageHeader, what: string, limit: number): Outcome {
  const refusal = refusals.overLimit(what, limit);
  judging.report({ verdict: "deny", because: refusal.text, message: describe(header) });
  judging.sayToApp(errorAnswer(takeOwnSerial(judging.state), header.serial, judging.state.uniqueName, refusal.errorName, refusal.text));
  return "drop";
}

/** For a message whose size alone rules it out: its body was not read. */
export function answerTooLarge(judging: Judging, header: MessageHeader, what: string, limit: number): void {
  const refusal = refusals.overLimit(what, limit);
  if (header.type === MessageType.RETURN && consumeIncoming(judging.state, header.destination, header.replySerial)) {
    judging.sayToBus(refusedAnswer(judging, header, refusal));
    return;
  }
  judging.report({ verdict: "deny", because: refusal.text, message: describe(header) });
  if (expectsReply(header))
    judging.sayToApp(errorAnswer(takeOwnSerial(judging.state), header.serial, judging.state.uniqueName, refusal.errorName, refusal.text));
}
