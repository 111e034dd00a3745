// [X-Tsbox] nested=isolate: the app may make user, pid, network and ipc namespaces for its own parts, as browsers and Electron do. No mounts, no mount namespace.
import { NOTHING, type PermissionKind } from "../kind.ts";

export const nestedIsolate: PermissionKind = {
  key: "nested",
  name: "isolate",
  words: "Shuts its own parts into sandboxes of their own, as browsers do; more of the kernel is within reach.",
  risk: "low",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: ({ permissions }) => (permissions.settings.get("nested")?.word === "isolate" ? { filter: { nested: "isolate" } } : NOTHING),
};
