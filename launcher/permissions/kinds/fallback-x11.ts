// sockets=fallback-x11: X11 only where the host has no Wayland socket. The giving is x11's; this kind only carries the words.
import { NOTHING, type PermissionKind } from "../kind.ts";

export const fallbackX11: PermissionKind = {
  key: "sockets",
  name: "fallback-x11",
  words: "Uses X11 where the desktop has no Wayland; then it can watch and control every window.",
  risk: "high",
  absent: "error",
  absentGroup: "display",
  facts: () => ({}),
  contribute: () => NOTHING,
};
