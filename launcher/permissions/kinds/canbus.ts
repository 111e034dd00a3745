// features=canbus: sockets of the CAN family.
import { isGranted } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

export const canbus: PermissionKind = {
  key: "features",
  name: "canbus",
  words: "Talks to controllers on the CAN buses of this machine, such as a car.",
  risk: "medium",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: (inputs, facts) => (isGranted(inputs.permissions.features.get("canbus"), inputs, facts) ? { filter: { canbus: true } } : NOTHING),
};
