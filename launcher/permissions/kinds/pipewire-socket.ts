// A grant of PipeWire's own socket (`xdg-run/pipewire-0`, as Flatpak's manifests say it). Whoever has that socket has the server load a library of his (a node
// factory takes `library.name`, tried with 0.3.65 and WirePlumber's rules for sandboxes): it leads out of the sandbox. So the app gets a socket of ours, behind which
// a filter of the protocol stands; the server's own, and those beside it, only where the user accepted the lower level.
import type { Caller, HostFacts } from "../../host/facts.ts";
import type { RunInputs } from "../../plan/inputs.ts";
import { becauseOf, problemAt, walkFacts } from "../granted.ts";
import { type Contribution, NOTHING } from "../kind.ts";
import type { FilesystemPermission } from "../permissions.ts";
import { soundPolicy } from "./sound-policy.ts";

const LOWER_LEVEL = "pipewire-plain-socket";
const FOLDER = "/run/flatpak";
/** The one that the filter is for. */
const FILTERED = "pipewire-0";

/** The socket's name: `pipewire-0`, `pipewire-0-manager`. Null for every other place. */
export function pipewireSocketName(path: string, { runtimeDirectory }: Caller): string | null {
  const match = /^(.*)\/(pipewire-[^/]+)$/.exec(path);
  return match !== null && match[1] === runtimeDirectory ? (match[2] as string) : null;
}

/** It lies where PipeWire's clients look inside, whatever the host's runtime directory is called. */
export function contributePipewire(permission: FilesystemPermission, path: string, name: string, inputs: RunInputs, facts: HostFacts): Contribution {
  const walk = walkFacts(path, facts);
  if (walk.end?.type !== "socket") return NOTHING;
  const accepted = inputs.permissions.acceptedLowerLevels.get(LOWER_LEVEL);
  if (accepted === undefined && name !== FILTERED) {
    return { notices: [problemAt(permission.origin, "notice", "plan.pipewire-not-given", { path, level: LOWER_LEVEL })] };
  }
  const because = becauseOf(permission, accepted === undefined ? "PipeWire, through a filter of its protocol" : "PipeWire's own socket, as it is");
  const place = `${FOLDER}/${name}`;
  const shared: Contribution = { environment: new Map([["PIPEWIRE_RUNTIME_DIR", { value: `/run/user/${inputs.caller.uid}`, because }]]) };
  const link = { kind: "symlink", target: `../../flatpak/${name}`, to: `/run/user/${inputs.caller.uid}/${name}`, because } as const;
  if (accepted === undefined) {
    return {
      ...shared,
      operations: [{ kind: "listen", name: "pipewire", to: place, because }, link],
      buses: [{ name: "pipewire", address: walk.real, source: walk.end, policy: soundPolicy(inputs) }],
    };
  }
  return {
    ...shared,
    operations: [{ kind: "bind", from: walk.real, to: place, source: walk.end, access: "ro", because }, link],
    lowerLevels: [{ name: LOWER_LEVEL, because: { reason: "the server obeys whoever has its socket", origin: accepted } }],
  };
}
