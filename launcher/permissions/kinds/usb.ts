// devices=usb: every USB device that the user may open. `[X-Tsbox Devices] allow=usb:VENDOR:PRODUCT` is narrower.
import { devicePathKind } from "./device-path.ts";

export const usb = devicePathKind({
  name: "usb",
  path: "/dev/bus/usb",
  words: "Drives every USB device that you may drive, security keys and phones among them.",
  risk: "high",
});
