// allow=fido: security keys, told from other hidraw devices by their report descriptor.
import { deviceUseKind } from "./device-use.ts";

export const fido = deviceUseKind({
  name: "fido",
  words: "Logs in with security keys; a touch of the key confirms whatever the app asked it for.",
  risk: "medium",
});
