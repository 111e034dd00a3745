// The system bus: not there at all unless a name on it is asked for; filtered then, whole with sockets=system-bus. Both go through the bus process and the connector.
import { findSystemBus } from "../../plan/bus-address.ts";
import { systemPolicy, unfilteredPolicy } from "../../plan/names.ts";
import type { Because } from "../../plan/plan.ts";
import { isGranted, isWanted, problemAt, walkFacts } from "../granted.ts";
import { type Contribution, NOTHING, type PermissionKind } from "../kind.ts";

/** Where libdbus, sd-bus and GLib look for it without being told. */
const INSIDE = "/run/dbus/system_bus_socket";

export const systemBus: PermissionKind = {
  key: "sockets",
  name: "system-bus",
  words: "Talks to every service of the machine: power, disks, networks, logins; each decides for itself what it allows.",
  risk: "high",
  absent: "notice",
  absentGroup: null,
  facts: (inputs) => {
    const wanted = isWanted(inputs.permissions.sockets.get("system-bus")) || inputs.permissions.systemBus.size > 0;
    const bus = findSystemBus(inputs);
    return wanted && bus.kind === "path" ? { paths: [bus.path] } : {};
  },
  contribute: (inputs, facts) => {
    const { sockets, systemBus: names } = inputs.permissions;
    const permission = sockets.get("system-bus");
    const whole = isGranted(permission, inputs, facts);
    // Flatpak's rule: any entry brings the bus, even one that denies; a program may need the bus itself only.
    if (!whole && names.size === 0) return NOTHING;
    const firstName = [...names.values()].find((one) => one.level !== "none") ?? null;
    const origin = whole ? permission.origin : (firstName?.origin ?? null);
    const because: Because = { reason: whole ? "the whole system bus" : "the system bus, filtered", origin };
    const bus = findSystemBus(inputs);
    const give = (address: string): Contribution => ({
      operations: [{ kind: "listen", name: "system", to: INSIDE, because }],
      environment: new Map([["DBUS_SYSTEM_BUS_ADDRESS", { value: `unix:path=${INSIDE}`, because }]]),
      buses: [{ name: "system", address, policy: whole ? unfilteredPolicy() : systemPolicy(inputs) }],
    });
    if (bus.kind === "abstract") return give(`@${bus.name}`);
    if (bus.kind === "unusable") return { problems: [problemAt(origin, "error", "plan.system-bus-unusable", { address: bus.address })] };
    const walk = walkFacts(bus.path, facts);
    if (walk.end?.type === "socket") return give(walk.real);
    if (bus.named) return { problems: [problemAt(origin, "error", "plan.system-bus-dead", { path: bus.path })] };
    // A machine without one (a container): programs live with that, as they do outside.
    return whole || firstName !== null ? { absent: problemAt(origin, "notice", "plan.system-bus-absent", { path: bus.path }) } : NOTHING;
  },
};
