// Control groups of the second version: limits of memory and processor.
import type { Check } from "../check.ts";

export const cgroup: Check = {
  name: "cgroup",
  title: "limits of memory and processor",
  examine: (machine) => {
    const controllers = machine.readText("/sys/fs/cgroup/cgroup.controllers");
    if (controllers === null) return { state: "weaker", key: "doctor.no-cgroup", values: {} };
    const own = /^0::(.*)$/m.exec(machine.readText("/proc/self/cgroup") ?? "")?.[1] ?? "/";
    const folder = `/sys/fs/cgroup${own === "/" ? "" : own}`;
    if (machine.look(folder)?.writable !== true) return { state: "weaker", key: "doctor.cgroup-not-delegated", values: { folder } };
    return { state: "good", key: "doctor.cgroup", values: { controllers: controllers.trim() } };
  },
};
