// Showing notifications (Desktop Notifications Specification 1.2), and nothing that a notification service has beside that: history, settings, Inhibit.
import { type BusSet, callsOf } from "./bus-set.ts";

const SERVICE = "org.freedesktop.Notifications";
const PATH = "/org/freedesktop/Notifications";

export const notifications: BusSet = {
  name: "notifications",
  bus: "session",
  words: "Shows notifications and hears what becomes of them; no history, no settings of the service.",
  risk: "low",
  parameter: null,
  services: [SERVICE],
  grant: () => ({
    calls: callsOf(SERVICE, PATH, SERVICE, "Notify", "CloseNotification", "GetCapabilities", "GetServerInformation"),
    broadcasts: callsOf(SERVICE, PATH, SERVICE, "NotificationClosed", "ActionInvoked", "ActivationToken"),
  }),
};
