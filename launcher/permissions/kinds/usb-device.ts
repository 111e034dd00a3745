// allow=usb:VENDOR:PRODUCT: the USB devices of that kind, and no others (Flatpak's `devices=usb` is all of them).
import { deviceUseKind } from "./device-use.ts";

export const usbDevice = deviceUseKind({
  name: "usb",
  words: "Drives the USB devices of this vendor and product directly.",
  risk: "medium",
  isMeant: (device, rest) => device.id === rest,
});
