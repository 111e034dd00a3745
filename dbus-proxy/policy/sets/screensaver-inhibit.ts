// Keeping the screen on while something plays (org.freedesktop.ScreenSaver, at both of its paths): inhibiting, not locking, unlocking or asking.
import { type BusSet, callsOf } from "./bus-set.ts";

const SERVICE = "org.freedesktop.ScreenSaver";

export const screensaverInhibit: BusSet = {
  name: "screensaver-inhibit",
  bus: "session",
  words: "Keeps the screen from going dark; it neither locks nor unlocks it, nor asks whether somebody is there.",
  risk: "low",
  parameter: null,
  services: [SERVICE],
  grant: () => ({ calls: ["/org/freedesktop/ScreenSaver", "/ScreenSaver"].flatMap((path) => callsOf(SERVICE, path, SERVICE, "Inhibit", "UnInhibit")) }),
};
