// From the bus to the app: answers that were asked for, signals that may be heard, calls from anyone (who is then remembered as a peer).
import { broadcastBecause } from "../policy/decide.ts";
import { ERROR_PREFIX } from "../policy/refusals.ts";
import { isVisible, SEE } from "../policy/standing.ts";
import { BUS_NAME, expectsReply, type MessageHeader, MessageType } from "../wire/message.ts";
import { readBody, type Value } from "../wire/reader.ts";
import { isOwnNameSignal, withInsideName } from "./aliased.ts";
import { dropRule } from "./app-messages.ts";
import { answer, errorAnswer } from "./made-up.ts";
import { type Incoming, type Judging, type Outcome, standingOf, type VerdictReport } from "./outcome.ts";
import { askOwnersOf } from "./own-questions.ts";
import { isPortalName } from "./portal-door.ts";
import { isPortalNameHere, portalNamesFor } from "./portal-calls.ts";
import { nameAppeared, namesListed } from "./policy-change.ts";
import { broadcastBySpecialRule, broadcastNeedsBody, grantFrom, stillGranted, wasAskedFor } from "./special-rules.ts";
import { endCall, forgetPeer, learnUniqueName, type PendingCall, rememberIncoming, takeOwnSerial } from "./state.ts";

/** Whether the body must be whole before the message can be judged. */
export function busMessageNeedsBody(judging: Judging, header: MessageHeader): boolean {
  if (header.signature === "") return false;
  if (header.type === MessageType.SIGNAL && header.sender !== BUS_NAME) return broadcastNeedsBody(judging, header);
  if (header.type === MessageType.SIGNAL) return header.member === "NameOwnerChanged" || (judging.policy.aliases !== undefined && isOwnNameSignal(header));
  if (header.type === MessageType.CALL) return false;
  const pending = judging.state.calls.get(header.replySerial);
  return typeof pending === "object" && (pending.kind === "grants" ? pending.below !== "" : header.sender === BUS_NAME);
}

export function judgeBusMessage(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  const { state } = judging;
  if (header.type > MessageType.SIGNAL) return "drop";
  if (!judging.policy.source.filter) return "forward";
  switch (header.type) {
    case MessageType.RETURN:
    case MessageType.ERROR:
      return judgeReply(judging, message);
    case MessageType.SIGNAL:
      if (header.sender === BUS_NAME && header.member === "NameOwnerChanged" && header.interface === BUS_NAME) return judgeOwnerChange(judging, message);
      if (header.destination === "") return judgeBroadcast(judging, message);
      if (judging.policy.aliases !== undefined && isOwnNameSignal(header)) return withInsideName(judging, message);
      break;
    default:
      if (expectsReply(header)) {
        if (state.use.incomingCalls >= judging.limits.incomingCalls) return refuseIncoming(judging, header, "the called program has too many calls to answer");
        rememberIncoming(state, header.sender, header.serial);
      }
  }
  state.peers.saw(header.sender);
  judging.log?.("B", header, "");
  return "forward";
}

/** INVARIANT: an answer counts only if its type says so, its serial waits, and it comes from the peer that was asked; then it is consumed. */
function judgeReply(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  const { state } = judging;
  const pending = state.calls.get(header.replySerial);
  if (pending === undefined || !comesFrom(pending, header)) {
    judging.log?.("B", header, "*Unexpected reply*");
    return "drop";
  }
  endCall(state, header.replySerial);
  if (typeof pending === "string") {
    state.peers.saw(header.sender);
    judging.log?.("B", header, "");
    return "forward";
  }
  const outcome = finish(judging, message, pending);
  judging.log?.("B", header, outcome === "forward" ? "" : outcome === "drop" ? "*SKIPPED*" : "*REWRITTEN*");
  return outcome;
}

/** In the place of these the bus was sent a ping. */
const MADE_HERE: ReadonlySet<string> = new Set(["made-up", "false", "said"]);

function comesFrom(pending: PendingCall, header: MessageHeader): boolean {
  const { sender } = header;
  const asked = typeof pending === "string" ? pending : pending.kind === "grants" ? pending.peer : undefined;
  if (asked === undefined) {
    const { kind } = pending as Made;
    return kind !== "portal" && (sender === BUS_NAME || (sender === "" && MADE_HERE.has(kind)));
  }
  if (asked === sender) return true;
  // The bus answers in the place of a peer only with errors (no such name, no reply). Who owns a well-known name is the bus' knowledge: it lets nobody else answer.
  if (sender === BUS_NAME || sender === "") return header.type === MessageType.ERROR || asked === BUS_NAME;
  return asked.charCodeAt(0) !== 58 && asked !== BUS_NAME && sender.charCodeAt(0) === 58;
}

type Made = Exclude<PendingCall, string>;

function finish(judging: Judging, message: Incoming, pending: Exclude<PendingCall, string>): Outcome {
  const { header } = message;
  const { state } = judging;
  const returned = header.type === MessageType.RETURN;
  switch (pending.kind) {
    case "hello":
      if (returned) learnUniqueName(state, firstText(judging, message));
      return "forward";
    case "names":
      return returned ? visibleNames(judging, message) : "forward";
    case "owner":
      if (returned) state.peers.setOwner(pending.name, firstText(judging, message));
      return pending.own ? "drop" : "forward";
    case "add-match":
      if (!returned) dropRule(judging, pending.rule);
      return "forward";
    case "grants":
      if (returned && !stillGranted(judging, header.sender, pending.named)) return withhold(judging, header);
      if (returned && pending.below !== "") grantFrom(judging, message, pending.below);
      state.peers.saw(header.sender);
      return "forward";
    case "made-up":
      return errorAnswer(header.serial, header.replySerial, state.uniqueName, pending.errorName, pending.text);
    case "false":
      return answer(header.serial, header.replySerial, state.uniqueName, "b", [false]);
    case "said":
      return answer(header.serial, header.replySerial, state.uniqueName, pending.signature, JSON.parse(pending.values) as Value[]);
    case "own-names":
      askOwnersOf(judging, returned ? textsOf(bodyOf(judging, message)?.[0]) : []);
      return "drop";
    case "appeared":
      if (returned) nameAppeared(judging, pending.name, firstText(judging, message));
      return "drop";
    case "new-names":
      if (returned) namesListed(judging, textsOf(bodyOf(judging, message)?.[0]));
      return "drop";
    case "own":
      // A rule of ours that the bus has no room for: what it would have told is what verdicts rest on.
      return NO_ROOM.has(header.errorName) ? "close" : "drop";
    case "portal":
      return "drop";
  }
}

/** What the call was let through for is by now another program's, and the service may have looked at that. */
function withhold({ report, state }: Judging, header: MessageHeader): Uint8Array {
  const because = "what the call spoke of was removed or replaced before it was answered";
  report({ verdict: "deny", because, message: `answer of ${state.peers.nameOf(header.sender) ?? header.sender}` });
  return errorAnswer(header.serial, header.replySerial, state.uniqueName, `${ERROR_PREFIX}AccessDenied`, because);
}

const NO_ROOM: ReadonlySet<string> = new Set([`${ERROR_PREFIX}LimitsExceeded`, `${ERROR_PREFIX}NoMemory`]);

function bodyOf(judging: Judging, message: Incoming): readonly Value[] | undefined {
  const { header, bytes, at } = message;
  return readBody(bytes, at + header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, judging.texts);
}

function firstText(judging: Judging, message: Incoming): string {
  const first = message.header.signature === "s" ? bodyOf(judging, message)?.[0] : undefined;
  return typeof first === "string" ? first : "";
}

function textsOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function visibleNames(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  const all = header.signature === "as" ? bodyOf(judging, message) : undefined;
  if (all === undefined)
    return errorAnswer(header.serial, header.replySerial, judging.state.uniqueName, `${ERROR_PREFIX}Failed`, "the bus sent no list of names");
  const { aliases } = judging.policy;
  const names = textsOf(all[0]).filter((name) => isVisible(standingOf(judging, name)));
  const visible = new Set(aliases === undefined ? names : names.map((name) => aliases.inside(name)));
  for (const name of portalNamesFor(judging)) visible.add(name);
  return answer(header.serial, header.replySerial, judging.state.uniqueName, "as", [[...visible]]);
}

/** Signals to everyone: what the policy lets through from one of the sender's names. */
function judgeBroadcast(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  const standing = standingOf(judging, header.sender);
  const special = judging.policy.hasSpecialRules ? broadcastBySpecialRule(judging, message, standing) : undefined;
  // Some come for our own sake: the app hears those that it asked for.
  const because = special?.because ?? broadcastBecause(standing, header);
  const allowed = because !== undefined && (special?.forgets !== true || wasAskedFor(judging, message));
  judging.log?.("B", header, allowed ? "*FILTERED IN*" : "*FILTERED OUT*");
  if (allowed) judging.allowed(because, header.sender, header);
  // Nobody is refused what came for our own sake alone.
  else if (because === undefined && (!broadcastNeedsBody(judging, header) || wasAskedFor(judging, message)))
    judging.report(refusedSignal(judging, header, standing.level));
  return allowed ? "forward" : "drop";
}

/** Every change of a watched name is learnt; the app hears those of names that it may see and asked for: some come only for our own rules. */
function judgeOwnerChange(judging: Judging, message: Incoming): Outcome {
  const { header } = message;
  const { state, policy } = judging;
  const args = header.signature === "sss" ? bodyOf(judging, message) : undefined;
  if (args === undefined) return "drop";
  const [name, , owner] = args as [string, string, string];
  const unique = name.startsWith(":");
  const visible = isVisible(standingOf(judging, name)) || (unique && policy.source.sloppyNames);
  if (unique && owner === "") forgetPeer(state, name);
  if (!visible || isPortalNameHere(judging, name)) return "drop";
  if (!unique) state.peers.setOwner(name, owner);
  if (isPortalName(name)) judging.portals?.identity.ownerSeen(name, owner);
  return askedFor(judging, header, args as readonly string[]) ? withInsideName(judging, message) : "drop";
}

function askedFor(judging: Judging, header: MessageHeader, args: readonly string[]): boolean {
  if (header.destination !== "") return true;
  const signal = { sender: header.sender, path: header.path, interface: header.interface, member: header.member, args };
  return judging.state.rules.askFor(signal, () => false);
}

/** The app has too many calls to answer: the caller hears it from us in the app's name, instead of waiting for ever. */
export function refuseIncoming(judging: Judging, header: MessageHeader, because: string): Outcome {
  const serial = takeOwnSerial(judging.state);
  judging.sayToBus(errorAnswer(serial, header.serial, header.sender, `${ERROR_PREFIX}LimitsExceeded`, because, ""));
  return "drop";
}

/** Without the sender's number: each connection would be a line of its own. */
function refusedSignal(judging: Judging, { sender, interface: interfaceName, member, path }: MessageHeader, level: number): VerdictReport {
  const name = judging.state.peers.nameOf(sender);
  const signal = `${interfaceName}.${member}`;
  const because =
    name === undefined
      ? "its sender has no name that this sandbox may see"
      : `\`${name}=talk\` or the rule \`${name}=broadcast ${signal}@${path}\` would let it pass`;
  return { verdict: level < SEE ? "hide" : "deny", because, message: `signal ${name === undefined ? "" : `of ${name} `}${signal} at ${path}` };
}
