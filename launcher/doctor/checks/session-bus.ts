// The session bus: without it no portal, no notification, no single instance.
import type { Check } from "../check.ts";
import { listening } from "../listening.ts";

export const sessionBus: Check = {
  name: "session-bus",
  title: "the bus of this session",
  examine: (machine) => {
    const address =
      machine.environment.get("DBUS_SESSION_BUS_ADDRESS") ?? (machine.runtimeDirectory === null ? "" : `unix:path=${machine.runtimeDirectory}/bus`);
    const path = /^unix:path=([^,;]+)/.exec(address)?.[1];
    const abstract = /^unix:abstract=([^,;]+)/.exec(address)?.[1];
    const socket = path ?? (abstract === undefined ? null : `@${abstract}`);
    if (socket === null) return { state: "weaker", key: "doctor.bus-address", values: { address } };
    const found = listening(machine, socket);
    return { state: found === "listens" ? "good" : "weaker", key: `doctor.session-bus-${found}`, values: { socket } };
  },
};
