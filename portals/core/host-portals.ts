// Which portals the host's own services serve on a session bus. Asked once for each bus; what the host lacks is ours to serve.
import { BUS_NAME, BUS_PATH } from "../../dbus-proxy/wire/message.ts";
import type { BusClient } from "../host-bus/bus-client.ts";
import { DESKTOP_PATH } from "./portal.ts";

export const DESKTOP_NAME = "org.freedesktop.portal.Desktop";
export const DOCUMENTS_NAME = "org.freedesktop.portal.Documents";
export const FLATPAK_NAME = "org.freedesktop.portal.Flatpak";

export interface HostPortals {
  /** Of the host's portal service, "" where there is none. */
  readonly desktopOwner: string;
  readonly interfaces: ReadonlySet<string>;
  readonly documents: boolean;
}

export const NO_HOST_PORTALS: HostPortals = { desktopOwner: "", interfaces: new Set(), documents: false };
/** Shorter than the patience of the bus process; a service that cannot be started by then serves nobody. */
const START_MILLISECONDS = 8_000;

export interface HostNames {
  readonly desktop: boolean;
  readonly documents: boolean;
}

/** What is said to be there: at once, as no service is started for it. */
export async function probeHostNames(bus: BusClient): Promise<HostNames> {
  const [owned, startable] = await Promise.all([namesOf(bus, "ListNames"), namesOf(bus, "ListActivatableNames")]);
  const has = (name: string): boolean => owned.has(name) || startable.has(name);
  return { desktop: has(DESKTOP_NAME), documents: has(DOCUMENTS_NAME) };
}

/** What is there; starts the service if need be. */
export async function probeHostPortals(bus: BusClient, names: HostNames): Promise<HostPortals> {
  const interfaces = names.desktop ? await interfacesOf(bus) : new Set<string>();
  const desktopOwner = interfaces.size === 0 ? "" : ((await bus.ownerOf(DESKTOP_NAME)) ?? "");
  return { desktopOwner, interfaces: desktopOwner === "" ? new Set() : interfaces, documents: names.documents };
}

async function namesOf(bus: BusClient, member: string): Promise<ReadonlySet<string>> {
  const { values } = await bus.call({ destination: BUS_NAME, path: BUS_PATH, interface: BUS_NAME, member });
  return new Set(values[0] as readonly string[]);
}

async function interfacesOf(bus: BusClient): Promise<ReadonlySet<string>> {
  try {
    const { values } = await bus.call({
      destination: DESKTOP_NAME,
      path: DESKTOP_PATH,
      interface: "org.freedesktop.DBus.Introspectable",
      member: "Introspect",
      timeout: START_MILLISECONDS,
    });
    return new Set([...String(values[0]).matchAll(/<interface name="(org\.freedesktop\.portal\.\w+)"/g)].map((match) => match[1] as string));
  } catch {
    // A service file without a service behind it.
    return new Set();
  }
}
