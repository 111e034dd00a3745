// An icon in the tray (StatusNotifierItem): the app registers its own and learns whether there is a tray, not which other programs are in it.
import { type BusSet, callsOf } from "./bus-set.ts";

const WATCHER = "org.kde.StatusNotifierWatcher";
const PATH = "/StatusNotifierWatcher";
const REGISTER = `${WATCHER}.RegisterStatusNotifierItem@${PATH}`;
const GET = `org.freedesktop.DBus.Properties.Get@${PATH} arg0=${WATCHER}`;

export const tray: BusSet = {
  name: "tray",
  bus: "session",
  words: "Shows an icon of its own in the tray; it does not see those of other programs.",
  risk: "low",
  parameter: null,
  services: [WATCHER],
  grant: () => ({
    own: ["org.kde.StatusNotifierItem-*", "org.freedesktop.StatusNotifierItem-*"],
    calls: [
      // A path is the app's own; so are names of this kind. Unique names can be guessed; KDE's programs have a connection for each icon.
      [WATCHER, `${REGISTER} arg0prefix=/`],
      [WATCHER, `${REGISTER} arg0own`],
      [WATCHER, `${REGISTER} arg0prefix=org.kde.StatusNotifierItem-`],
      [WATCHER, `${REGISTER} arg0prefix=org.freedesktop.StatusNotifierItem-`],
      [WATCHER, `${GET} arg1=IsStatusNotifierHostRegistered`],
      [WATCHER, `${GET} arg1=ProtocolVersion`],
    ],
    broadcasts: callsOf(WATCHER, PATH, WATCHER, "StatusNotifierHostRegistered", "StatusNotifierHostUnregistered"),
  }),
};
