// All portals, one line each. A portal is loaded when an app first uses it, and offered only where the session has what it needs.
import { BUS_NAME, BUS_PATH } from "../dbus-proxy/wire/message.ts";
import type { PortalInstance } from "./core/instance.ts";
import { DESKTOP_PATH, DOCUMENTS_PATH, FLATPAK_PATH, type PortalEntry, UPDATE_MONITOR } from "./core/portal.ts";

const desktop = (name: string, load: PortalEntry["load"], offered?: PortalEntry["offered"]): PortalEntry => ({
  interface: `org.freedesktop.portal.${name}`,
  path: DESKTOP_PATH,
  load,
  ...(offered === undefined ? {} : { offered }),
});

const documents = (name: string, load: PortalEntry["load"]): PortalEntry => ({ interface: `org.freedesktop.portal.${name}`, path: DOCUMENTS_PATH, load });

/** Somebody on that bus owns the name, or can be started for it. */
const onBus =
  (which: "sessionBus" | "systemBus", name: string) =>
  async (instance: PortalInstance): Promise<boolean> => {
    try {
      const bus = await instance[which]();
      const lists = await Promise.all(
        ["ListNames", "ListActivatableNames"].map((member) => bus.call({ destination: BUS_NAME, path: BUS_PATH, interface: BUS_NAME, member })),
      );
      return lists.some(({ values }) => (values[0] as readonly string[]).includes(name));
    } catch {
      return false;
    }
  };

/** Something takes pictures of the screen; and whether it picks colours too, which is the next version of the interface. A desktop's backend has both. */
const takesPictures =
  (colours: boolean) =>
  async (instance: PortalInstance): Promise<boolean> => {
    // Not by the portal's own file, which is loaded for those who use it.
    const [{ hasBackend }, { findPictureTaker }] = await Promise.all([import("./dialogs/backend.ts"), import("./outside/picture.ts")]);
    if (await hasBackend(instance, "Screenshot")) return colours;
    const taker = findPictureTaker(instance);
    return taker !== undefined && (taker.pickColour !== undefined) === colours;
  };

/** PipeWire listens. */
const hasPipewire = async (instance: PortalInstance): Promise<boolean> => {
  const { connectPipewire, pipewireSocket } = await import("./outside/pipewire-socket.ts");
  const fd = connectPipewire(instance.addon, pipewireSocket(instance));
  if (fd >= 0) instance.addon.close(fd);
  return fd >= 0;
};

export const PORTALS: readonly PortalEntry[] = [
  desktop("Account", async () => (await import("./desktop/account.ts")).account),
  desktop("Background", async () => (await import("./desktop/background.ts")).background),
  desktop("Camera", async () => (await import("./desktop/camera.ts")).camera, hasPipewire),
  desktop("DynamicLauncher", async () => (await import("./desktop/dynamic-launcher.ts")).dynamicLauncher),
  desktop("Email", async () => (await import("./desktop/email.ts")).email),
  desktop("FileChooser", async () => (await import("./desktop/file-chooser.ts")).fileChooser),
  desktop("GameMode", async () => (await import("./desktop/game-mode.ts")).gameMode, onBus("sessionBus", "com.feralinteractive.GameMode")),
  desktop("Inhibit", async () => (await import("./desktop/inhibit.ts")).inhibit),
  desktop("Location", async () => (await import("./desktop/location.ts")).location, onBus("systemBus", "org.freedesktop.GeoClue2")),
  desktop("MemoryMonitor", async () => (await import("./desktop/memory-monitor.ts")).memoryMonitor),
  desktop("NetworkMonitor", async () => (await import("./desktop/network-monitor.ts")).networkMonitor),
  desktop("Notification", async () => (await import("./desktop/notification.ts")).notification, onBus("sessionBus", "org.freedesktop.Notifications")),
  desktop("OpenURI", async () => (await import("./desktop/open-uri.ts")).openUri),
  desktop("PowerProfileMonitor", async () => (await import("./desktop/power-profile-monitor.ts")).powerProfileMonitor),
  desktop("Print", async () => (await import("./desktop/print.ts")).print),
  desktop("ProxyResolver", async () => (await import("./desktop/proxy-resolver.ts")).proxyResolver),
  desktop("Realtime", async () => (await import("./desktop/realtime.ts")).realtime, onBus("systemBus", "org.freedesktop.RealtimeKit1")),
  desktop("Screenshot", async () => (await import("./desktop/screenshot.ts")).screenshot, takesPictures(true)),
  desktop("Screenshot", async () => (await import("./desktop/screenshot.ts")).screenshotAlone, takesPictures(false)),
  desktop("Secret", async () => (await import("./desktop/secret.ts")).secret),
  desktop("Settings", async () => (await import("./desktop/settings.ts")).settings),
  desktop("Trash", async () => (await import("./desktop/trash.ts")).trash),
  documents("Documents", async () => (await import("./desktop/documents-portal.ts")).documentsPortal),
  documents("FileTransfer", async () => (await import("./desktop/file-transfer.ts")).fileTransfer),
  {
    interface: "org.freedesktop.portal.Flatpak",
    path: FLATPAK_PATH,
    load: async () => (await import("./desktop/flatpak.ts")).flatpak,
    offered: ({ origin }) => origin.parts !== undefined,
  },
  {
    interface: "org.freedesktop.portal.Flatpak.UpdateMonitor",
    path: FLATPAK_PATH,
    sessions: UPDATE_MONITOR,
    load: async () => (await import("./desktop/update-monitor.ts")).updateMonitor,
  },
];
