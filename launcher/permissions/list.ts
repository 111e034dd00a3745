// Every permission kind. A new one is one file in kinds/ and one line here. The order is the order of the plan: /dev before what lies in it.
import type { PermissionKind } from "./kind.ts";
import { accessibilityBus } from "./kinds/accessibility-bus.ts";
import { allDevices } from "./kinds/all-devices.ts";
import { bluetooth } from "./kinds/bluetooth.ts";
import { camera } from "./kinds/camera.ts";
import { canbus } from "./kinds/canbus.ts";
import { compute } from "./kinds/compute.ts";
import { cups } from "./kinds/cups.ts";
import { devel } from "./kinds/devel.ts";
import { dri } from "./kinds/dri.ts";
import { environment } from "./kinds/environment.ts";
import { fallbackX11 } from "./kinds/fallback-x11.ts";
import { fido } from "./kinds/fido.ts";
import { filesystems } from "./kinds/filesystems.ts";
import { gamepad } from "./kinds/gamepad.ts";
import { gpgAgent } from "./kinds/gpg-agent.ts";
import { input } from "./kinds/input.ts";
import { ipc } from "./kinds/ipc.ts";
import { nestedFull } from "./kinds/nested-full.ts";
import { nestedIsolate } from "./kinds/nested-isolate.ts";
import { kvm } from "./kinds/kvm.ts";
import { network } from "./kinds/network.ts";
import { pcsc } from "./kinds/pcsc.ts";
import { persistent } from "./kinds/persistent.ts";
import { pulseaudio } from "./kinds/pulseaudio.ts";
import { serial } from "./kinds/serial.ts";
import { sessionBus } from "./kinds/session-bus.ts";
import { sessionBusPolicy } from "./kinds/session-bus-policy.ts";
import { shm } from "./kinds/shm.ts";
import { smartcard } from "./kinds/smartcard.ts";
import { sshAuth } from "./kinds/ssh-auth.ts";
import { systemBus } from "./kinds/system-bus.ts";
import { systemBusPolicy } from "./kinds/system-bus-policy.ts";
import { usb } from "./kinds/usb.ts";
import { usbDevice } from "./kinds/usb-device.ts";
import { wayland } from "./kinds/wayland.ts";
import { x11 } from "./kinds/x11.ts";

export const PERMISSION_KINDS: readonly PermissionKind[] = [
  network,
  ipc,
  allDevices,
  dri,
  kvm,
  input,
  usb,
  compute,
  camera,
  gamepad,
  fido,
  serial,
  usbDevice,
  smartcard,
  shm,
  filesystems,
  persistent,
  x11,
  fallbackX11,
  wayland,
  pulseaudio,
  cups,
  sshAuth,
  gpgAgent,
  pcsc,
  sessionBus,
  sessionBusPolicy,
  systemBus,
  systemBusPolicy,
  accessibilityBus,
  devel,
  bluetooth,
  canbus,
  nestedIsolate,
  nestedFull,
  environment,
];
