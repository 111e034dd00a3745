// The system bus, for apps that name services on it.
import type { Check } from "../check.ts";
import { listening } from "../listening.ts";

export const systemBus: Check = {
  name: "system-bus",
  title: "the bus of the system",
  examine: (machine) => {
    const socket = /^unix:path=([^,;]+)/.exec(machine.environment.get("DBUS_SYSTEM_BUS_ADDRESS") ?? "")?.[1] ?? "/run/dbus/system_bus_socket";
    const found = listening(machine, socket);
    return { state: found === "listens" ? "good" : "weaker", key: `doctor.system-bus-${found}`, values: { socket } };
  },
};
