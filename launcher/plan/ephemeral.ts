// `run --ephemeral`: the app's own folders are of this instance alone and go with it; nothing of earlier runs is seen, nothing of this one stays. Pure.
import type { HostFacts } from "../host/facts.ts";
import { walkFacts } from "../permissions/granted.ts";
import { appFolder, OWN_FOLDERS } from "./folders.ts";
import type { RunInputs } from "./inputs.ts";
import type { Operation } from "./plan.ts";
import { because, bindIfThere } from "./sources.ts";

const WHY = because("--ephemeral: the app's data goes with this instance");
/** Flatpak's names below /var, and where they lead. */
const IN_VAR = ["cache", "data", "config"] as const;

/** After the grants: a granted home has the folder of all apps covered, and this lies in the cover. */
export function ephemeralOperations(inputs: RunInputs, facts: HostFacts): readonly Operation[] {
  const folder = walkFacts(appFolder(inputs), facts).real;
  return [
    { kind: "tmpfs", to: folder, mode: 0o700, sizeBytes: null, because: WHY },
    ...OWN_FOLDERS.map((name): Operation => ({ kind: "directory", to: `${folder}/${name}`, mode: 0o700, because: WHY })),
    ...IN_VAR.map((name): Operation => ({ kind: "symlink", target: `${folder}/${name}`, to: `/var/${name}`, because: WHY })),
    { kind: "symlink", target: `${folder}/cache/tmp`, to: "/var/tmp", because: WHY },
    ...(inputs.manifest.deployment !== null
      ? []
      : bindIfThere("/var/cache/fontconfig", `${folder}/cache/fontconfig`, ["directory"], facts, "the host's ready-made font cache")),
  ];
}
