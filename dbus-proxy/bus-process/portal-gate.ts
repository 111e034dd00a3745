// The portals of one instance as the bus process knows them: the broker's word about who serves what, and how much the broker has in hand.
import type { BusReport, InstanceRequest, PortalRoutes } from "../control.ts";
import { PORTAL_DESKTOP, PORTAL_FLATPAK, type PortalDoor } from "../connection/portal-door.ts";
import type { PortalHead } from "../portal-frame.ts";
import type { Finding } from "./identity.ts";
import { PortalIdentity } from "./portal-identity.ts";

/** Bytes of messages that the broker has not dealt with; above it the app waits. */
const MAX_AT_BROKER_BYTES = 2 * 1024 * 1024;
/** The least that a message counts, so that their number is bounded too. */
const LEAST_BYTES = 1024;
const PATIENCE_MILLISECONDS = 10_000;
/** Whatever the host has: a real portal would write `flatpak run` into files of the user's, or start programs with Flatpak's rights. */
const RESERVED_INTERFACES: ReadonlySet<string> = new Set(["org.freedesktop.portal.Background", "org.freedesktop.portal.DynamicLauncher"]);

export interface GateParts {
  readonly request: () => InstanceRequest;
  /** False where no broker is there. Owns the descriptors. */
  frame(head: PortalHead, message: Uint8Array, fds: readonly number[]): boolean;
  report(report: BusReport): boolean;
  /** To every connection of the app's session bus. */
  routed(): void;
  ownerChanged(names: readonly string[], from: string, to: string): void;
  findIdentity(name: string): Promise<Finding>;
  /** Whether it has connections to cameras. */
  hasCameras(): boolean;
  /** A finding that stops calls. */
  identityProblem(name: string, because: string): void;
}

export class PortalGate implements PortalDoor {
  readonly #parts: GateParts;
  readonly #paths = new Set<string>();
  readonly identity: PortalIdentity;
  routes: PortalRoutes | "unknown" | "absent" = "unknown";
  #asked = false;
  #patience: NodeJS.Timeout | undefined;
  #atBroker = 0;
  /** Names that lost their owner with a broker; told of again when another one serves them. */
  #lost: readonly string[] = [];
  #unclear: { readonly client: string; readonly serials: readonly number[] }[] = [];

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.identity = new PortalIdentity({
      find: (name) => parts.findIdentity(name),
      tell: (name, because) => parts.identityProblem(name, because),
      found: () => parts.routed(),
    });
  }

  get full(): boolean {
    return this.#atBroker >= MAX_AT_BROKER_BYTES;
  }

  isReserved(name: string, interfaceName: string): boolean {
    // A call that names no interface means whichever has that method: also one that is reserved.
    if (name === PORTAL_DESKTOP && interfaceName === "") return true;
    return name === PORTAL_FLATPAK || (name === PORTAL_DESKTOP && (RESERVED_INTERFACES.has(interfaceName) || this.#isWithheld(interfaceName)));
  }

  hasPath(path: string): boolean {
    return this.#paths.has(path);
  }

  want(): void {
    if (this.#asked || this.routes !== "unknown") return;
    this.#asked = true;
    const { instance, appId, portals } = this.#parts.request();
    const cameras = this.#parts.hasCameras() ? ({ cameras: true } as const) : {};
    if (this.#parts.report({ type: "portals-wanted", instance, appId, portals, ...cameras }))
      this.#patience = setTimeout(() => this.#giveUp(), PATIENCE_MILLISECONDS);
    else this.#giveUp();
  }

  /** A broker came: it may serve what waits, or what nobody served. */
  brokerCame(): void {
    if (!this.#asked) return;
    this.#asked = false;
    this.routes = "unknown";
    this.want();
  }

  setRoutes(routes: PortalRoutes): void {
    if (routes.interfaces !== null) clearTimeout(this.#patience);
    this.#asked = true;
    this.routes = routes;
    this.#paths.clear();
    for (const path of routes.paths) this.#paths.add(path);
    if (routes.interfaces === null) {
      this.#parts.routed();
      return;
    }
    if (this.#lost.length > 0) this.#parts.ownerChanged(this.#lost, "", routes.owner);
    this.#lost = [];
    const { instance } = this.#parts.request();
    for (const { client, serials } of this.#unclear.splice(0)) this.#parts.report({ type: "portal-calls", instance, client, serials });
    this.#parts.routed();
  }

  /** The broker is gone, and all that it had in hand. */
  lost(): void {
    if (!this.#asked) return;
    clearTimeout(this.#patience);
    const before = this.routes;
    this.#atBroker = 0;
    this.#paths.clear();
    this.routes = "absent";
    if (typeof before !== "string") {
      this.#lost = before.names;
      this.#parts.ownerChanged(before.names, before.owner, "");
    }
    this.#parts.routed();
  }

  heard(head: PortalHead): void {
    if (head.opened !== undefined) this.#paths.add(head.opened);
    if (head.closed !== undefined) this.#paths.delete(head.closed);
    if (head.taken === undefined) return;
    const wasFull = this.full;
    this.#atBroker = Math.max(0, this.#atBroker - head.taken);
    if (wasFull && !this.full) this.#parts.routed();
  }

  send(client: string, bytes: Uint8Array, fds: readonly number[]): void {
    this.#atBroker += Math.max(LEAST_BYTES, bytes.length);
    if (!this.#parts.frame({ instance: this.#parts.request().instance, client }, bytes, fds)) this.lost();
  }

  clientGone(client: string): void {
    if (typeof this.routes !== "string") this.#parts.report({ type: "portal-client-gone", instance: this.#parts.request().instance, client });
  }

  stillWaiting(client: string, serials: readonly number[]): void {
    this.#unclear.push({ client, serials });
    this.want();
  }

  #isWithheld(interfaceName: string): boolean {
    const session = this.#parts.request().buses.find((bus) => bus.name === "session");
    const withheld = session?.name === "session" ? session.policy.withheld : undefined;
    return withheld?.some(({ portal }) => interfaceName === `org.freedesktop.portal.${portal}`) ?? false;
  }

  #giveUp(): void {
    clearTimeout(this.#patience);
    this.routes = "absent";
    this.#parts.routed();
  }
}
