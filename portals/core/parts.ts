// What portals do for an app and not for its parts. A part is started by the app to run what it trusts less than itself: it is not the whole app to anybody.
import type { PortalOrigin } from "./instance.ts";

/** What these write starts the whole app later, or at once. */
const OF_THE_WHOLE = ["Background", "DynamicLauncher"];
/** The app's own key; what the user gave the app; and what he allowed it to see. */
const NOT_CLOSED = ["Secret", "Documents", "FileTransfer", "Camera", "Location", "Screenshot"];

/** Interfaces that are ours to refuse, also where the host's portal service has them. A run that has less than the app is no way to the whole of it either. */
export function refusedTo({ part, narrowed, withheld = [] }: PortalOrigin): ReadonlySet<string> {
  const names = part === undefined ? (narrowed === true ? OF_THE_WHOLE : []) : part === "open" ? OF_THE_WHOLE : [...OF_THE_WHOLE, ...NOT_CLOSED];
  return new Set([...names, ...withheld].map((name) => `org.freedesktop.portal.${name}`));
}
