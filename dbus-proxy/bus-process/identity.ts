// Whom a portal takes for the caller on a connection that the app's connector makes: asked of the portal itself, and seen where every portal looks.
import { readFile } from "node:fs/promises";
import type { Addon } from "../../native/addon.ts";
import { PORTAL_DESKTOP, PORTAL_DOCUMENTS } from "../connection/portal-door.ts";
import type { Interner } from "../wire/interner.ts";
import { BUS_NAME, BUS_PATH, MessageFlag } from "../wire/message.ts";
import { type Answer, Conversation } from "./conversation.ts";

/**
 * `known`: the owner takes the connection for the app's. `other`: it does not, or who made the connection does not bear the app's identity.
 * `absent`: nobody owns the name and the bus starts nobody. `failed`: nobody could be asked, so the next call asks again.
 */
export interface Finding {
  readonly kind: "known" | "other" | "absent" | "failed";
  /** Unique name of who was asked; "" for nobody. */
  readonly owner: string;
  readonly because: string;
}

const DESKTOP_PATH = "/org/freedesktop/portal/desktop";
const NOT_ALLOWED = "org.freedesktop.portal.Error.NotAllowed";
const BUS_ERROR = "org.freedesktop.DBus.Error.";

/** INVARIANT: a call without any effect that a portal grants to callers outside and to no sandbox. */
interface Question {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature: string;
  readonly values: readonly (string | readonly never[] | readonly number[])[];
  /** Whether this answer is given to callers outside alone. */
  isForOutside(answer: Answer): boolean;
}

const QUESTIONS: readonly Question[] = [
  // Newer portals: who is in a sandbox may not name itself. An empty id is none, so a caller outside only hears that.
  {
    destination: PORTAL_DESKTOP,
    path: DESKTOP_PATH,
    interface: "org.freedesktop.host.portal.Registry",
    member: "Register",
    signature: "sa{sv}",
    values: ["", []],
    isForOutside: ({ errorName }) => errorName === "",
  },
  // Apps with network access hear an answer too.
  {
    destination: PORTAL_DESKTOP,
    path: DESKTOP_PATH,
    interface: "org.freedesktop.portal.NetworkMonitor",
    member: "GetAvailable",
    signature: "",
    values: [],
    isForOutside: () => false,
  },
  // The service behind every portal with files: it looks at its callers with the same code.
  {
    destination: PORTAL_DOCUMENTS,
    path: "/org/freedesktop/portal/documents",
    interface: PORTAL_DOCUMENTS,
    member: "Lookup",
    signature: "ay",
    values: [[0x2f, 0]],
    isForOutside: ({ errorName }) => errorName === "" || errorName === "org.freedesktop.portal.Error.NotFound",
  },
];

export interface IdentityParts {
  readonly addon: Addon;
  readonly texts: Interner;
  readonly uid: number;
  readonly appId: string;
}

/** Asks on `fd`, a fresh connection to the bus from the app's connector, which it owns. Never throws. */
export async function findIdentity(parts: IdentityParts, fd: number, name: string, patience: number): Promise<Finding> {
  const bus = new Conversation(parts.addon, fd, parts.uid, parts.texts);
  const timer = setTimeout(() => bus.close(), patience);
  try {
    return await ask(parts, bus, name);
  } finally {
    clearTimeout(timer);
    bus.close();
  }
}

async function ask(parts: IdentityParts, bus: Conversation, name: string): Promise<Finding> {
  const busCall = (member: string, signature: string, values: readonly (string | number)[]): Promise<Answer> =>
    bus.call({ destination: BUS_NAME, path: BUS_PATH, interface: BUS_NAME, member, signature }, values);
  const self = String((await busCall("Hello", "", [])).values[0] ?? "");
  const started = await busCall("StartServiceByName", "su", [name, 0]);
  const owner = String((await busCall("GetNameOwner", "s", [name])).values[0] ?? "");
  if (owner === "" || !owner.startsWith(":")) {
    if (started.errorName === `${BUS_ERROR}ServiceUnknown`) return { kind: "absent", owner: "", because: `nobody owns \`${name}\`, and the bus starts nobody` };
    return { kind: "failed", owner: "", because: `\`${name}\` could not be asked whom it takes for the caller (${started.errorName || "no owner"})` };
  }
  const [pid] = (await busCall("GetConnectionUnixProcessID", "s", [self])).values;
  const looked = await lookAt(parts, Number(pid));
  if (looked !== "") return { kind: "other", owner, because: looked };
  const says = { owner, because: "" };
  for (const question of QUESTIONS) {
    if (name === PORTAL_DOCUMENTS && question.destination !== name) continue;
    const { destination, path, member, signature, values } = question;
    const flags = MessageFlag.NO_AUTO_START;
    const answer = await bus.call({ flags, destination, path, interface: question.interface, member, signature }, values);
    const asked = `${question.interface}.${member}`;
    if (answer.errorName === NOT_ALLOWED) return { ...says, kind: "known" };
    if (question.isForOutside(answer))
      return { kind: "other", owner, because: `\`${destination}\` takes this app for a program outside: it answered ${asked}` };
    if (answer.errorName === `${BUS_ERROR}AccessDenied`) return { kind: "other", owner, because: `\`${destination}\` does not know who calls` };
    if (answer.errorName === "over") return { kind: "failed", owner, because: `\`${destination}\` did not say whom it takes for the caller` };
  }
  // A service that makes no difference between callers, or does not say: then it counts what it would see if it looked.
  return { ...says, kind: "known" };
}

/** What a portal reads of the process that made the connection. "" where that is the app's identity. */
async function lookAt({ addon, appId }: IdentityParts, pid: number): Promise<string> {
  const { O_RDONLY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = addon.constants;
  try {
    const text = await readFile(`/proc/${pid}/root/.flatpak-info`, { encoding: "utf8", flag: O_RDONLY | O_NOFOLLOW | O_NONBLOCK });
    const group = /^\[Application\]\n((?:[^[].*\n|\n)*)/m.exec(text)?.[1] ?? "";
    const seen = /^name=(.*)$/m.exec(group)?.[1] ?? "";
    return seen === appId ? "" : `the bus sees \`${seen}\` behind the connections of this app`;
  } catch {
    return "the bus sees a process without an identity behind the connections of this app";
  }
}
