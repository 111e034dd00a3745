// features=devel: lets debuggers and profilers work on the app's own processes.
import { isGranted } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

export const devel: PermissionKind = {
  key: "features",
  name: "devel",
  words: "Lets debuggers and profilers work inside; more of the kernel is within reach.",
  risk: "low",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: (inputs, facts) => (isGranted(inputs.permissions.features.get("devel"), inputs, facts) ? { filter: { devel: true } } : NOTHING),
};
