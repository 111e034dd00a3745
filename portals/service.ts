// The portal service of a broker: one for all apps. Knows each instance by the name of its listening socket, and serves it from the moment that its app asks for portals.
import type { PortalHead } from "../dbus-proxy/portal-frame.ts";
import type { BusReport, BusRequest } from "../dbus-proxy/control.ts";
import { parseAddress } from "../dbus-proxy/address.ts";
import { Interner } from "../dbus-proxy/wire/interner.ts";
import type { Addon } from "../native/addon.ts";
import { DOCUMENTS_NAME, type HostNames, type HostPortals, NO_HOST_PORTALS, probeHostNames, probeHostPortals } from "./core/host-portals.ts";
import type { PortalOrigin } from "./core/instance.ts";
import { DOCUMENTS_PATH } from "./core/portal.ts";
import { PortalError } from "./core/portal-error.ts";
import { type CameraRequest, ServedInstance } from "./core/served-instance.ts";
import type { PartOwner, RefusedPart, SubSandbox, SubSandboxWish } from "./core/sub-sandbox.ts";
import { createShared } from "./core/shared.ts";
import { type BusClient, connectBusClient } from "./host-bus/bus-client.ts";
import { PORTALS } from "./list.ts";

export interface PortalServiceParts {
  readonly addon: Addon;
  readonly uid: number;
  readonly pid: number;
  /** The text of a key, for the user of this environment. */
  say(key: string, values: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>): string;
  /** To the bus process; owns the descriptors. */
  frame(head: PortalHead, message?: Uint8Array, descriptors?: readonly number[]): void;
  route(request: Extract<BusRequest, { type: "portals" }> | CameraRequest, descriptors?: readonly number[]): void;
  startSubSandbox(owner: PartOwner, wish: SubSandboxWish): SubSandbox | RefusedPart;
  note(event: string, values: Readonly<Record<string, unknown>>): void;
}

export interface PortalService {
  report(report: BusReport): void;
  /** A message of an app's; owns `fds`. */
  receive(head: PortalHead, message: Uint8Array, fds: readonly number[]): void;
  /** Methods that wait for the user, or for something else. */
  openRequests(instance: string): Promise<readonly string[]>;
  ended(instance: string): void;
  /** Shows the app what it was given earlier. */
  launched(instance: string, appId: string, origin: PortalOrigin): void;
}

export function createPortalService(parts: PortalServiceParts): PortalService {
  const texts = new Interner();
  const instances = new Map<string, Promise<ServedInstance | undefined>>();
  const shared = createShared();
  // Of another form in each broker, so that what an earlier one promised is not taken for this one's.
  const owner = `:0.${parts.pid}`;

  const bus = (address: string): Promise<BusClient> =>
    shared.get(
      `bus ${address}`,
      async () => {
        const forget = (): void => shared.forget(`bus ${address}`);
        try {
          const client = await connectBusClient(parts.addon, address, parts.uid);
          client.onEnd(forget);
          return client;
        } catch (error) {
          forget();
          throw error;
        }
      },
      (client) => void client.then((one) => one.close()).catch(() => {}),
    );
  const servesDocuments = PORTALS.some((entry) => entry.path === DOCUMENTS_PATH);
  const hostNames = (address: string): Promise<HostNames> =>
    shared.get(`host names ${address}`, async () => {
      try {
        return await probeHostNames(await bus(address));
      } catch (error) {
        parts.note("host portals", { detail: (error as Error).message });
        // The next instance asks again.
        for (const what of ["names", "portals"]) shared.forget(`host ${what} ${address}`);
        return { desktop: false, documents: false };
      }
    });
  const hostPortals = async (address: string): Promise<HostPortals> => {
    const names = await hostNames(address);
    return names.desktop || names.documents ? probeHostPortals(await bus(address), names) : NO_HOST_PORTALS;
  };

  const open = async (id: string, appId: string, origin: PortalOrigin): Promise<ServedInstance> => {
    const host = await shared.get(`host portals ${origin.sessionBus}`, () => hostPortals(origin.sessionBus));
    const served = new ServedInstance({
      addon: parts.addon,
      id,
      appId,
      origin,
      owner,
      entries: PORTALS,
      texts,
      say: (key, values) => parts.say(key, values, origin.environment),
      host,
      send: parts.frame,
      tell: parts.route,
      sessionBus: () => bus(origin.sessionBus),
      systemBus: () => bus(systemBusOf(origin)),
      shared: (key, make, close) => shared.get(`instances ${key}`, make, close),
      startSubSandbox: parts.startSubSandbox,
      note: parts.note,
    });
    await served.open();
    return served;
  };

  const serve = (id: string, appId: string, origin: PortalOrigin): Promise<ServedInstance | undefined> => {
    const known = instances.get(id);
    const serving =
      known ??
      open(id, appId, origin).catch((error: Error) => {
        parts.note("portals", { instance: id, detail: error.message });
        return undefined;
      });
    instances.set(id, serving);
    return serving;
  };
  const wanted = ({ instance: id, appId, portals, cameras }: Extract<BusReport, { type: "portals-wanted" }>): void => {
    const origin = portals as PortalOrigin;
    let isKnown = false;
    void hostNames(origin.sessionBus).then(({ desktop, documents }) => {
      // What the host's service has takes longer to learn than that there is one.
      if (desktop && !isKnown)
        parts.route({ type: "portals", instance: id, owner, names: documents || !servesDocuments ? [] : [DOCUMENTS_NAME], interfaces: null, paths: [] });
    });
    void serve(id, appId, origin).then((served) => {
      isKnown = true;
      if (served === undefined || !instances.has(id)) return;
      parts.route({ type: "portals", instance: id, ...served.routes() });
      if (cameras === true) void import("./outside/camera-leave.ts").then(({ followLeave }) => followLeave(served));
    });
  };
  const withInstance = (id: string, work: (served: ServedInstance) => void): void => {
    instances
      .get(id)
      ?.then((served) => {
        if (served !== undefined) work(served);
      })
      .catch((error: Error) => parts.note("portal fault", { instance: id, detail: error.message }));
  };

  return {
    report(report) {
      if (report.type === "portals-wanted") wanted(report);
      else if (report.type === "portal-client-gone") withInstance(report.instance, (served) => served.clientGone(report.client));
      else if (report.type === "portal-calls") withInstance(report.instance, (served) => served.answerUnknown(report.client, report.serials));
    },
    receive(head, message, fds) {
      const serving = instances.get(head.instance);
      if (serving === undefined) for (const fd of fds) parts.addon.close(fd);
      else {
        void serving.then((served) => {
          if (served !== undefined) void served.receive(head.client, message, fds);
          else for (const fd of fds) parts.addon.close(fd);
        });
      }
    },
    launched: (id, appId, origin) => void serve(id, appId, origin),
    openRequests: async (id) => (await instances.get(id))?.requests.methods() ?? [],
    ended(id) {
      const serving = instances.get(id) ?? Promise.resolve(undefined);
      instances.delete(id);
      // What an instance gives back at its end goes over connections that others may not need any more.
      void serving
        .then((served) => served?.close())
        .catch((error: Error) => parts.note("portal fault", { instance: id, detail: error.message }))
        .then(() => {
          if (instances.size === 0) shared.closeAll();
        });
    },
  };
}

function systemBusOf(origin: PortalOrigin): string {
  const parsed = parseAddress(origin.systemBus);
  const [socket] = parsed.ok ? parsed.sockets : [];
  if (socket === undefined) throw new PortalError("Failed", "there is no system bus");
  return socket;
}
