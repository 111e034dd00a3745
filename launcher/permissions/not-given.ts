// Permissions that Flatpak knows and this tsbox does not give yet. A grant of one is not given and told in one line; a denial of one is held by itself. Data.
import type { Problem } from "../manifest/origin.ts";
import { isWanted, problemAt } from "./granted.ts";
import type { Permissions } from "./permissions.ts";

type ListKey = "sockets" | "devices" | "features";

interface NotGiven {
  readonly key: ListKey;
  readonly name: string;
  /** What the app has to do without. */
  readonly words: string;
}

export const NOT_GIVEN: readonly NotGiven[] = [
  { key: "sockets", name: "inherit-wayland-socket", words: "a Wayland connection passed by the caller" },
  { key: "features", name: "multiarch", words: "programs of the 32-bit architecture" },
  { key: "features", name: "per-app-dev-shm", words: "shared memory among the instances of the app" },
];

/** One notice for each grant that is not given. */
export function noticesOfNotGiven(permissions: Permissions): readonly Problem[] {
  return NOT_GIVEN.flatMap(({ key, name, words }) => {
    const permission = permissions[key].get(name);
    return isWanted(permission) ? [problemAt(permission.origin, "notice", "plan.not-given", { permission: `${key}=${name}`, words })] : [];
  });
}
