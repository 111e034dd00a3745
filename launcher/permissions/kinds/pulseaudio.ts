// sockets=pulseaudio: the sound server through the filter of its protocol, never its socket: who has that can load code into the server. No /dev/snd beside it.
import { findSound, soundClientFiles, soundPaths } from "../../plan/sound-address.ts";
import { becauseOf, isGranted, isWanted, problemAt, walkFacts } from "../granted.ts";
import { type Contribution, NOTHING, type PermissionKind } from "../kind.ts";
import { soundPolicy } from "./sound-policy.ts";

const FOLDER = "/run/flatpak/pulse";
const SOCKET = `${FOLDER}/native`;
const CLIENT_FILE = `${FOLDER}/config`;
/** Shared memory would carry audio past the filter, and the server's own is behind it. */
const CLIENT_CONFIGURATION = "enable-shm=no\nautospawn=no\n";

export const pulseaudio: PermissionKind = {
  key: "sockets",
  name: "pulseaudio",
  words: "Plays sound; records from microphones or from other programs only where that is granted too.",
  risk: "low",
  absent: "notice",
  absentGroup: null,
  facts: (inputs) => (isWanted(inputs.permissions.sockets.get("pulseaudio")) ? { paths: soundPaths(inputs), texts: soundClientFiles(inputs) } : {}),
  contribute: (inputs, facts) => {
    const permission = inputs.permissions.sockets.get("pulseaudio");
    if (!isGranted(permission, inputs, facts)) return NOTHING;
    const sound = findSound(inputs, facts);
    if (sound.kind === "remote") return { absent: problemAt(permission.origin, "error", "plan.sound-not-local", { address: sound.address }) };
    const walk = soundPaths(inputs).includes(sound.path) ? walkFacts(sound.path, facts) : null;
    if (walk?.end?.type !== "socket") return { absent: problemAt(permission.origin, "error", "plan.sound-absent", { path: sound.path }) };
    const because = becauseOf(permission, "the sound server, through a filter of its protocol");
    const settings = becauseOf(permission, "shared memory with the sound server is off");
    const contribution: Contribution = {
      operations: [
        { kind: "listen", name: "pulse", to: SOCKET, because },
        { kind: "data", to: CLIENT_FILE, mode: 0o600, bytes: new TextEncoder().encode(CLIENT_CONFIGURATION), as: "bind-ro", because: settings },
        { kind: "symlink", target: "../../flatpak/pulse", to: `/run/user/${inputs.caller.uid}/pulse`, because },
      ],
      environment: new Map([
        ["PULSE_SERVER", { value: `unix:${SOCKET}`, because }],
        ["PULSE_CLIENTCONFIG", { value: CLIENT_FILE, because: settings }],
      ]),
      buses: [
        {
          name: "pulse",
          address: walk.real,
          source: walk.end,
          policy: soundPolicy(inputs),
        },
      ],
    };
    return contribution;
  },
};
