// What the sockets of helpers share (agents, print server, smart cards): one socket of the host at one place inside, and the variable that leads to it.
import type { HostFacts, PathFact } from "../../host/facts.ts";
import { isBelow } from "../../host/walk.ts";
import type { RunInputs } from "../../plan/inputs.ts";
import type { Operation } from "../../plan/plan.ts";
import type { Origin } from "../../manifest/origin.ts";
import { becauseOf, isGranted, isWanted, problemAt, walkFacts } from "../granted.ts";
import { type Contribution, NOTHING, type PermissionKind, type Risk } from "../kind.ts";

export interface HostSocket {
  /** What it is, for a reason and a notice. */
  readonly what: string;
  /** Where it may lie outside; the first that is there counts. */
  readonly candidates: (inputs: RunInputs) => readonly string[];
  readonly inside: (inputs: RunInputs) => string;
  /** The socket's folder is the user's alone (GnuPG looks into no other). */
  readonly inPrivateFolder?: boolean;
  /** The variable that names it inside, if programs need one. */
  readonly variable?: { readonly name: string; readonly value: (inside: string) => string };
}

export interface HostSocketKind extends HostSocket {
  readonly name: string;
  readonly words: string;
  readonly risk: Risk;
}

export function contributeSocket(socket: HostSocket, permission: { readonly origin: Origin }, inputs: RunInputs, facts: HostFacts): Contribution {
  const walk = socket
    .candidates(inputs)
    .map((path) => walkFacts(path, facts))
    .find(({ end }) => end?.type === "socket");
  if (walk === undefined || walk.end === null) {
    const paths = socket.candidates(inputs);
    const key = paths.length === 0 ? "plan.helper-unnamed" : "plan.helper-absent";
    return { absent: problemAt(permission.origin, "notice", key, { what: socket.what, paths: paths.join("`, `"), variable: socket.variable?.name ?? "" }) };
  }
  const link = walk.links.find((one) => couldBePlanted(one, inputs));
  if (link !== undefined)
    return { absent: problemAt(permission.origin, "notice", "plan.helper-behind-a-link", { what: socket.what, link: link.path, target: walk.real }) };
  const to = socket.inside(inputs);
  const because = becauseOf(permission, socket.what);
  const folder: Operation = { kind: "directory", to: to.slice(0, to.lastIndexOf("/")), mode: 0o700, because };
  const bind: Operation = { kind: "bind", from: walk.real, to, source: walk.end, access: "ro", because };
  const contribution: Contribution = { operations: socket.inPrivateFolder === true ? [folder, bind] : [bind] };
  if (socket.variable === undefined) return contribution;
  return { ...contribution, environment: new Map([[socket.variable.name, { value: socket.variable.value(to), because }]]) };
}

/** Links that are not the system's: an app that could once write there may have led one to the session bus, where this one would get it unfiltered. */
function couldBePlanted({ uid, path }: PathFact, { caller }: RunInputs): boolean {
  return uid !== 0 || [caller.home, "/tmp", "/var/tmp"].some((place) => isBelow(path, place));
}

export function hostSocketKind(kind: HostSocketKind): PermissionKind {
  return {
    key: "sockets",
    name: kind.name,
    words: kind.words,
    risk: kind.risk,
    // The programs that ask for them work without: they ask for a password, or print to a file.
    absent: "notice",
    absentGroup: null,
    facts: (inputs) => (isWanted(inputs.permissions.sockets.get(kind.name)) ? { paths: kind.candidates(inputs) } : {}),
    contribute: (inputs, facts) => {
      const permission = inputs.permissions.sockets.get(kind.name);
      return isWanted(permission) && isGranted(permission, inputs, facts) ? contributeSocket(kind, permission, inputs, facts) : NOTHING;
    },
  };
}

/** An absolute path that a variable of the caller holds. */
export function pathIn(inputs: RunInputs, variable: string): readonly string[] {
  const value = inputs.request.environment.get(variable) ?? "";
  return value.startsWith("/") ? [value] : [];
}
