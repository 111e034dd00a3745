// Every permission kind. A new one is one file in kinds/ and one line here. The order is the order of the plan: /dev before what lies in it.
import type { PermissionKind } from "./kind.ts";
import { accessibilityBus } from "./kinds/accessibility-bus.ts";
import { allDevices } from "./kinds/all-devices.ts";
import { bluetooth } from "./kinds/bluetooth.ts";
import { canbus } from "./kinds/canbus.ts";
import { devel } from "./kinds/devel.ts";
import { dri } from "./kinds/dri.ts";
import { environment } from "./kinds/environment.ts";
import { fallbackX11 } from "./kinds/fallback-x11.ts";
import { filesystems } from "./kinds/filesystems.ts";
import { ipc } from "./kinds/ipc.ts";
import { nestedFull } from "./kinds/nested-full.ts";
import { nestedIsolate } from "./kinds/nested-isolate.ts";
import { network } from "./kinds/network.ts";
import { persistent } from "./kinds/persistent.ts";
import { pulseaudio } from "./kinds/pulseaudio.ts";
import { sessionBus } from "./kinds/session-bus.ts";
import { sessionBusPolicy } from "./kinds/session-bus-policy.ts";
import { shm } from "./kinds/shm.ts";
import { systemBus } from "./kinds/system-bus.ts";
import { systemBusPolicy } from "./kinds/system-bus-policy.ts";
import { wayland } from "./kinds/wayland.ts";
import { x11 } from "./kinds/x11.ts";

export const PERMISSION_KINDS: readonly PermissionKind[] = [
  network,
  ipc,
  allDevices,
  dri,
  shm,
  filesystems,
  persistent,
  x11,
  fallbackX11,
  wayland,
  pulseaudio,
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
