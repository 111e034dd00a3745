// [System Bus Policy]: names that the app may see, talk to or own. The system-bus kind makes the one policy of the bus; this kind carries the words.
import { NOTHING, type PermissionKind } from "../kind.ts";

export const systemBusPolicy: PermissionKind = {
  key: "system-bus-policy",
  name: "*",
  words: "Sees, calls or stands for the named services of the machine; what that allows depends on the service.",
  risk: "medium",
  absent: "notice",
  absentGroup: null,
  facts: () => ({}),
  contribute: () => NOTHING,
};
