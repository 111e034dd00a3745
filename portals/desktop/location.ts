// org.freedesktop.portal.Location: where the user is, as GeoClue knows it, if he agrees; in no finer grain than the app asked for, and for as long as its session lasts.
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import type { PortalInstance } from "../core/instance.ts";
import { dictionary, readOptions, textOption } from "../core/options.ts";
import { DESKTOP_PATH, type Options, type Portal, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { requestMethod } from "../core/requests.ts";
import type { PortalSession } from "../core/sessions.ts";
import { isAllowed } from "../dialogs/consent.ts";
import type { BusClient } from "../host-bus/bus-client.ts";

const INTERFACE = "org.freedesktop.portal.Location";
const GEOCLUE = "org.freedesktop.GeoClue2";
const MANAGER = { destination: GEOCLUE, path: "/org/freedesktop/GeoClue2/Manager", interface: "org.freedesktop.GeoClue2.Manager" };
const CLIENT = "org.freedesktop.GeoClue2.Client";
const LOCATION = "org.freedesktop.GeoClue2.Location";
const PROPERTIES = "org.freedesktop.DBus.Properties";
/** As whom GeoClue knows portals, which ask the user themselves (geoclue.conf). */
const DESKTOP_ID = "xdg-desktop-portal";
/** GeoClue's levels, by the portal's: none, country, city, neighbourhood, street, exact. */
const LEVELS = [0, 1, 4, 5, 6, 8];
/** What is told of a place, and its type. */
const TOLD: Readonly<Record<string, string>> = {
  Latitude: "d",
  Longitude: "d",
  Altitude: "d",
  Accuracy: "d",
  Speed: "d",
  Heading: "d",
  Description: "s",
  Timestamp: "(tt)",
};

interface Wish {
  readonly distance: number;
  readonly time: number;
  readonly level: number;
  started: boolean;
}

export const location: Portal = {
  interface: INTERFACE,
  version: 1,
  methods: {
    CreateSession: {
      in: "a{sv}",
      out: "o",
      names: ["options", "handle"],
      run: ({ instance, client, args }) => {
        const options = readOptions(args[0], { session_handle_token: "s", "distance-threshold": "u", "time-threshold": "u", accuracy: "u" });
        const level = LEVELS[numberOption(options, "accuracy", LEVELS.length - 1)];
        if (level === undefined) throw new PortalError("InvalidArgument", "no such accuracy");
        const session = instance.sessions.begin(client, textOption(options, "session_handle_token") ?? "t", INTERFACE);
        const wish: Wish = {
          distance: numberOption(options, "distance-threshold", 0),
          time: numberOption(options, "time-threshold", 0),
          level,
          started: false,
        };
        wishes(instance).set(session.path, wish);
        session.ended.addEventListener("abort", () => wishes(instance).delete(session.path), { once: true });
        return [session.path];
      },
    },
    Start: requestMethod({
      in: "osa{sv}",
      names: ["session_handle", "parent_window", "options"],
      options: {},
      begin: ({ instance, client, args }) => {
        const session = instance.sessions.find(client, String(args[0]), INTERFACE);
        const wish = wishes(instance).get(session.path);
        if (wish === undefined || wish.started) throw new PortalError("Failed", "a session is started once");
        wish.started = true;
        return async ({ cancelled }) => {
          if (!(await isAllowed(instance, { table: "location", words: "location", parentWindow: String(args[1]), cancelled }))) return { response: 1 };
          if (!session.ended.aborted) await follow(instance, session, wish);
          return { response: 0 };
        };
      },
    }),
  },
  signals: { LocationUpdated: "oa{sv}" },
};

function numberOption(options: Options, key: string, standard: number): number {
  return Number(options.get(key)?.value ?? standard);
}

function wishes(instance: PortalInstance): Map<string, Wish> {
  return instance.own("location sessions", () => new Map<string, Wish>());
}

/** A client of GeoClue's for this session alone. */
async function follow(instance: PortalInstance, session: PortalSession, { distance, time, level }: Wish): Promise<void> {
  const bus = await instance.systemBus();
  const path = String((await bus.call({ ...MANAGER, member: "CreateClient" })).values[0]);
  const call = { destination: GEOCLUE, path, interface: CLIENT };
  const end = (stop: () => void) => (): void => {
    stop();
    bus.call({ ...call, member: "Stop" }).catch(() => {});
    bus.call({ ...MANAGER, member: "DeleteClient", signature: "o", args: [path] }).catch(() => {});
  };
  const stop = await bus.listen({ sender: GEOCLUE, path, interface: CLIENT, member: "LocationUpdated" }, ({ args }) => {
    tell(instance, bus, session, String(args[1])).catch((error: Error) => instance.note("location", { detail: error.message }));
  });
  if (session.ended.aborted) end(stop)();
  else session.ended.addEventListener("abort", end(stop), { once: true });
  const wanted = {
    DesktopId: variant("s", DESKTOP_ID),
    DistanceThreshold: variant("u", distance),
    TimeThreshold: variant("u", time),
    RequestedAccuracyLevel: variant("u", level),
  };
  for (const [name, value] of Object.entries(wanted)) {
    await bus.call({ ...call, interface: PROPERTIES, member: "Set", signature: "ssv", args: [CLIENT, name, value as unknown as Value] });
  }
  if (!session.ended.aborted) await bus.call({ ...call, member: "Start" });
}

async function tell(instance: PortalInstance, bus: BusClient, session: PortalSession, path: string): Promise<void> {
  if (!path.startsWith("/org/freedesktop/GeoClue2/")) return;
  const { values } = await bus.call({ destination: GEOCLUE, path, interface: PROPERTIES, member: "GetAll", signature: "s", args: [LOCATION] });
  const known = (values[0] as unknown as readonly (readonly [string, VariantValue])[]).filter(([name, { signature }]) => TOLD[name] === signature);
  // Not before the answer to Start.
  instance.after(() => {
    if (session.ended.aborted) return;
    instance.emit(session.client, DESKTOP_PATH, INTERFACE, "LocationUpdated", "oa{sv}", [session.path, dictionary(Object.fromEntries(known))]);
  });
}
