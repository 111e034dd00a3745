// Serves the portals of one app: decides what is offered, answers its calls, tells its signals.
import type { PortalHead } from "../../dbus-proxy/portal-frame.ts";
import type { BusRequest, PortalRoutes } from "../../dbus-proxy/control.ts";
import type { Camera } from "../../dbus-proxy/pipewire/policy.ts";
import { expectsReply, MessageFlag, MessageType } from "../../dbus-proxy/wire/message.ts";
import type { Interner } from "../../dbus-proxy/wire/interner.ts";
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { encodeMessage } from "../../dbus-proxy/wire/writer.ts";
import type { Addon } from "../../native/addon.ts";
import type { BusClient } from "../host-bus/bus-client.ts";
import { Calls } from "./calls.ts";
import { type Answered, answerBytes, callDescriptors, errorBytes, findMethod, type ReadCall, readCall, runMethod } from "./dispatch.ts";
import { DESKTOP_NAME, DOCUMENTS_NAME, FLATPAK_NAME, type HostPortals } from "./host-portals.ts";
import type { PortalInstance, PortalOrigin } from "./instance.ts";
import { refusedTo } from "./parts.ts";
import { DESKTOP_PATH, DOCUMENTS_PATH, FLATPAK_PATH, type Portal, type PortalEntry } from "./portal.ts";
import { busError } from "./portal-error.ts";
import { showDocuments } from "../documents/host-paths.ts";
import { openPermissionStore, type PermissionStore, stateFolderOf } from "../store/permission-store.ts";
import { Requests } from "./requests.ts";
import { Sessions } from "./sessions.ts";
import type { PartOwner, RefusedPart, SubSandbox, SubSandboxWish } from "./sub-sandbox.ts";
import { answerStandard, childrenOf } from "./standard-interfaces.ts";

/** A real portal would write `flatpak run` into the user's files: these are ours whatever the host has. */
const ALWAYS_OURS: ReadonlySet<string> = new Set(["org.freedesktop.portal.Background", "org.freedesktop.portal.DynamicLauncher"]);

export type CameraRequest = Extract<BusRequest, { type: "cameras" | "no-cameras" }>;

export interface InstanceParts {
  readonly addon: Addon;
  readonly id: string;
  readonly appId: string;
  readonly origin: PortalOrigin;
  readonly owner: string;
  readonly entries: readonly PortalEntry[];
  readonly texts: Interner;
  say(key: string, values: Readonly<Record<string, string>>): string;
  readonly host: HostPortals;
  /** Owns the descriptors. */
  send(head: PortalHead, message?: Uint8Array, descriptors?: readonly number[]): void;
  /** Owns the descriptors. */
  tell(request: CameraRequest, descriptors: readonly number[]): void;
  sessionBus(): Promise<BusClient>;
  systemBus(): Promise<BusClient>;
  shared<T>(key: string, make: () => T, close?: (made: T) => void): T;
  startSubSandbox(owner: PartOwner, wish: SubSandboxWish): SubSandbox | RefusedPart;
  note(event: string, values: Readonly<Record<string, unknown>>): void;
}

export class ServedInstance implements PortalInstance {
  readonly #parts: InstanceParts;
  readonly #own = new Map<string, { readonly made: unknown; close(): void }>();
  readonly #gone: ((client: string) => void)[] = [];
  readonly #started = new Set<string>();
  readonly #calls = new Calls();
  #entries: readonly PortalEntry[] = [];
  #serial = 0;
  #over = false;
  documentsShown: Promise<void> = Promise.resolve();
  readonly requests: Requests = new Requests(this);
  readonly sessions: Sessions = new Sessions(this);

  constructor(parts: InstanceParts) {
    this.#parts = parts;
  }

  get id(): string {
    return this.#parts.id;
  }
  get appId(): string {
    return this.#parts.appId;
  }
  get origin(): PortalOrigin {
    return this.#parts.origin;
  }
  get addon(): Addon {
    return this.#parts.addon;
  }
  get stateFolder(): string {
    return stateFolderOf(new Map(Object.entries(this.origin.environment)));
  }
  get store(): PermissionStore {
    return this.own("permission store", () => openPermissionStore(this.stateFolder));
  }

  say(key: string, values: Readonly<Record<string, string>> = {}): string {
    return this.#parts.say(key, { app: this.appId, ...values });
  }

  get hasHostDocuments(): boolean {
    return this.#parts.host.documents;
  }

  /** Decides once what this app is offered, and shows it what it was given earlier. */
  async open(): Promise<void> {
    // Not waited for here: the host's document portal may have to be started. A closed part has only what the user picks in its own dialogs.
    if (this.origin.part !== "closed") this.documentsShown = showDocuments(this);
    const { entries, host } = this.#parts;
    const offered = await Promise.all(
      entries.map(async (entry) => {
        if (this.#refused().has(entry.interface)) return undefined;
        if (entry.path === DESKTOP_PATH && host.interfaces.has(entry.interface) && !ALWAYS_OURS.has(entry.interface)) return undefined;
        if (entry.path === DOCUMENTS_PATH && host.documents) return undefined;
        return (await (entry.offered?.(this) ?? true)) ? entry : undefined;
      }),
    );
    this.#entries = offered.filter((entry) => entry !== undefined);
  }

  routes(): PortalRoutes {
    const { owner, host } = this.#parts;
    const at = (path: string): readonly PortalEntry[] => this.#entries.filter((entry) => entry.path === path);
    const names = [
      ...(host.desktopOwner === "" && at(DESKTOP_PATH).length > 0 ? [DESKTOP_NAME] : []),
      ...(at(DOCUMENTS_PATH).length > 0 ? [DOCUMENTS_NAME] : []),
      ...(at(FLATPAK_PATH).length > 0 ? [FLATPAK_NAME] : []),
    ];
    // What is refused comes to us to be refused: the host's service takes a part for the app.
    const interfaces = host.desktopOwner === "" ? [] : [...at(DESKTOP_PATH).map((entry) => entry.interface), ...this.#refused()];
    return { owner, names, interfaces, paths: [...this.requests.paths(), ...this.sessions.paths()] };
  }

  #refused(): ReadonlySet<string> {
    return refusedTo(this.origin);
  }

  /** One message of the app's; owns `fds`. */
  async receive(client: string, bytes: Uint8Array, fds: readonly number[]): Promise<void> {
    const descriptors = callDescriptors(this.addon, fds);
    const call = readCall(bytes, this.#parts.texts);
    const taken = Math.max(1024, bytes.length);
    if (call === undefined) {
      descriptors.finish();
      this.#send({ client, taken });
      return;
    }
    const { header } = call;
    const begins = this.#calls.begin(client, header.serial);
    let reply: Uint8Array | undefined;
    let given: readonly number[] = [];
    try {
      await begins;
      const answered = await this.#answer(client, call, descriptors);
      if (expectsReply(header)) given = descriptors.given();
      reply = answerBytes(header, client, this.#ownerAt(header.path), ++this.#serial, answered, given.length);
    } catch (error) {
      if (!(error instanceof Error) || !("errorName" in error)) this.note("portal fault", { detail: String(error), stack: (error as Error).stack });
      reply = errorBytes(header, client, this.#ownerAt(header.path), ++this.#serial, error);
    } finally {
      this.#calls.ended(client, header.serial);
      descriptors.finish();
    }
    this.#send({ client, taken }, reply, given);
  }

  /** Calls that an earlier bus process had: what this broker does not know will never be answered. */
  answerUnknown(client: string, serials: readonly number[]): void {
    for (const serial of serials) {
      if (this.#calls.isRunning(client, serial)) continue;
      const errorName = "org.freedesktop.DBus.Error.NoReply";
      const header = { type: MessageType.ERROR, flags: MessageFlag.NO_REPLY_EXPECTED, serial: ++this.#serial, replySerial: serial, destination: client };
      this.#send(
        { client },
        encodeMessage({ ...header, sender: this.#parts.owner, errorName, signature: "s" }, ["the call was lost with the process that passed it on"]),
      );
    }
  }

  clientGone(client: string): void {
    this.#calls.clientGone(client);
    this.requests.clientGone(client);
    this.sessions.clientGone(client);
    for (const gone of this.#gone) gone(client);
  }

  close(): void {
    this.#over = true;
    for (const client of new Set([...this.requests.clients(), ...this.sessions.clients()])) this.clientGone(client);
    for (const [what, { close }] of this.#own) {
      try {
        close();
      } catch (error) {
        this.note("portal fault", { detail: (error as Error).message, what });
      }
    }
    this.#own.clear();
  }

  emit(client: string, path: string, interfaceName: string, member: string, signature: string, values: readonly Value[]): void {
    const header = { type: MessageType.SIGNAL, flags: MessageFlag.NO_REPLY_EXPECTED, serial: ++this.#serial, sender: this.#ownerAt(path), destination: client };
    this.#send({ client }, encodeMessage({ ...header, path, interface: interfaceName, member, signature }, values));
  }

  readonly after = (work: () => void): void => {
    setImmediate(() => {
      if (!this.#over) work();
    });
  };

  objectOpened(path: string): void {
    this.#send({ client: "-", opened: path });
  }

  objectClosed(path: string): void {
    this.#send({ client: "-", closed: path });
  }

  sessionBus(): Promise<BusClient> {
    return this.#parts.sessionBus();
  }

  systemBus(): Promise<BusClient> {
    return this.#parts.systemBus();
  }

  own<T>(key: string, make: () => T, close: (made: T) => void = () => {}): T {
    const known = this.#own.get(key);
    if (known !== undefined) return known.made as T;
    const made = make();
    if (this.#over) close(made);
    else this.#own.set(key, { made, close: () => close(made) });
    return made;
  }

  shared<T>(key: string, make: () => T, close?: (made: T) => void): T {
    return this.#parts.shared(key, make, close);
  }

  serveCameras(cameras: readonly Camera[], end: number, server: number): void {
    const { id: instance, appId } = this;
    this.#parts.tell({ type: "cameras", instance, policy: { appId, cameras } }, [end, server]);
  }

  endCameras(): void {
    this.#parts.tell({ type: "no-cameras", instance: this.id }, []);
  }

  startSubSandbox(wish: SubSandboxWish): SubSandbox | RefusedPart {
    const { id, appId, origin } = this;
    return this.#parts.startSubSandbox({ id, appId, origin }, wish);
  }

  onClientGone(gone: (client: string) => void): void {
    this.#gone.push(gone);
  }

  readonly note = (event: string, values: Readonly<Record<string, unknown>>): void =>
    this.#parts.note(event, { app: this.appId, instance: this.id, ...values });

  async #answer(client: string, call: ReadCall, descriptors: ReturnType<typeof callDescriptors>): Promise<Answered> {
    const { header, args } = call;
    const entries = this.#entriesAt(header.path);
    const standard = await answerStandard({
      instance: this,
      client,
      call,
      entries,
      children: childrenOf(header.path, this.#paths()),
      use: (portal) => this.#start(portal),
    });
    if (standard !== undefined) return standard;
    if (entries.length === 0) throw busError("UnknownObject", `no object at \`${header.path}\``);
    const { portal, method } = await findMethod(entries, header);
    if (this.#over || this.#calls.hasLeft(client)) throw busError("Disconnected", "who called has left");
    this.#start(portal);
    const called = `${header.interface}.${header.member}`;
    return runMethod(method, { instance: this, client, path: header.path, method: called, args, descriptors }, header.signature);
  }

  #start(portal: Portal): void {
    if (this.#started.has(portal.interface)) return;
    this.#started.add(portal.interface);
    this.note("portal used", { portal: portal.interface });
    portal.started?.(this);
  }

  #entriesAt(path: string): readonly PortalEntry[] {
    const kind = this.sessions.kindOf(path);
    return this.#entries.filter((entry) => (entry.sessions === undefined ? entry.path === path : entry.sessions === kind));
  }

  #paths(): readonly string[] {
    return [
      ...new Set(this.#entries.flatMap((entry) => (entry.sessions === undefined ? [entry.path] : []))),
      ...this.requests.paths(),
      ...this.sessions.paths(),
    ];
  }

  /** Who the app takes for the sender: where the host has a portal service, that one. */
  #ownerAt(path: string): string {
    const { host, owner } = this.#parts;
    return path.startsWith(DESKTOP_PATH) && host.desktopOwner !== "" ? host.desktopOwner : owner;
  }

  #send(head: Omit<PortalHead, "instance">, message?: Uint8Array, descriptors?: readonly number[]): void {
    this.#parts.send({ instance: this.id, ...head }, message, descriptors);
  }
}
