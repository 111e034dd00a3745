// Keeping the machine awake while something is at work (login1, inhibitor locks): delaying or blocking sleep and idleness, and hearing of sleep.
import type { BusSet } from "./bus-set.ts";

const SERVICE = "org.freedesktop.login1";
const PATH = "/org/freedesktop/login1";
const MANAGER = `${SERVICE}.Manager`;

export const sleepInhibit: BusSet = {
  name: "sleep-inhibit",
  bus: "system",
  words: "Keeps the machine awake, and hears when it goes to sleep; it neither switches it off nor sees who is logged in.",
  risk: "low",
  parameter: null,
  services: [SERVICE],
  grant: () => ({
    calls: ["sleep", "idle", "sleep:idle", "idle:sleep"].map((what) => [SERVICE, `${MANAGER}.Inhibit@${PATH} arg0=${what}`] as const),
    broadcasts: [[SERVICE, `${MANAGER}.PrepareForSleep@${PATH}`]],
  }),
};
