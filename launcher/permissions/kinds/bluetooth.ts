// features=bluetooth: sockets of the Bluetooth family.
import { isGranted } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

export const bluetooth: PermissionKind = {
  key: "features",
  name: "bluetooth",
  words: "Talks to Bluetooth devices around, past the desktop.",
  risk: "medium",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: (inputs, facts) => (isGranted(inputs.permissions.features.get("bluetooth"), inputs, facts) ? { filter: { bluetooth: true } } : NOTHING),
};
