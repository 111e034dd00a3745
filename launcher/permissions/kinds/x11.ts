// sockets=x11: the host's X server, inside under a display number of its own with a cookie file that opens nothing else.
//
// Why another number: with the host's own number libxcb tries the abstract socket first, gets EPERM from Landlock's scope and does not go on to the path;
// and where the network is shared that abstract socket is the host's. 99 is free nearly everywhere.
import type { HostFacts } from "../../host/facts.ts";
import type { RunInputs } from "../../plan/inputs.ts";
import type { Operation } from "../../plan/plan.ts";
import { STANDARD_SETTINGS } from "../entries.ts";
import { becauseOf, hasWayland, isGranted, isWanted, problemAt, walkFacts } from "../granted.ts";
import { type Contribution, NOTHING, type PermissionKind } from "../kind.ts";
import type { NamedPermission } from "../permissions.ts";
import { OWN_SERVER_QUERIES, ownServer } from "./x11-own-server.ts";
import { rewriteXauthority } from "./xauthority.ts";

const SOCKETS = "/tmp/.X11-unix";
const XAUTHORITY_INSIDE = "/run/flatpak/Xauthority";
const FIRST_NUMBER = 99;

interface LocalDisplay {
  readonly number: number;
  /** `.1` of `:0.1`, or empty. */
  readonly screen: string;
}

/** X(7): `[host]:number[.screen]`. Null for another machine's display and for anything else. */
export function parseLocalDisplay(display: string): LocalDisplay | null {
  const match = /^(?:unix)?:(\d{1,5})((?:\.\d{1,3})?)$/.exec(display);
  return match === null ? null : { number: Number(match[1]), screen: match[2] as string };
}

/** A display behind a network connection, as `ssh -X` makes: its number, or null. Another protocol (`host::0`) is none. */
function parseRemoteDisplay(display: string): number | null {
  const match = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})(?:\.\d{1,3})?$/.exec(display);
  return match === null || display.startsWith("unix:") ? null : Number(match[1]);
}

/** 99, else the next that is neither the host's display nor a name somebody listens on. */
function chooseDisplayNumber(hostNumber: number, abstractSockets: ReadonlySet<string>): number {
  let number = FIRST_NUMBER;
  while (number === hostNumber || abstractSockets.has(`${SOCKETS}/X${number}`)) number += 1;
  return number;
}

function xauthorityPath(inputs: RunInputs): string {
  const named = inputs.request.environment.get("XAUTHORITY") ?? "";
  return named.startsWith("/") ? named : `${inputs.caller.home}/.Xauthority`;
}

/** The permission that leads to X11, if any does: `fallback-x11` beats `x11`, and gives it only where the host has no Wayland. */
function wantedBy(inputs: RunInputs): NamedPermission | null {
  const { sockets } = inputs.permissions;
  const fallback = sockets.get("fallback-x11");
  if (fallback?.allowed) return fallback;
  const plain = sockets.get("x11");
  return isWanted(plain) ? plain : null;
}

function grantedBy(inputs: RunInputs, facts: HostFacts): NamedPermission | null {
  const wanted = wantedBy(inputs);
  if (wanted === null) return null;
  if (wanted.name === "fallback-x11") return hasWayland(inputs, facts) ? null : wanted;
  return isGranted(wanted, inputs, facts) ? wanted : null;
}

/** Over the network the app needs the network, and sees the display under the name that it has: there is no socket to show under another. */
function remoteDisplay(permission: NamedPermission, named: string, inputs: RunInputs, facts: HostFacts): Contribution {
  const number = parseRemoteDisplay(named);
  if (number === null || !isGranted(inputs.permissions.shared.get("network"), inputs, facts)) {
    return { absent: problemAt(permission.origin, "error", "plan.x11-not-local", { display: named }) };
  }
  return displayOf(permission, named, cookiesOf(inputs, facts, number, number), []);
}

function modeOf({ permissions }: RunInputs): string {
  return permissions.settings.get("x11")?.word ?? STANDARD_SETTINGS.x11;
}

function nestedDisplay(permission: NamedPermission, named: string, inputs: RunInputs, facts: HostFacts): Contribution {
  const display = parseLocalDisplay(named);
  const hasServer = display !== null && walkFacts(`${SOCKETS}/X${display.number}`, facts).end?.type === "socket";
  return ownServer(permission, chooseDisplayNumber(display?.number ?? -1, facts.abstractSockets), hasServer, inputs, facts);
}

/** The host's server, which takes the app for a stranger. Its cookie is made at the start. */
function strangerDisplay(
  permission: NamedPermission,
  display: string,
  bind: Operation,
  cookie: Omit<Extract<Operation, { kind: "x11-stranger" }>, "because">,
): Contribution {
  const because = becauseOf(permission, "a cookie for strangers, made by the X server for this instance");
  return {
    operations: [bind, { ...cookie, because }],
    environment: new Map([
      ["DISPLAY", { value: display, because: becauseOf(permission, "the X server") }],
      ["XAUTHORITY", { value: XAUTHORITY_INSIDE, because }],
    ]),
  };
}

function cookiesOf(inputs: RunInputs, facts: HostFacts, from: number, to: number): Uint8Array {
  const cookies = facts.texts.get(xauthorityPath(inputs)) ?? new Uint8Array();
  return rewriteXauthority(cookies, from, to, inputs.caller.hostname, inputs.request.environment.get("XAUTHLOCALHOSTNAME"));
}

function displayOf(permission: NamedPermission, display: string, cookies: Uint8Array, operations: readonly Operation[]): Contribution {
  const because = becauseOf(permission, "the cookies of this display alone");
  return {
    operations: [...operations, { kind: "data", to: XAUTHORITY_INSIDE, mode: 0o600, bytes: cookies, as: "bind-ro", because }],
    environment: new Map([
      ["DISPLAY", { value: display, because: becauseOf(permission, "the X server") }],
      ["XAUTHORITY", { value: XAUTHORITY_INSIDE, because }],
    ]),
  };
}

export const x11: PermissionKind = {
  key: "sockets",
  name: "x11",
  words: "Shows windows with X11; it can then watch and control every window, terminals among them.",
  risk: "high",
  absent: "error",
  absentGroup: "display",
  facts: (inputs) => {
    const display = parseLocalDisplay(inputs.request.environment.get("DISPLAY") ?? "");
    if (wantedBy(inputs) === null) return {};
    const servers = modeOf(inputs) === "nested" ? OWN_SERVER_QUERIES : [];
    if (display === null) return { paths: servers, texts: [xauthorityPath(inputs)], abstractSockets: servers.length > 0 };
    return { paths: [`${SOCKETS}/X${display.number}`, ...servers], texts: [xauthorityPath(inputs)], abstractSockets: true };
  },
  contribute: (inputs, facts) => {
    const permission = grantedBy(inputs, facts);
    if (permission === null) return NOTHING;
    const named = inputs.request.environment.get("DISPLAY") ?? "";
    const mode = modeOf(inputs);
    if (mode === "nested") return nestedDisplay(permission, named, inputs, facts);
    const contribution = hostDisplay(permission, named, mode, inputs, facts);
    const clipboard = inputs.permissions.settings.get("clipboard");
    if (clipboard === undefined) return contribution;
    const idle = problemAt(clipboard.origin, "notice", "plan.clipboard-idle", { word: clipboard.word, mode });
    return { ...contribution, notices: [...(contribution.notices ?? []), idle] };
  },
};

function hostDisplay(permission: NamedPermission, named: string, mode: string, inputs: RunInputs, facts: HostFacts): Contribution {
  if (named === "") return { absent: problemAt(permission.origin, "error", "plan.x11-no-display", {}) };
  const display = parseLocalDisplay(named);
  if (display === null && mode === "untrusted") {
    return { problems: [problemAt(permission.origin, "error", "plan.x11-remote-untrusted", { word: mode, display: named })] };
  }
  if (display === null) return remoteDisplay(permission, named, inputs, facts);
  const path = `${SOCKETS}/X${display.number}`;
  const walk = walkFacts(path, facts);
  if (walk.end?.type !== "socket") return { absent: problemAt(permission.origin, "error", "plan.x11-absent", { display: named, path }) };
  const inside = chooseDisplayNumber(display.number, facts.abstractSockets);
  const because = becauseOf(permission, `the X server of display ${display.number}, inside as display ${inside}`);
  const bind: Operation = { kind: "bind", from: walk.real, to: `${SOCKETS}/X${inside}`, source: walk.end, access: "ro", because };
  const name = `:${inside}${display.screen}`;
  if (mode === "host") return displayOf(permission, name, cookiesOf(inputs, facts, display.number, inside), [bind]);
  const cookies = cookiesOf(inputs, facts, display.number, display.number);
  return strangerDisplay(permission, name, bind, { kind: "x11-stranger", server: walk.real, inside, cookies, to: XAUTHORITY_INSIDE });
}
