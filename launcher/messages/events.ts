// Texts of `tsbox log` and `tsbox why`.
import type { MessageTable } from "./message.ts";

export const EVENT_MESSAGES: MessageTable = {
  "log.started": { text: "{app} {instance} started" },
  "log.ended": { text: "{app} {instance} ended" },
  "log.start-failed": { text: "{app} was not started: {text}" },
  "log.allowed": { text: "{app} {instance} {bus} allowed {message}{times}: {because}" },
  "log.refused": { text: "{app} {instance} {bus} refused {message}{times}: {because}" },
  "log.times": { text: " ({count} times)" },
  "why.nothing": { text: "nothing in the log was refused to `{app}`" },
  "why.nothing-lately": { text: "nothing was refused to `{app}` in its last run; `tsbox why --all {app}` has the runs before" },
  "why.refused": { text: "{bus}: {message}{times}" },
  "why.start-failed": { text: "it was not started" },
};
