// The app's own home: its folders, and the user's fonts, icons and themes, which every app may read (as in Flatpak). Pure.
import type { HostFacts } from "../host/facts.ts";
import { isBelow, type Walk } from "../host/walk.ts";
import type { Problem } from "../manifest/origin.ts";
import { problemAt, walkFacts } from "../permissions/granted.ts";
import { hasHomeAccess } from "../permissions/kinds/filesystem-places.ts";
import type { Exposure } from "../permissions/kind.ts";
import { ephemeralOperations } from "./ephemeral.ts";
import { allAppsFolder, appFolder, OWN_FOLDERS } from "./folders.ts";
import type { Guard } from "./guards.ts";
import { lookOperations, lookQueries } from "./host-looks.ts";
import type { RunInputs } from "./inputs.ts";
import { loginGuards } from "./login-set.ts";
import type { Operation } from "./plan.ts";
import { plantedLink, type Reach } from "./planted-links.ts";
import { protectedGuards } from "./protected-paths.ts";
import { deployedExtensions } from "./runtime-tree.ts";
import { because, bindIfThere } from "./sources.ts";
import { MAIN_SPACE } from "./spaces.ts";

/** Read by toolkits in the home itself. */
const LOOKS_IN_HOME = [".fonts", ".icons", ".themes"] as const;
/** Read below XDG_DATA_DIRS; XDG_DATA_HOME inside is the app's own. */
const LOOKS_IN_DATA = ["icons", "themes"] as const;
export const USER_SHARE = "/run/host/user-share";

export function homeQueries(inputs: RunInputs): readonly string[] {
  const { caller, manifest } = inputs;
  const folder = appFolder(inputs);
  return [
    caller.home,
    allAppsFolder(caller.home),
    folder,
    ...OWN_FOLDERS.map((name) => `${folder}/${name}`),
    ...LOOKS_IN_HOME.map((name) => `${caller.home}/${name}`),
    ...LOOKS_IN_DATA.map((name) => `${caller.dataHome}/${name}`),
    `${caller.dataHome}/fonts`,
    `${caller.configHome}/user-dirs.dirs`,
    ...(manifest.programFolder === null ? [] : [manifest.programFolder]),
    ...(manifest.deployment === null ? [] : lookQueries(inputs)),
  ];
}

export function homeExposures(inputs: RunInputs, facts: HostFacts): readonly Exposure[] {
  const folder = appFolder(inputs);
  const own: Exposure = { path: folder, mode: "rw", space: MAIN_SPACE, because: because("the app's own data") };
  const data = inputs.options.ephemeral ? [] : [own];
  // With the home itself granted they are there, and are not to become read-only.
  if (hasHomeAccess(inputs.permissions)) return data;
  const looks = LOOKS_IN_HOME.map((name) => `${inputs.caller.home}/${name}`).filter((path) => !leadsToGuarded(walkFacts(path, facts), inputs));
  const exposures = looks.map((path): Exposure => ({ path, mode: "ro", space: MAIN_SPACE, because: because("the user's fonts, icons and themes") }));
  return [...exposures, ...data];
}

/**
 * Fonts, icons and themes are given to every app without a question, so a link in their place must not lead to what nobody granted: an app that may write there
 * could have put it for itself or for another.
 */
export function leadsToGuarded(walk: Walk, inputs: RunInputs): boolean {
  const guarded = (): readonly Guard[] => [...protectedGuards(inputs), ...loginGuards(inputs)];
  return walk.links.length > 0 && guarded().some(({ path }) => isBelow(walk.real, path) || isBelow(path, walk.real));
}

/** Before the grants: the home must be there even where nothing of it is granted. */
export function homeFolder(inputs: RunInputs, facts: HostFacts): readonly Operation[] {
  return [{ kind: "directory", to: walkFacts(inputs.caller.home, facts).real, mode: 0o700, because: because("an empty home of this instance") }];
}

/** After the grants, as they lie in the app's own data. */
export function homeOperations(inputs: RunInputs, facts: HostFacts, reach: Reach): readonly Operation[] {
  const { caller, manifest } = inputs;
  const folder = walkFacts(appFolder(inputs), facts).real;
  const look = (from: string, to: string, type: "directory" | "file", reason: string): readonly Operation[] => {
    const walk = walkFacts(from, facts);
    return plantedLink(walk, reach) !== null || leadsToGuarded(walk, inputs) ? [] : bindIfThere(from, to, [type], facts, reason);
  };
  const looks = LOOKS_IN_DATA.flatMap((name) => look(`${caller.dataHome}/${name}`, `${USER_SHARE}/${name}`, "directory", "the user's icons and themes"));
  return [
    ...(inputs.options.ephemeral ? ephemeralOperations(inputs, facts) : []),
    ...(manifest.deployment === null ? looks : lookOperations(inputs, facts, reach)),
    ...look(`${caller.dataHome}/fonts`, `${folder}/data/fonts`, "directory", "the user's fonts, where fontconfig looks"),
    ...(hasHomeAccess(inputs.permissions)
      ? look(`${caller.configHome}/user-dirs.dirs`, `${folder}/config/user-dirs.dirs`, "file", "names of the user's folders")
      : []),
    ...(manifest.programFolder === null ? [] : bindIfThere(manifest.programFolder, "/app", ["directory"], facts, "the program that the manifest brings")),
    ...(manifest.deployment === null ? [] : deployedExtensions(manifest.deployment, facts)),
  ];
}

/** The app's folders must be what we made: a link in them was planted by an earlier run and could lead anywhere. */
export function homeProblems(inputs: RunInputs, facts: HostFacts): readonly Problem[] {
  if (inputs.options.ephemeral) return [];
  const folder = appFolder(inputs);
  const root = walkFacts(folder, facts);
  if (root.end?.type !== "directory") return [problemAt(null, "error", "plan.no-data-folder", { path: folder })];
  if (root.end.uid !== inputs.caller.uid && root.end.ino !== 0n) return [problemAt(null, "error", "plan.foreign-data-folder", { path: folder })];
  return OWN_FOLDERS.flatMap((name) => {
    const walk = walkFacts(`${folder}/${name}`, facts);
    const planted = walk.links.some((link) => isBelow(link.path, root.real));
    return walk.end?.type === "directory" && !planted ? [] : [problemAt(null, "error", "plan.data-folder-unusable", { path: `${folder}/${name}` })];
  });
}
