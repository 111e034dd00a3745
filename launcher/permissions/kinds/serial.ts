// allow=serial:ttyUSB0: one serial port by its name.
import { deviceUseKind } from "./device-use.ts";

export const serial = deviceUseKind({
  name: "serial",
  words: "Talks to what is connected to this serial port.",
  risk: "medium",
  isMeant: (device, rest) => device.id === rest,
});
