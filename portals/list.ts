// All portals, one line each. A portal is loaded when an app first uses it, and offered only where the session has what it needs.
import { DESKTOP_PATH, type PortalEntry } from "./core/portal.ts";

const desktop = (name: string, load: PortalEntry["load"], offered?: PortalEntry["offered"]): PortalEntry => ({
  interface: `org.freedesktop.portal.${name}`,
  path: DESKTOP_PATH,
  load,
  ...(offered === undefined ? {} : { offered }),
});

export const PORTALS: readonly PortalEntry[] = [
  desktop("MemoryMonitor", async () => (await import("./desktop/memory-monitor.ts")).memoryMonitor),
  desktop("NetworkMonitor", async () => (await import("./desktop/network-monitor.ts")).networkMonitor),
  desktop("PowerProfileMonitor", async () => (await import("./desktop/power-profile-monitor.ts")).powerProfileMonitor),
  desktop("ProxyResolver", async () => (await import("./desktop/proxy-resolver.ts")).proxyResolver),
  desktop("Settings", async () => (await import("./desktop/settings.ts")).settings),
];
