// devices=all: the host's whole /dev, except what belongs to other permissions (shared memory, message queues).
import type { Operation } from "../../plan/plan.ts";
import { becauseOf, isGranted, isWanted, problemAt, walkFacts } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

export const allDevices: PermissionKind = {
  key: "devices",
  name: "all",
  words: "Uses every device that you may use: cameras, microphones, game controllers, disks, security keys.",
  risk: "high",
  absent: "error",
  absentGroup: null,
  facts: (inputs) => (isWanted(inputs.permissions.devices.get("all")) ? { paths: ["/dev", "/dev/shm", "/dev/mqueue"] } : {}),
  contribute: (inputs, facts) => {
    const permission = inputs.permissions.devices.get("all");
    if (!isWanted(permission) || !isGranted(permission, inputs, facts)) return NOTHING;
    const dev = walkFacts("/dev", facts);
    if (dev.end?.type !== "directory") return { absent: problemAt(permission.origin, "error", "plan.device-absent", { device: "all", path: "/dev" }) };
    const because = becauseOf(permission, "every device");
    const operations: Operation[] = [{ kind: "bind", from: dev.real, to: "/dev", source: dev.end, access: "dev", because }];
    const hasOwn = (path: string): boolean => walkFacts(path, facts).end?.type === "directory";
    if (!isGranted(inputs.permissions.devices.get("shm"), inputs, facts) && hasOwn("/dev/shm")) {
      // The real folder: where /dev/shm is a link (to /run/shm), what it names does not exist inside.
      if (walkFacts("/dev/shm", facts).links.length === 0)
        operations.push({
          kind: "tmpfs",
          to: "/dev/shm",
          mode: 0o1777,
          sizeBytes: null,
          because: becauseOf(permission, "shared memory is a permission of its own"),
        });
    }
    if (!isGranted(inputs.permissions.shared.get("ipc"), inputs, facts) && hasOwn("/dev/mqueue")) {
      operations.push({
        kind: "tmpfs",
        to: "/dev/mqueue",
        mode: 0o700,
        sizeBytes: null,
        because: becauseOf(permission, "the host's message queues belong to shared=ipc"),
      });
    }
    return { operations };
  },
};
