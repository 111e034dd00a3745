// The sound server: PulseAudio's socket, which PipeWire serves too where its part for it runs.
import type { Check } from "../check.ts";
import { listening } from "../listening.ts";

export const sound: Check = {
  name: "sound",
  title: "the sound server",
  examine: (machine) => {
    const named = /^(?:\{[^}]*\})?unix:(\/[^ ]+)/.exec(machine.environment.get("PULSE_SERVER") ?? "")?.[1];
    const runtime = machine.runtimeDirectory ?? "/nonexistent";
    const socket = named ?? `${machine.environment.get("PULSE_RUNTIME_PATH") ?? `${runtime}/pulse`}/native`;
    if (listening(machine, socket) === "listens") return { state: "good", key: "doctor.sound", values: { socket } };
    if (listening(machine, `${runtime}/pipewire-0`) === "listens") return { state: "weaker", key: "doctor.sound-pipewire-alone", values: { socket } };
    return { state: "weaker", key: "doctor.no-sound", values: { socket } };
  },
};
