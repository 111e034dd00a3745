// Texts of `tsbox doctor`: what was found, and the exact fix as the hint.
import type { MessageTable } from "./message.ts";

export const DOCTOR_MESSAGES: MessageTable = {
  "doctor.check-unknown": { text: "no check is called `{name}`", hint: "the checks are {names}" },
  "doctor.kernel": { text: "Linux {release}" },
  "doctor.kernel-without-scopes": {
    text: "Linux {release} cannot close the host's abstract sockets to an app that shares the network",
    hint: "Linux 6.12 or newer can; until then such an app is refused unless you accept `abstract-sockets-reachable`",
  },
  "doctor.kernel-too-old": { text: "Linux {release} lacks the mount calls that the sandbox needs", hint: "Linux 5.12 or newer is needed" },
  "doctor.user-namespaces": { text: "a sandbox was built, and ended well" },
  "doctor.sandbox-refused": { text: "no sandbox can be built: {problem}" },
  "doctor.sandbox-refused-with-fix": { text: "no sandbox can be built: {problem}", hint: "{fix}" },
};
