// Texts of `tsbox explain`.
import type { MessageTable } from "./message.ts";

export const EXPLAIN_MESSAGES: MessageTable = {
  "explain.nothing-asked": { text: "nothing is asked", hint: "there are {options}" },
  "explain.bus-form": {
    text: "`--{option}={value}` is neither `NAME`, `NAME/PATH` nor `NAME/PATH INTERFACE.MEMBER`",
    hint: "such as `org.freedesktop.Notifications/org/freedesktop/Notifications org.freedesktop.Notifications.Notify`",
  },
  "explain.path": { text: "{path}: {access}" },
  "explain.device": { text: "using {path}" },
  "explain.connect-path": { text: "connecting to the socket {path}" },
  "explain.connect-abstract": { text: "connecting to the abstract socket {name}" },
  "explain.connect-network": { text: "connecting to {address}" },
  "explain.connect-form": { text: "`--connect={value}` is no address", hint: "`HOST:PORT`, the path of a socket, or `@NAME`" },
  "explain.path-form": { text: "`--{option}` needs a path" },
  "explain.bus-call": { text: "calling `{method}` at `{path}` of `{name}` on the {bus} bus" },
  "explain.bus-call-anywhere": { text: "calling `{method}` of `{name}` on the {bus} bus" },
  "explain.bus-path": { text: "calling any method at `{path}` of `{name}` on the {bus} bus" },
  "explain.bus-name": { text: "`{name}` on the {bus} bus: {level}" },
};
