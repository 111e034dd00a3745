// Which filter speaks for an app to which sound server.
import type { BusRequest, SoundName } from "../control.ts";
import { isSound } from "../control.ts";
import { PipewireConnection } from "../pipewire/connection.ts";
import { SoundConnection } from "../pulse/connection.ts";
import type { ProxiedSoundOptions } from "../pulse/proxied-sound.ts";

export const SOUND_PROTOCOLS: Readonly<Record<SoundName, ProxiedSoundOptions["serve"]>> = {
  pulse: (context, fd, closed) => new SoundConnection(context, fd, closed),
  pipewire: (context, fd, closed) => new PipewireConnection(context, fd, closed),
};

type PolicyRequest = Extract<BusRequest, { type: "policy" }>;

export function isAboutSound(request: PolicyRequest): request is Extract<PolicyRequest, { bus: SoundName }> {
  return isSound(request.bus);
}
