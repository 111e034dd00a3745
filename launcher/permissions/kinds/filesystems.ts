// filesystems=: places of the host. Says which place becomes visible how; plan/arrange.ts resolves links, checks reserved places and decides the nesting.
import type { HostFacts } from "../../host/facts.ts";
import { userFolderVariable } from "../../host/user-folders.ts";
import type { Problem } from "../../manifest/origin.ts";
import type { RunInputs } from "../../plan/inputs.ts";
import type { Operation } from "../../plan/plan.ts";
import { MAIN_SPACE, spaceAt } from "../../plan/spaces.ts";
import { becauseOf, problemAt, walkFacts } from "../granted.ts";
import { type Contribution, type Exposure, NOTHING, type PermissionKind } from "../kind.ts";
import type { FilesystemMode, FilesystemPermission, Permissions } from "../permissions.ts";
import { placeOfLocation, WIDE_WORDS } from "./filesystem-places.ts";
import { contributePipewire, pipewireSocketName } from "./pipewire-socket.ts";
import { hostTrees, hostTreeQueries } from "./host-trees.ts";

/** Entries of `/` that `host` does not expose: the sandbox has its own (Flatpak's list). */
const NOT_WITH_HOST: ReadonlySet<string> = new Set([
  "app",
  "bin",
  "boot",
  "dev",
  "efi",
  "etc",
  "lib",
  "lib32",
  "lib64",
  "libx32",
  "proc",
  "root",
  "run",
  "sbin",
  "sys",
  "tmp",
  "usr",
  "var",
]);
/** Private folders that stand for the base directories, for `xdg-config/SUB` and its like. */
const PRIVATE_BASES: ReadonlyMap<string, string> = new Map([
  ["xdg-config", "config"],
  ["xdg-data", "data"],
  ["xdg-cache", "cache"],
]);

export const filesystems: PermissionKind = {
  key: "filesystems",
  name: "*",
  words: "Reads, or reads and changes, the named folders and files.",
  risk: "medium",
  absent: "notice",
  absentGroup: null,
  facts: (inputs) => {
    const { permissions, caller } = inputs;
    const paths = [...permissions.filesystems.values()].flatMap(({ location }) => placeOfLocation(location, caller) ?? []);
    if (permissions.filesystems.size > 0) paths.push(caller.home, caller.runtimeDirectory);
    const host = modeOf(permissions, "host") !== "none";
    return {
      paths: [...paths, ...hostTreeQueries(permissions), ...(host ? ["/run/media", "/"] : [])],
      folders: host ? [{ path: "/", looking: [""] }] : [],
    };
  },
  contribute: (inputs, facts) => {
    const { permissions } = inputs;
    if (permissions.filesystems.size === 0) return NOTHING;
    const refused = refusedForRoot(inputs);
    if (refused.length > 0) return { problems: refused };
    const exposures: Exposure[] = [];
    const notices: Problem[] = [];
    const granted = new Map<string, Contribution>();
    for (const permission of permissions.filesystems.values()) {
      if (permission.location === "host" && permission.mode !== "none") exposures.push(...exposeHost(permission, facts));
      else if (permission.location === "home" || permission.location === "home-all") exposures.push(...exposeHome(permission, inputs));
      else if (!WIDE_WORDS.has(permission.location)) {
        const path = placeOfLocation(permission.location, inputs.caller);
        const pipewire = path === null || permission.mode === "none" ? null : pipewireSocketName(path, inputs.caller);
        if (path !== null && pipewire !== null) granted.set(pipewire, granted.get(pipewire) ?? contributePipewire(permission, path, pipewire, inputs, facts));
        else exposures.push(...exposePlace(permission, inputs, facts, notices));
      }
    }
    const sockets = [...granted.values()];
    const trees = hostTrees(permissions, facts);
    const operations: readonly Operation[] = trees.operations;
    const contribution: Contribution = {
      exposures: [...exposures, ...trees.exposures],
      operations: [...operations, ...sockets.flatMap((one) => one.operations ?? [])],
      buses: sockets.flatMap((one) => one.buses ?? []),
      environment: new Map(sockets.flatMap((one) => [...(one.environment ?? [])])),
      lowerLevels: sockets.flatMap((one) => one.lowerLevels ?? []),
      notices: [...notices, ...sockets.flatMap((one) => one.notices ?? [])],
    };
    return contribution;
  },
};

function modeOf(permissions: Permissions, word: string): FilesystemMode {
  return permissions.filesystems.get(word)?.mode ?? "none";
}

function visible(mode: FilesystemMode): "ro" | "rw" | "hide" {
  return mode === "create" ? "rw" : mode === "none" ? "hide" : mode;
}

function exposeHome(permission: FilesystemPermission, { caller }: RunInputs): readonly Exposure[] {
  if (permission.mode === "none") return [];
  return [{ path: caller.home, mode: visible(permission.mode), space: MAIN_SPACE, because: becauseOf(permission, "the home folder") }];
}

function exposeHost(permission: FilesystemPermission, facts: HostFacts): readonly Exposure[] {
  const names = (facts.folders.get("/") ?? []).filter((name) => !NOT_WITH_HOST.has(name));
  return [...names.map((name) => `/${name}`), "/run/media"].map((path) => ({
    path,
    mode: visible(permission.mode),
    space: MAIN_SPACE,
    because: becauseOf(permission, "the host's files"),
  }));
}

function exposePlace(permission: FilesystemPermission, inputs: RunInputs, facts: HostFacts, notices: Problem[]): readonly Exposure[] {
  const { location, mode } = permission;
  const path = placeOfLocation(location, inputs.caller);
  if (path === null) {
    if (mode !== "none") notices.push(problemAt(permission.origin, "notice", "plan.no-such-place", { location, variable: userFolderVariable(location) }));
    return [];
  }
  const because = becauseOf(permission, mode === "none" ? "taken out of what is visible" : "a folder or file of the host");
  const exposures: Exposure[] = [{ path, mode: visible(mode), space: MAIN_SPACE, because }];
  // Programs look for xdg-config/SUB in their private XDG_CONFIG_HOME, so it appears there too (Flatpak does the same).
  const slash = location.indexOf("/");
  const base = slash > 0 ? PRIVATE_BASES.get(location.slice(0, slash)) : undefined;
  const end = base === undefined || mode === "none" ? null : walkFacts(path, facts);
  if (base !== undefined && end !== null && (end.end?.type === "directory" || end.end?.type === "file")) {
    const inside = `${inputs.caller.home}/.var/app/${inputs.manifest.id}/${base}${location.slice(slash)}`;
    exposures.push({ path, mode: visible(mode), space: spaceAt(end.real, inside), because });
  }
  return exposures;
}

/** uid 0 inside is uid 0 of the files outside: a writable host would be no sandbox at all. */
function refusedForRoot({ permissions, caller }: RunInputs): readonly Problem[] {
  if (caller.uid !== 0) return [];
  return ["host", "host-etc", "host-root", "host-os"].flatMap((word) => {
    const permission = permissions.filesystems.get(word);
    if (permission === undefined || permission.mode === "none" || permission.mode === "ro") return [];
    return [problemAt(permission.origin, "error", "plan.root-writable-host", { location: word })];
  });
}
