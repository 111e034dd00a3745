// host-os, host-etc, host-root (and `host`, which implies them): the host's system below /run/host. Pure.
import type { HostFacts } from "../../host/facts.ts";
import type { Because, Operation } from "../../plan/plan.ts";
import { spaceAt } from "../../plan/spaces.ts";
import { becauseOf, walkFacts } from "../granted.ts";
import type { Exposure } from "../kind.ts";
import type { FilesystemPermission, Permissions } from "../permissions.ts";

const SYSTEM_FOLDERS = ["/bin", "/lib", "/lib32", "/lib64", "/sbin"] as const;
const ETC_OF_THE_SYSTEM = ["/etc/ld.so.cache", "/etc/alternatives"] as const;

/** The word that grants a tree: its own, or `host`. */
function grantOf(permissions: Permissions, word: string): FilesystemPermission | null {
  for (const name of [word, "host"]) {
    const permission = permissions.filesystems.get(name);
    if (permission !== undefined && permission.mode !== "none") return permission;
  }
  return null;
}

/** The higher of the two decides, as in Flatpak. */
function rootMode(permissions: Permissions): "ro" | "rw" {
  const modes = ["host-root", "host"].map((word) => permissions.filesystems.get(word)?.mode ?? "none");
  return modes.some((mode) => mode === "rw" || mode === "create") ? "rw" : "ro";
}

export function hostTreeQueries(permissions: Permissions): readonly string[] {
  const paths: string[] = [];
  if (grantOf(permissions, "host-os") !== null) paths.push("/usr", ...SYSTEM_FOLDERS, ...ETC_OF_THE_SYSTEM);
  if (grantOf(permissions, "host-etc") !== null) paths.push("/etc");
  if (grantOf(permissions, "host-root") !== null) paths.push("/");
  return paths;
}

export function hostTrees(permissions: Permissions, facts: HostFacts): { readonly operations: readonly Operation[]; readonly exposures: readonly Exposure[] } {
  const operations: Operation[] = [];
  const bind = (path: string, because: Because): void => {
    const walk = walkFacts(path, facts);
    // Read-only whatever the word says: nobody but root could write there, and root is refused (a listed difference from Flatpak).
    if (walk.end?.type === "directory" || walk.end?.type === "file")
      operations.push({ kind: "bind", from: walk.real, to: `/run/host${path}`, source: walk.end, access: "ro", because });
  };
  const os = grantOf(permissions, "host-os");
  const etc = grantOf(permissions, "host-etc");
  if (os !== null) {
    const because = becauseOf(os, "the host's system, below /run/host");
    bind("/usr", because);
    for (const folder of SYSTEM_FOLDERS) {
      const fact = facts.paths.get(folder) ?? null;
      if (fact?.type === "symlink") operations.push({ kind: "symlink", target: (fact.target ?? "").replace(/^\//, ""), to: `/run/host${folder}`, because });
      else bind(folder, because);
    }
    if (etc === null) for (const path of ETC_OF_THE_SYSTEM) bind(path, because);
  }
  if (etc !== null) bind("/etc", becauseOf(etc, "the host's configuration, below /run/host"));
  const root = grantOf(permissions, "host-root");
  if (root === null) return { operations, exposures: [] };
  const because = becauseOf(root, "the host's whole tree, below /run/host");
  return { operations, exposures: [{ path: "/", mode: rootMode(permissions), space: spaceAt("/", "/run/host/root"), because }] };
}
