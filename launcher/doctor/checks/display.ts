// Wayland or X11: where this session draws.
import type { Check, Machine } from "../check.ts";
import { listening } from "../listening.ts";

export const display: Check = {
  name: "display",
  title: "where windows are drawn",
  examine: (machine) => {
    const wayland = waylandSocket(machine);
    if (wayland !== null && listening(machine, wayland) === "listens") return { state: "good", key: "doctor.wayland", values: { socket: wayland } };
    const shown = machine.environment.get("DISPLAY") ?? "";
    const number = /^(?:unix)?:(\d+)/.exec(shown)?.[1];
    if (number !== undefined) {
      const socket = `/tmp/.X11-unix/X${number}`;
      const listens = listening(machine, socket) === "listens" || listening(machine, `@${socket}`) === "listens";
      return listens
        ? { state: "good", key: "doctor.x11", values: { display: shown } }
        : { state: "weaker", key: "doctor.x11-dead", values: { display: shown, socket } };
    }
    if (wayland !== null && machine.environment.has("WAYLAND_DISPLAY")) return { state: "weaker", key: "doctor.wayland-dead", values: { socket: wayland } };
    return shown === "" ? { state: "weaker", key: "doctor.no-display", values: {} } : { state: "weaker", key: "doctor.x11-far", values: { display: shown } };
  },
};

function waylandSocket({ environment, runtimeDirectory }: Machine): string | null {
  const name = environment.get("WAYLAND_DISPLAY") ?? "wayland-0";
  if (name.startsWith("/")) return name;
  return runtimeDirectory === null ? null : `${runtimeDirectory}/${name}`;
}
