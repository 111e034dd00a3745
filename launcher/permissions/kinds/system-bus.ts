// The system bus: not there at all unless a name on it is asked for; filtered then, whole with sockets=system-bus. Both go through the bus process and the connector.
import { findSystemBus } from "../../plan/bus-address.ts";
import { hasBusRules } from "../../plan/bus-rules.ts";
import type { Because, SourceIdentity } from "../../plan/plan.ts";
import { isWanted, problemAt, walkFacts } from "../granted.ts";
import { type Contribution, NOTHING, type PermissionKind } from "../kind.ts";
import { givenBus, hiddenRules } from "./bus-policies.ts";

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
    const wanted = isWanted(inputs.permissions.sockets.get("system-bus")) || inputs.permissions.systemBus.size > 0 || hasBusRules("system", inputs.permissions);
    const bus = findSystemBus(inputs);
    return wanted && bus.kind === "path" ? { paths: [bus.path] } : {};
  },
  contribute: (inputs, facts) => {
    const given = givenBus("system", inputs, facts);
    if (given === null) return NOTHING;
    const { policy, whole } = given;
    const firstName = [...inputs.permissions.systemBus.values()].find((one) => one.level !== "none") ?? null;
    const origin = whole?.origin ?? firstName?.origin ?? null;
    const because: Because = { reason: whole === null ? "the system bus, filtered" : "the whole system bus", origin };
    const bus = findSystemBus(inputs);
    const give = (address: string, source: SourceIdentity | null): Contribution => ({
      operations: [{ kind: "listen", name: "system", to: INSIDE, because }],
      environment: new Map([["DBUS_SYSTEM_BUS_ADDRESS", { value: `unix:path=${INSIDE}`, because }]]),
      buses: [{ name: "system", address, source, policy }],
      notices: whole === null ? hiddenRules("system", inputs.permissions, policy) : [],
    });
    if (bus.kind === "abstract") return give(`@${bus.name}`, null);
    if (bus.kind === "unusable") return { problems: [problemAt(origin, "error", "plan.system-bus-unusable", { address: bus.address })] };
    const walk = walkFacts(bus.path, facts);
    if (walk.end?.type === "socket") return give(walk.real, walk.end);
    if (bus.named) return { problems: [problemAt(origin, "error", "plan.system-bus-dead", { path: bus.path })] };
    // A machine without one (a container): programs live with that, as they do outside.
    return whole !== null || firstName !== null ? { absent: problemAt(origin, "notice", "plan.system-bus-absent", { path: bus.path }) } : NOTHING;
  },
};
