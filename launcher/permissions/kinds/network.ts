// shared=network: the host's network instead of an own one with nothing but `lo`.
import { isGranted } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

export const network: PermissionKind = {
  key: "shared",
  name: "network",
  words: "Talks to the internet, the local network and every service of this machine that listens on a port.",
  risk: "medium",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: (inputs, facts) => (isGranted(inputs.permissions.shared.get("network"), inputs, facts) ? { namespaces: { network: "shared" } } : NOTHING),
};
