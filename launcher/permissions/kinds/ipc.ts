// shared=ipc: the host's System V and POSIX message queues, semaphores and System V shared memory.
import { isGranted } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

export const ipc: PermissionKind = {
  key: "shared",
  name: "ipc",
  words: "Shares memory segments and message queues with the programs outside; X11 draws faster with it.",
  risk: "medium",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: (inputs, facts) => (isGranted(inputs.permissions.shared.get("ipc"), inputs, facts) ? { namespaces: { ipc: "shared" } } : NOTHING),
};
