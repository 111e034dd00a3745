// Every check, in the order of the listing: what stops everything first.
import type { Check } from "./check.ts";
import { cgroup } from "./checks/cgroup.ts";
import { display } from "./checks/display.ts";
import { exportedFiles } from "./checks/exports.ts";
import { folders } from "./checks/folders.ts";
import { fuse } from "./checks/fuse.ts";
import { kernel } from "./checks/kernel.ts";
import { portal } from "./checks/portal.ts";
import { runtimeDirectory } from "./checks/runtime-directory.ts";
import { sessionBus } from "./checks/session-bus.ts";
import { sound } from "./checks/sound.ts";
import { systemBus } from "./checks/system-bus.ts";
import { userNamespaces } from "./checks/user-namespaces.ts";

export const CHECKS: readonly Check[] = [
  ...[kernel, userNamespaces, runtimeDirectory, folders],
  ...[sessionBus, systemBus, display, sound, portal, fuse, cgroup, exportedFiles],
];
