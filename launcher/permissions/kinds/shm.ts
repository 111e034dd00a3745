// devices=shm: the host's POSIX shared memory, for programs that pass sound or video through it (JACK).
import { becauseOf, isGranted, isWanted, problemAt, walkFacts } from "../granted.ts";
import { NOTHING, type PermissionKind } from "../kind.ts";

export const shm: PermissionKind = {
  key: "devices",
  name: "shm",
  words: "Reads and changes the memory that programs outside share through /dev/shm.",
  risk: "medium",
  absent: "error",
  absentGroup: null,
  facts: (inputs) => (isWanted(inputs.permissions.devices.get("shm")) ? { paths: ["/dev/shm"] } : {}),
  contribute: (inputs, facts) => {
    const permission = inputs.permissions.devices.get("shm");
    if (!isWanted(permission) || !isGranted(permission, inputs, facts)) return NOTHING;
    const walk = walkFacts("/dev/shm", facts);
    if (walk.end?.type !== "directory") return { absent: problemAt(permission.origin, "error", "plan.device-absent", { device: "shm", path: "/dev/shm" }) };
    const because = becauseOf(permission, "the host's shared memory");
    return { operations: [{ kind: "bind", from: walk.real, to: "/dev/shm", source: walk.end, access: "rw", because }] };
  },
};
