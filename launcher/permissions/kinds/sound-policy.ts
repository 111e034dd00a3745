// What an app may do with sound, by `[X-Tsbox Audio]`: the same for PulseAudio and for PipeWire's own socket.
import type { SoundPolicy } from "../../../dbus-proxy/pulse/policy.ts";
import type { RunInputs } from "../../plan/inputs.ts";
import type { AudioUse } from "../entries.ts";

/** What sound means where nobody says otherwise. */
const DEFAULTS: Readonly<Record<AudioUse, boolean>> = { playback: true, microphone: false, monitor: false };

export function soundPolicy({ manifest, permissions: { audio } }: RunInputs): SoundPolicy {
  const mayUse = (use: AudioUse): boolean => audio.get(use)?.granted ?? DEFAULTS[use];
  return { appId: manifest.id, playback: mayUse("playback"), microphone: mayUse("microphone"), monitor: mayUse("monitor") };
}
