// org.freedesktop.portal.Inhibit: the app keeps the session from idling or sleeping while its request is open, and hears of the screen saver.
import type { Value } from "../../dbus-proxy/wire/reader.ts";
import { cleanText } from "../dialogs/dialogs.ts";
import type { PortalInstance } from "../core/instance.ts";
import { dictionary, textOption } from "../core/options.ts";
import { DESKTOP_PATH, type Portal, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { requestMethod } from "../core/requests.ts";
import type { BusClient } from "../host-bus/bus-client.ts";
import { listenUntilEnd } from "../host-bus/listening.ts";

const INTERFACE = "org.freedesktop.portal.Inhibit";
const SUSPEND = 4;
const IDLE = 8;
const ALL_FLAGS = 15;
const LOGIN = { destination: "org.freedesktop.login1", path: "/org/freedesktop/login1", interface: "org.freedesktop.login1.Manager" };
const SAVER = { destination: "org.freedesktop.ScreenSaver", path: "/org/freedesktop/ScreenSaver", interface: "org.freedesktop.ScreenSaver" };
const SESSION = { destination: "org.gnome.SessionManager", path: "/org/gnome/SessionManager", interface: "org.gnome.SessionManager" };
const RUNNING = 1;

/** How to let go of one thing that is held. */
type Release = () => void;

export const inhibit: Portal = {
  interface: INTERFACE,
  version: 3,
  methods: {
    Inhibit: requestMethod({
      in: "sua{sv}",
      names: ["window", "flags", "options"],
      options: { reason: "s" },
      begin: ({ instance, args }, options) => {
        const flags = Number(args[1]);
        if ((flags & ~ALL_FLAGS) !== 0) throw new PortalError("InvalidArgument", "unknown flags");
        const reason = cleanText(textOption(options, "reason")) || instance.say("portal.inhibit-reason");
        return async ({ cancelled }) => {
          const releases = await hold(instance, flags, reason);
          const release = (): void => {
            for (const one of releases) one();
          };
          if (cancelled.aborted) release();
          else cancelled.addEventListener("abort", release, { once: true });
          return { response: 0, lasts: true };
        };
      },
    }),
    CreateMonitor: requestMethod({
      in: "sa{sv}",
      names: ["window", "options"],
      options: { session_handle_token: "s" },
      begin: ({ instance, client }, options) => {
        const { path } = instance.sessions.begin(client, textOption(options, "session_handle_token") ?? "t", INTERFACE);
        return async () => {
          void monitor(instance);
          instance.after(() => tellState(instance, client, path));
          return { response: 0, results: new Map([["session_handle", variant("s", path)]]) };
        };
      },
    }),
    QueryEndResponse: {
      in: "o",
      out: "",
      names: ["session_handle"],
      run: ({ instance, client, args }) => {
        instance.sessions.find(client, String(args[0]), INTERFACE);
        return [];
      },
    },
  },
  signals: { StateChanged: "oa{sv}" },
};

/** What can hold here does; a session without any of them never idles or sleeps by itself. */
async function hold(instance: PortalInstance, flags: number, reason: string): Promise<readonly Release[]> {
  const who = instance.appId;
  const attempts: Promise<Release>[] = [holdSession(instance, who, reason, flags)];
  const what = [...((flags & SUSPEND) !== 0 ? ["sleep"] : []), ...((flags & IDLE) !== 0 ? ["idle"] : [])].join(":");
  if (what !== "") attempts.push(holdLogin(instance, what, who, reason));
  if ((flags & IDLE) !== 0) attempts.push(holdSaver(instance, who, reason));
  const settled = await Promise.allSettled(attempts);
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

async function holdSession(instance: PortalInstance, who: string, reason: string, flags: number): Promise<Release> {
  return holdByCookie(await instance.sessionBus(), SESSION, "susu", [who, 0, reason, flags], "Uninhibit");
}

async function holdSaver(instance: PortalInstance, who: string, reason: string): Promise<Release> {
  return holdByCookie(await instance.sessionBus(), SAVER, "ss", [who, reason], "UnInhibit");
}

async function holdByCookie(bus: BusClient, service: typeof SAVER, signature: string, args: readonly Value[], undo: string): Promise<Release> {
  // Of this very service: with one that comes after it the same number is somebody else's.
  const destination = await bus.ownerOf(service.destination);
  if (destination === undefined) throw new PortalError("Failed", `nobody owns \`${service.destination}\``);
  const { values } = await bus.call({ ...service, destination, member: "Inhibit", signature, args, noAutoStart: true, timeout: 3_000 });
  return () => void bus.call({ ...service, destination, member: undo, signature: "u", args: [values[0] as Value] }).catch(() => {});
}

/** logind's lock lasts as long as somebody has its descriptor. */
async function holdLogin(instance: PortalInstance, what: string, who: string, reason: string): Promise<Release> {
  const { addon } = instance;
  const bus = await instance.systemBus();
  const { values, fds } = await bus.call({ ...LOGIN, member: "Inhibit", signature: "ssss", args: [what, who, reason, "block"], timeout: 3_000 });
  const held = fds[Number(values[0])];
  for (const fd of fds) if (fd !== held) addon.close(fd);
  if (held === undefined) throw new PortalError("Failed", "logind gave no lock");
  return () => addon.close(held);
}

async function monitor(instance: PortalInstance): Promise<void> {
  const state = saverState(instance);
  if (state.followed) return;
  state.followed = true;
  try {
    const bus = await instance.sessionBus();
    await listenUntilEnd(instance, bus, { sender: SAVER.destination, interface: SAVER.interface, member: "ActiveChanged" }, ({ args }) => {
      state.active = args[0] === true;
      for (const { client, path } of instance.sessions.of(INTERFACE)) tellState(instance, client, path);
    });
    const { values } = await bus.call({ ...SAVER, member: "GetActive", noAutoStart: true, timeout: 3_000 });
    state.active = values[0] === true;
  } catch {
    // No screen saver: none is active.
  }
}

function saverState(instance: PortalInstance): { active: boolean; followed: boolean } {
  return instance.own("screen saver", () => ({ active: false, followed: false }));
}

function tellState(instance: PortalInstance, client: string, path: string): void {
  const state = dictionary({ "screensaver-active": variant("b", saverState(instance).active), "session-state": variant("u", RUNNING) });
  instance.emit(client, DESKTOP_PATH, INTERFACE, "StateChanged", "oa{sv}", [path, state]);
}
