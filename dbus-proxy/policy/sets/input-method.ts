// Typing through Fcitx 5: an input context of the app's own, never the controller, which changes the user's settings and ends the program.
// IBus has a portal, which every app may use.
import { type BusSet, callsOf } from "./bus-set.ts";

const SERVICE = "org.fcitx.Fcitx5";
const CONTEXTS = "/org/freedesktop/portal/inputcontext";

export const inputMethod: BusSet = {
  name: "input-method",
  bus: "session",
  words: "Types through the input method Fcitx; it changes none of its settings and reaches no other program's typing.",
  risk: "low",
  parameter: null,
  services: [SERVICE],
  grant: () => ({
    calls: [
      ...["/org/freedesktop/portal/inputmethod", "/inputmethod"].flatMap((path) => [
        [SERVICE, `org.fcitx.Fcitx.InputMethod1.CreateInputContext@${path} grants=${CONTEXTS}/*`] as const,
        ...callsOf(SERVICE, path, "org.fcitx.Fcitx.InputMethod1", "Version"),
      ]),
      [SERVICE, "org.fcitx.Fcitx.InputContext1.*@granted"],
    ],
  }),
};
