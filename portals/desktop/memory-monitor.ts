// org.freedesktop.portal.MemoryMonitor: tells apps that memory runs low, read from the kernel's pressure figures.
import { readFileSync } from "node:fs";
import type { PortalInstance } from "../core/instance.ts";
import { DESKTOP_PATH, type Portal } from "../core/portal.ts";

const INTERFACE = "org.freedesktop.portal.MemoryMonitor";
const PRESSURE = "/proc/pressure/memory";
const POLL_MILLISECONDS = 5_000;
/** A warning is repeated no sooner. */
const QUIET_MILLISECONDS = 15_000;

export const memoryMonitor: Portal = {
  interface: INTERFACE,
  version: 1,
  methods: {},
  signals: { LowMemoryWarning: "y" },
  started: (instance) => watchMemory(instance),
};

function watchMemory(instance: PortalInstance, read: () => string = readPressure): void {
  let quietUntil = 0;
  instance.own(
    "memory pressure",
    () =>
      setInterval(() => {
        const level = warningLevel(read());
        if (level === 0 || Date.now() < quietUntil) return;
        quietUntil = Date.now() + QUIET_MILLISECONDS;
        instance.emit("", DESKTOP_PATH, INTERFACE, "LowMemoryWarning", "y", [level]);
      }, POLL_MILLISECONDS).unref(),
    clearInterval,
  );
}

/** Levels as low-memory-monitor's: 50 low, 100 medium, 255 critical; 0 none. From the share of time (%) in which tasks waited for memory, over 10 s. */
function warningLevel(pressure: string): number {
  const average = (kind: string): number => Number(new RegExp(`^${kind} avg10=([0-9.]+)`, "m").exec(pressure)?.[1] ?? 0);
  if (average("full") >= 40) return 255;
  if (average("full") >= 15) return 100;
  return average("some") >= 30 ? 50 : 0;
}

function readPressure(): string {
  try {
    return readFileSync(PRESSURE, "utf8");
  } catch {
    return "";
  }
}
