// org.freedesktop.portal.PowerProfileMonitor: whether the user saves power, as power-profiles-daemon says; without it nobody saves.
import type { PortalInstance } from "../core/instance.ts";
import { DESKTOP_PATH, type Portal, variant } from "../core/portal.ts";
import { dictionary } from "../core/options.ts";
import { listenUntilEnd } from "../host-bus/listening.ts";

const INTERFACE = "org.freedesktop.portal.PowerProfileMonitor";
const SERVICES = [
  { name: "org.freedesktop.UPower.PowerProfiles", path: "/org/freedesktop/UPower/PowerProfiles" },
  { name: "net.hadess.PowerProfiles", path: "/net/hadess/PowerProfiles" },
] as const;

export const powerProfileMonitor: Portal = {
  interface: INTERFACE,
  version: 1,
  methods: {},
  properties: { "power-saver-enabled": { type: "b", get: saves } },
};

/** Asked once, then followed. */
async function saves(instance: PortalInstance): Promise<boolean> {
  return (await instance.own("power profile", () => follow(instance))).saves;
}

async function follow(instance: PortalInstance): Promise<{ saves: boolean }> {
  const state = { saves: false };
  for (const { name, path } of SERVICES) {
    try {
      const bus = await instance.systemBus();
      const { values } = await bus.call({
        destination: name,
        path,
        interface: "org.freedesktop.DBus.Properties",
        member: "Get",
        signature: "ss",
        args: [name, "ActiveProfile"],
        timeout: 2_000,
      });
      state.saves = (values[0] as { value: unknown }).value === "power-saver";
      await listenUntilEnd(instance, bus, { sender: name, path, interface: "org.freedesktop.DBus.Properties", member: "PropertiesChanged" }, ({ args }) => {
        for (const [key, value] of args[1] as unknown as readonly [string, { value: unknown }][]) {
          if (key !== "ActiveProfile" || (value.value === "power-saver") === state.saves) continue;
          state.saves = value.value === "power-saver";
          const changed = dictionary({ "power-saver-enabled": variant("b", state.saves) });
          instance.emit("", DESKTOP_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", [INTERFACE, changed, []]);
        }
      });
      return state;
    } catch {
      // The next name, or nobody: then no profile is active.
    }
  }
  return state;
}
