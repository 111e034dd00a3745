// What must exist on the host before it is probed: the app's own folders, what `:create` and `persistent` ask for, and the guarded places that an app could plant. Pure.
import { isBelow } from "../host/walk.ts";
import { becauseOf } from "../permissions/granted.ts";
import { hasHomeAccess, placeOfLocation } from "../permissions/kinds/filesystem-places.ts";
import { persistentPath } from "../permissions/kinds/persistent.ts";
import { bindsOf } from "./binds.ts";
import { allAppsFolder, appFolder, OWN_FOLDERS } from "./folders.ts";
import { followedPreparations } from "./followed-binds.ts";
import { collectGuards, type Guard } from "./guards.ts";
import type { RunInputs } from "./inputs.ts";
import type { Because, Preparation } from "./plan.ts";
import { because } from "./sources.ts";

export function collectPreparations(inputs: RunInputs): readonly Preparation[] {
  return [...ownFolders(inputs), ...persistentFolders(inputs), ...createdFolders(inputs), ...followedPreparations(inputs), ...guardedPlaces(inputs)];
}

function folder(path: string, why: Because, mode: number, beneath: string | null, failure: Preparation["failure"]): Preparation {
  return { path, kind: "directory", target: null, mode, because: why, beneath, failure };
}

function ownFolders(inputs: RunInputs): readonly Preparation[] {
  if (inputs.options.ephemeral) return [];
  const root = appFolder(inputs);
  return [
    folder(root, because("the app's own data"), 0o700, null, "stop"),
    ...OWN_FOLDERS.map((name) => folder(`${root}/${name}`, because("the app's own data"), 0o700, root, "stop")),
  ];
}

function persistentFolders(inputs: RunInputs): readonly Preparation[] {
  if (hasHomeAccess(inputs.permissions) || inputs.options.ephemeral) return [];
  const root = appFolder(inputs);
  return inputs.permissions.persistent.flatMap(({ path, origin }) => {
    const clean = persistentPath(path);
    return clean === null || clean === "" ? [] : [folder(`${root}/${clean}`, becauseOf({ origin }, "kept in the app's own data"), 0o700, root, "stop")];
  });
}

function createdFolders(inputs: RunInputs): readonly Preparation[] {
  const { permissions, caller, request } = inputs;
  return [...permissions.filesystems.values()].flatMap((permission) => {
    const path = permission.mode === "create" ? placeOfLocation(permission.location, caller) : null;
    // In the apps' data anything may be a link by now; nothing is made there but what the app's own folders are.
    if (path === null || isBelow(path, allAppsFolder(caller.home))) return [];
    return [folder(path, becauseOf(permission, "to be made where it is missing"), 0o777 & ~request.umask, writableAbove(path, inputs), "leave")];
  });
}

/** The nearest folder above that this app writes by another grant: below it a link may be the app's own, and nothing is made through one. */
function writableAbove(path: string, inputs: RunInputs): string | null {
  const roots = writableRoots(inputs).map((root) => (root === "/" ? inputs.caller.home : root));
  const above = roots.filter((root) => root !== path && isBelow(path, root));
  return above.sort((one, other) => other.length - one.length)[0] ?? null;
}

/** Only what a writable grant could reach; a grant that leads elsewhere by links is caught by the plan, which sees where it leads. */
function guardedPlaces(inputs: RunInputs): readonly Preparation[] {
  const roots = writableRoots(inputs);
  return collectGuards(inputs).flatMap((guard: Guard) => {
    if (guard.make === null || !roots.some((root) => guard.strength === "protected" || isBelow(guard.path, root))) return [];
    return [
      {
        path: guard.path,
        kind: guard.make.kind,
        target: guard.make.target,
        mode: guard.make.mode,
        because: guard.because,
        beneath: null,
        failure: "leave" as const,
      },
    ];
  });
}

function writableRoots(inputs: RunInputs): readonly string[] {
  const { permissions, caller } = inputs;
  const bound = bindsOf(inputs).flatMap(({ from, mode }) => (mode === "rw" ? [from] : []));
  const granted = [...permissions.filesystems.values()].flatMap(({ location, mode }) => {
    if (mode !== "rw" && mode !== "create") return [];
    if (location === "home" || location === "home-all") return [caller.home];
    if (location === "host" || location === "host-root") return ["/"];
    return placeOfLocation(location, caller) ?? [];
  });
  return [...bound, ...granted];
}
