// The session bus: filtered for every app, unfiltered with sockets=session-bus. Both go through the bus process and the connector, so that the host sees who calls.
import { findSessionBus } from "../../plan/bus-address.ts";
import type { Because, SourceIdentity } from "../../plan/plan.ts";
import { problemAt, walkFacts } from "../granted.ts";
import { type Contribution, NOTHING, type PermissionKind } from "../kind.ts";
import { givenBus, hiddenRules } from "./bus-policies.ts";

const INSIDE = "/run/flatpak/bus";

export const sessionBus: PermissionKind = {
  key: "sockets",
  name: "session-bus",
  words: "Commands every program of the desktop session, and can start programs outside the sandbox.",
  risk: "escape",
  absent: "error",
  absentGroup: null,
  facts: (inputs) => {
    const bus = findSessionBus(inputs);
    return inputs.options.sessionBus && bus.kind === "path" ? { paths: [bus.path] } : {};
  },
  contribute: (inputs, facts) => {
    if (!inputs.options.sessionBus) return NOTHING;
    const given = givenBus("session", inputs, facts);
    if (given === null) return NOTHING;
    const { policy, whole } = given;
    const firstName = [...inputs.permissions.sessionBus.values()].find((one) => one.level !== "none");
    const origin = whole?.origin ?? firstName?.origin ?? null;
    const because: Because = { reason: whole === null ? "the session bus, filtered" : "the whole session bus", origin: whole?.origin ?? null };
    const bus = findSessionBus(inputs);
    const give = (address: string, source: SourceIdentity | null): Contribution => ({
      operations: [
        { kind: "listen", name: "session", to: INSIDE, because },
        { kind: "symlink", target: "../../flatpak/bus", to: `/run/user/${inputs.caller.uid}/bus`, because },
      ],
      environment: new Map([["DBUS_SESSION_BUS_ADDRESS", { value: `unix:path=${INSIDE}`, because }]]),
      buses: [{ name: "session", address, source, policy }],
      notices: whole === null ? hiddenRules("session", inputs.permissions, policy) : [],
    });
    if (bus.kind === "abstract") return give(`@${bus.name}`, null);
    if (bus.kind === "unusable") return { problems: [problemAt(origin, "error", "plan.session-bus-unusable", { address: bus.address })] };
    const walk = walkFacts(bus.path, facts);
    if (walk.end?.type === "socket") return give(walk.real, walk.end);
    if (bus.named) return { problems: [problemAt(origin, "error", "plan.session-bus-dead", { path: bus.path })] };
    // No session bus at all (a bare terminal, cron): an app that asks for none of it is not told.
    if (whole !== null) return { absent: problemAt(origin, "error", "plan.session-bus-absent", { path: bus.path }) };
    return firstName === undefined ? NOTHING : { notices: [problemAt(origin, "notice", "plan.session-bus-absent-names", { name: firstName.name })] };
  },
};
