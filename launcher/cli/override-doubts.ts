// What an override says and this machine does not have by now: it is written all the same, since the place or the app may come, but a misspelt one would be silent for good.
import { existsSync } from "node:fs";
import { findManifest, type Problem } from "../manifest/door.ts";
import type { PermissionEntry } from "../permissions/entries.ts";
import { WIDE_WORDS } from "../permissions/kinds/filesystem-places.ts";
import { commandProblem } from "./command.ts";
import { readViewer } from "./known-app.ts";
import type { OverrideWork } from "./override-work.ts";

type PlaceOf = (location: string) => string | null;

/** Notices, in the order of the entries; what is said about the app comes first. */
export function doubtsAbout(work: OverrideWork, entries: readonly PermissionEntry[]): readonly Problem[] {
  const viewer = readViewer(work.surroundings, work.places.catalogue);
  // Without a home nothing can be looked for.
  if (!viewer.ok) return [];
  const { placeOf } = viewer.value;
  const found = entries.flatMap((entry) => doubtAbout(entry, placeOf, work.isSystem) ?? []);
  return [...aboutApp(work), ...found];
}

function aboutApp({ id, surroundings, places }: OverrideWork): readonly Problem[] {
  const found = id === null ? null : findManifest(id, surroundings.workingDirectory, places);
  const unknown = found === null || found.ok ? undefined : found.problems.find(({ key }) => key.startsWith("find.unknown-app"));
  if (unknown === undefined) return [];
  const { nearest } = unknown.values;
  return [notice(nearest === undefined ? "override.unknown-app" : "override.unknown-app-nearest", { app: id ?? "", nearest: nearest ?? "" })];
}

function doubtAbout(entry: PermissionEntry, placeOf: PlaceOf, isForAllUsers: boolean): Problem | null {
  if (entry.kind === "bind" && entry.from !== null)
    return isMissing(entry.from, placeOf, isForAllUsers) ? notice("override.bind-missing", { path: entry.from }) : null;
  if (entry.kind !== "filesystem" || entry.mode === "create" || WIDE_WORDS.has(entry.location)) return null;
  const { location, mode } = entry;
  if (!isMissing(location, placeOf, isForAllUsers)) return null;
  if (mode === "none") return notice("override.denied-missing", { location });
  return notice(isOfTheUser(location) && !location.startsWith("xdg-run/") ? "override.place-missing" : "override.place-missing-outside", { location });
}

/** Places of each user's own are there for one user and not for another. */
function isMissing(location: string, placeOf: PlaceOf, isForAllUsers: boolean): boolean {
  if (isForAllUsers && isOfTheUser(location)) return false;
  const path = placeOf(location);
  return path === null || !existsSync(path);
}

function isOfTheUser(location: string): boolean {
  return location.startsWith("~/") || location.startsWith("xdg-");
}

function notice(key: string, values: Readonly<Record<string, string>>): Problem {
  return { ...commandProblem(key, values), severity: "notice" };
}
