// The methods of org.freedesktop.DBus as data: what each needs, and how it is refused.
import { NONE, OWN, SEE, TALK } from "./standing.ts";

export interface BusMethod {
  /** Level that the name in the first argument must have; NONE: the method takes no name that matters. */
  readonly level: number;
  /** Answer where the name has no level at all. */
  readonly ifHidden: "hide" | "no-owner" | "false";
  /** What the filter does beside passing it on. */
  readonly special: "none" | "hello" | "add-match" | "remove-match" | "names" | "owner" | "request-name" | "release-name" | "start";
}

const plain = (level: number): BusMethod => ({ level, ifHidden: "hide", special: "none" });
const special = (name: BusMethod["special"], level = NONE): BusMethod => ({ level, ifHidden: "hide", special: name });

/** What is not here is denied: BecomeMonitor, UpdateActivationEnvironment, and whatever a later bus may bring. */
export const BUS_METHODS: ReadonlyMap<string, BusMethod> = new Map([
  ["Hello", special("hello")],
  ["AddMatch", special("add-match")],
  ["RemoveMatch", special("remove-match")],
  ["GetId", plain(NONE)],
  ["ListNames", special("names")],
  ["ListActivatableNames", special("names")],
  ["NameHasOwner", { level: SEE, ifHidden: "false", special: "none" }],
  ["GetNameOwner", { level: SEE, ifHidden: "no-owner", special: "owner" }],
  ["GetConnectionUnixProcessID", plain(SEE)],
  ["GetConnectionUnixUser", plain(SEE)],
  ["GetConnectionCredentials", plain(SEE)],
  ["GetConnectionSELinuxSecurityContext", plain(SEE)],
  ["GetAdtAuditSessionData", plain(SEE)],
  ["StartServiceByName", special("start", TALK)],
  ["RequestName", special("request-name", OWN)],
  ["ReleaseName", special("release-name", OWN)],
  ["ListQueuedOwners", plain(OWN)],
]);

export const LEVEL_WORDS = ["see", "see", "talk", "own"] as const;
