// Which messages of an app are for the broker's portals, and what the bus's own methods say of the names that the broker owns in the eyes of the app.
import type { Addon } from "../../native/addon.ts";
import { allowedBecause, wantsBody } from "../policy/decide.ts";
import { denyIdentity, ERROR_PREFIX, hideName, nobodyOwns, nobodyServes, type Refusal } from "../policy/refusals.ts";
import { SEE } from "../policy/standing.ts";
import { asItGoesOn } from "../wire/foreign-fields.ts";
import { parseHeader } from "../wire/header.ts";
import { BUS_NAME, emptyHeader, expectsReply, MessageFlag, type MessageHeader, MessageType } from "../wire/message.ts";
import { firstString, readBody } from "../wire/reader.ts";
import { type Incoming, type Judging, standingOf } from "./outcome.ts";
import { errorAnswer } from "./made-up.ts";
import { sayOwnerChange } from "./owner-change.ts";
import { ASKING_NAMES, isPortalName, nameOfPath, OWN_OWNER, PORTAL_DESKTOP } from "./portal-door.ts";
import type { Told } from "./portal-side.ts";
import { addCall, endCall, type PendingCall, takeOwnSerial } from "./state.ts";

const PROPERTIES = "org.freedesktop.DBus.Properties";
/** A message for a portal is read whole by the broker: as much as an icon in a notification takes. */
export const MAX_PORTAL_BYTES = 1024 * 1024;
const MAX_UNREAD_SIGNALS_BYTES = 1024 * 1024;

/** Whether the message may be for a portal of ours: then its body must be whole. */
export function mayBePortalCall(judging: Judging, header: MessageHeader): boolean {
  if (judging.portals === undefined || header.destination === "") return false;
  return isPortalName(header.destination) || header.destination === judging.state.peers.ownerOf(PORTAL_DESKTOP);
}

/** Whether nobody can say yet who answers this. */
export function mustWaitForPortals(judging: Judging, message: Incoming): boolean {
  const { portals } = judging;
  const { header } = message;
  if (portals === undefined || header.type !== MessageType.CALL) return false;
  if (header.destination === BUS_NAME ? !asksForPortals(message) : !mayBePortalCall(judging, header)) return mustWaitForIdentity(judging, header);
  if (portals.routes === "unknown") portals.want();
  if (portals.routes === "unknown") return true;
  if (header.destination !== BUS_NAME && typeof portals.routes !== "string" && portals.routes.interfaces === null) return true;
  if (header.destination === BUS_NAME) return false;
  return isOurs(judging, message) ? portals.full : mustWaitForIdentity(judging, header);
}

/** The well-known name of a service of the host's that asks who calls it; "" for all else. */
function askingName({ state, portals }: Judging, destination: string): string {
  if (portals === undefined || destination === "") return "";
  if (destination.charCodeAt(0) !== 58) return ASKING_NAMES.includes(destination) ? destination : "";
  return ASKING_NAMES.find((name) => state.peers.ownerOf(name) === destination) ?? "";
}

/** INVARIANT: only for what the policy may let through, as a service is started for it. */
function mustWaitForIdentity(judging: Judging, header: MessageHeader): boolean {
  const name = askingName(judging, header.destination);
  if (name === "") return false;
  const standing = standingOf(judging, header.destination);
  if (allowedBecause(standing, header) === undefined && !wantsBody(standing.calls, header)) return false;
  const owner = judging.state.peers.ownerOf(name);
  // Who wants nobody started asks nobody to be started: the call is refused.
  if (owner === undefined && (header.flags & MessageFlag.NO_AUTO_START) !== 0) return false;
  return judging.portals?.identity.mustWait(name, owner) === true;
}

/** INVARIANT: no call goes to a service of the host's that serves portals before it is known that this service takes the app for itself. */
export function identityRefusal(judging: Judging, header: MessageHeader): Refusal | undefined {
  const name = header.type === MessageType.CALL ? askingName(judging, header.destination) : "";
  if (name === "") return undefined;
  const absent = judging.state.peers.ownerOf(name) === undefined && (header.flags & MessageFlag.NO_AUTO_START) !== 0;
  if (absent) return nobodyOwns(name);
  const problem = judging.portals?.identity.problemOf(name);
  if (problem === undefined) return undefined;
  return problem.isAbsent ? nobodyServes(problem.because) : denyIdentity(problem.because);
}

function asksForPortals({ header, bytes, at }: Incoming): boolean {
  if (header.member === "ListNames" || header.member === "ListActivatableNames") return true;
  if (header.signature === "" || !ASKING.has(header.member) || header.bodyBytes > 1024) return false;
  const name = firstString(bytes, at + header.headerBytes, header.signature, header.littleEndian);
  return name !== undefined && isPortalName(name);
}

type Said = readonly [signature: string, value: unknown] | { readonly errorName: string; readonly text: string };

/** What the bus would say of the broker if it were on it. GetConnectionUnixProcessID: no number that means anything inside. */
const ASKING: ReadonlyMap<string, (owner: string, uid: number) => Said> = new Map<string, (owner: string, uid: number) => Said>([
  ["NameHasOwner", () => ["b", true]],
  ["GetNameOwner", (owner) => ["s", owner]],
  ["StartServiceByName", () => ["u", 2]],
  ["GetConnectionUnixUser", (_, uid) => ["u", uid]],
  ["GetConnectionCredentials", (_, uid) => ["a{sv}", [["UnixUserID", { signature: "u", value: uid }]]]],
  [
    "GetConnectionUnixProcessID",
    () => ({ errorName: `${ERROR_PREFIX}UnixProcessIdUnknown`, text: "the portals of this sandbox have no process that it can see" }),
  ],
]);

/** The answer to a question to the bus about a name of the broker's; undefined where it is the bus's to answer. */
export function saidOfPortals(judging: Judging, method: string, name: string): PendingCall | undefined {
  const { portals, policy } = judging;
  if (portals === undefined || typeof portals.routes === "string") return undefined;
  const { owner, names } = portals.routes;
  if (!(name === owner ? names.some((one) => policy.standingOfServed(one).level >= SEE) : names.includes(name) && policy.standingOfServed(name).level >= SEE))
    return undefined;
  const said = ASKING.get(method)?.(owner, process.geteuid?.() ?? 0);
  if (said === undefined) return undefined;
  if ("errorName" in said) return { kind: "made-up", ...said };
  return { kind: "said", signature: said[0], values: JSON.stringify([said[1]]) };
}

/** Names of the broker's that the bus leaves out. */
export function portalNamesFor({ portals, policy }: Judging): readonly string[] {
  if (portals === undefined || typeof portals.routes === "string") return [];
  return portals.routes.names.filter((name) => policy.standingOfServed(name).level >= SEE);
}

/** Whether a change of owner that the bus tells of is of a name that is the broker's here. */
export function isPortalNameHere({ portals }: Judging, name: string): boolean {
  return portals !== undefined && typeof portals.routes !== "string" && portals.routes.names.includes(name);
}

/** `ours`: sent to the broker, or, as a refusal, nobody answers. */
export function judgePortalCall(judging: Judging, message: Incoming): "not ours" | "ours" | { readonly errorName: string; readonly text: string } {
  const { header, bytes, at } = message;
  if (!mayBePortalCall(judging, header) || !isOurs(judging, message)) return "not ours";
  const name = header.destination.startsWith(":") ? nameOfPath(header.path) : header.destination;
  // What the policy denies is refused in the usual way.
  if (allowedBecause(judging.policy.standingOfServed(name), header) === undefined) return hideName(name, false, judging.policy.hiddenBecause(name));
  if (typeof judging.portals?.routes === "string") return absent(name);
  // The broker calls nobody, so there is nothing to answer; a signal addressed to it means nothing.
  if (header.type !== MessageType.CALL) return "ours";
  if (expectsReply(header)) addCall(judging.state, header.serial, { kind: "portal" });
  judging.sayToPortals(asItGoesOn(header, bytes, at, at + header.headerBytes + header.bodyBytes), message.takeDescriptors());
  judging.log?.("C", header, "*PORTAL*");
  return "ours";
}

function absent(name: string): { errorName: string; text: string } {
  return { errorName: `${ERROR_PREFIX}ServiceUnknown`, text: `\`${name}\`: the broker of tsbox, which serves it, does not run` };
}

function isOurs(judging: Judging, { header, bytes, at }: Incoming): boolean {
  const { portals } = judging;
  const { destination } = header;
  if (portals === undefined) return false;
  if (destination.startsWith(OWN_OWNER)) return true;
  const { routes } = portals;
  if (typeof routes !== "string" && routes.names.includes(destination)) return true;
  const wanted =
    header.interface === PROPERTIES && header.signature !== ""
      ? (firstString(bytes, at + header.headerBytes, header.signature, header.littleEndian) ?? "")
      : header.interface;
  const name = destination.startsWith(":") ? PORTAL_DESKTOP : destination;
  if (portals.isReserved(name, wanted)) return true;
  return typeof routes !== "string" && name === PORTAL_DESKTOP && (routes.interfaces?.includes(wanted) || portals.hasPath(header.path));
}

/** Whole messages of the broker's, each for this connection or for whoever asked for such signals. */
export function tellDue(judging: Judging, due: readonly Told[], queuedBytes: number, addon: Addon): void {
  const header = emptyHeader();
  for (const { bytes, forAll, fds } of due) {
    const isWhole = parseHeader(bytes, 0, header, judging.texts) === "" && header.unixFds === fds.length;
    if (isWhole && (forAll ? hearsPortalSignal(judging, header, bytes, queuedBytes) : takesPortalMessage(judging, header))) {
      if (fds.length === 0 || judging.state.unixFds) {
        judging.sayToApp(bytes, fds);
        continue;
      }
      // Who did not agree to take descriptors would not know what came.
      judging.sayToApp(errorAnswer(takeOwnSerial(judging.state), header.replySerial, judging.state.uniqueName, `${ERROR_PREFIX}NotSupported`, NO_DESCRIPTORS));
    }
    for (const fd of fds) addon.close(fd);
  }
}

const NO_DESCRIPTORS = "the answer is a descriptor, and this connection takes none";

/** What the broker says to this connection: an answer that somebody waits for, or a signal to it. False where it is neither. */
function takesPortalMessage(judging: Judging, header: MessageHeader): boolean {
  if (header.type === MessageType.SIGNAL) return header.destination === judging.state.uniqueName;
  const pending = judging.state.calls.get(header.replySerial);
  if (typeof pending !== "object" || pending.kind !== "portal") return false;
  endCall(judging.state, header.replySerial);
  return true;
}

/** A signal of the broker's to everyone, at `bytes` from 0. Who does not read does not hear. */
function hearsPortalSignal(judging: Judging, header: MessageHeader, bytes: Uint8Array, queuedBytes: number): boolean {
  if (queuedBytes > MAX_UNREAD_SIGNALS_BYTES) return false;
  const names = portalNamesFor(judging);
  const body = readBody(bytes, header.headerBytes, header.bodyBytes, header.signature, header.littleEndian, judging.texts) ?? [];
  const args = body.map((value) => (typeof value === "string" ? value : "\0"));
  const owns = (name: string): boolean => names.includes(name) || (name === PORTAL_DESKTOP && judging.state.peers.ownerOf(name) === header.sender);
  const signal = { sender: header.sender, path: header.path, interface: header.interface, member: header.member, args };
  return judging.state.rules.askFor(signal, owns);
}

/** The broker is gone: nobody answers what waits, and its names lose their owner (or get one, where another broker came). */
export function portalOwnerChanged(judging: Judging, names: readonly string[], from: string, to: string): void {
  if (to === "") for (const serial of waitingForPortals(judging)) answerNoReply(judging, serial);
  for (const name of names) if (judging.policy.standingOfServed(name).level >= SEE) sayOwnerChange(judging, name, from, to);
}

export function waitingForPortals({ state }: Judging): readonly number[] {
  return [...state.calls].filter(([, pending]) => typeof pending === "object" && pending.kind === "portal").map(([serial]) => serial);
}

function answerNoReply({ state, sayToApp }: Judging, serial: number): void {
  endCall(state, serial);
  sayToApp(errorAnswer(takeOwnSerial(state), serial, state.uniqueName, `${ERROR_PREFIX}NoReply`, "the broker of tsbox, which serves this portal, is gone"));
}
