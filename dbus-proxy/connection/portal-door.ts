// What a connection sees of the broker's portals: where calls for them go, and whether that is known yet. The other side of it is bus-process/portal-gate.ts.
import type { PortalRoutes } from "../control.ts";

export const PORTAL_DESKTOP = "org.freedesktop.portal.Desktop";
export const PORTAL_DOCUMENTS = "org.freedesktop.portal.Documents";
export const PORTAL_FLATPAK = "org.freedesktop.portal.Flatpak";
const PORTAL_NAMES: readonly string[] = [PORTAL_DESKTOP, PORTAL_DOCUMENTS, PORTAL_FLATPAK];
/** Owners that the broker picks begin so: no bus gives such a name away. */
export const OWN_OWNER = ":0.";

/** Services of the host's that ask who calls. The third portal name is never the host's. */
export const ASKING_NAMES: readonly string[] = [PORTAL_DESKTOP, PORTAL_DOCUMENTS];

export function isPortalName(name: string): boolean {
  return name.startsWith("org.freedesktop.portal.") ? PORTAL_NAMES.includes(name) : name.startsWith(OWN_OWNER);
}

/** The portal services that a program can start by calling an object of theirs. */
export function nameOfPath(path: string): string {
  if (path.startsWith("/org/freedesktop/portal/documents")) return PORTAL_DOCUMENTS;
  return path.startsWith("/org/freedesktop/portal/Flatpak") ? PORTAL_FLATPAK : PORTAL_DESKTOP;
}

export interface IdentityProblem {
  /** Nobody owns the name, and the bus starts nobody. */
  readonly isAbsent: boolean;
  readonly because: string;
}

/** Whether the services of the host's that serve portals take the app for itself, by their well-known names. */
export interface IdentityDoor {
  /** Whether that is still being found out. `owner`: of the name, as far as this connection has heard. */
  mustWait(name: string, owner: string | undefined): boolean;
  /** Why no call may go there; undefined where it may. */
  problemOf(name: string): IdentityProblem | undefined;
  /** The bus says that the name has another owner, "" for none. */
  ownerSeen(name: string, owner: string): void;
}

export interface PortalDoor {
  readonly identity: IdentityDoor;
  /** `unknown`: asked, not answered yet. `absent`: there is nobody to answer. */
  readonly routes: PortalRoutes | "unknown" | "absent";
  /** `interfaceName`: "" for none. Served by the broker alone, also while no broker is there: a call for one never reaches a service of the host. */
  isReserved(name: string, interfaceName: string): boolean;
  /** An object that the broker made and that lives. */
  hasPath(path: string): boolean;
  /** Asks for the routes; whoever waits goes on when they are known. */
  want(): void;
  /** The broker has as much to do as it is given at once. */
  readonly full: boolean;
  /** To the broker; owns `fds`. */
  send(client: string, bytes: Uint8Array, fds: readonly number[]): void;
  clientGone(client: string): void;
  /** Calls that another process before this one sent or did not send. */
  stillWaiting(client: string, serials: readonly number[]): void;
}
