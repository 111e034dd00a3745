// Reads overrides and limits of an app from where they lie, lowest layer first.
import { readdirSync } from "node:fs";
import { parseAppId } from "./app-id.ts";
import type { Deployed } from "./flatpak/deployed.ts";
import { flatpakOverrideFiles } from "./flatpak/find-app.ts";
import type { PermissionLayer } from "./layers.ts";
import { parseKeyfile } from "./keyfile.ts";
import type { LayerName, Problem, Result } from "./origin.ts";
import { parseLayer } from "./parse-layer.ts";
import { splitInstanceId } from "./named-instance.ts";
import { limitFolder, type Places, systemOverrideFolder, userOverrideFolder } from "./places.ts";
import { errorAt, failure, success } from "./problem.ts";
import { readRegularFile } from "./regular-file.ts";

/** Name of the file that speaks for every app. No id can be that: it has no dots. */
export const GLOBAL = "global";

export interface OverrideFile {
  readonly layer: LayerName;
  readonly file: string;
}

export interface OverrideLayers {
  /** Only files that are there. */
  readonly layers: readonly PermissionLayer[];
  readonly limits: readonly PermissionLayer[];
}

/** `id` null: only the global files. Of a named instance: what holds for its app, and above that its own, which no other instance reads. */
export function overrideFiles(places: Places, id: string | null): readonly OverrideFile[] {
  const instance = id === null ? null : splitInstanceId(id);
  if (instance !== null) return [...overrideFiles(places, instance.app), { layer: "instance", file: `${userOverrideFolder(places)}/${id}` }];
  const pair = (folder: string, global: LayerName, app: LayerName): OverrideFile[] => [
    { layer: global, file: `${folder}/${GLOBAL}` },
    ...(id === null ? [] : [{ layer: app, file: `${folder}/${id}` }]),
  ];
  return [...pair(systemOverrideFolder(places), "system-global", "system-app"), ...pair(userOverrideFolder(places), "user-global", "user-app")];
}

/** What limits an app limits each of its instances. */
export function limitFiles(places: Places, id: string | null): readonly OverrideFile[] {
  const folder = limitFolder(places);
  const app = id === null ? null : (splitInstanceId(id)?.app ?? null);
  return [GLOBAL, ...(app === null ? [] : [app]), ...(id === null ? [] : [id])].map((name) => ({ layer: "limit", file: `${folder}/${name}` }));
}

/** Files as they were read, for whoever asks about many apps at once: what is said for all of them is read once. */
export type KnownLayers = Map<string, Result<PermissionLayer> | "absent">;

/**
 * All that users and administrators said about an app. A file that is there and cannot be read or understood stops everything: it may hold a denial.
 * `installed`: of an app that Flatpak installed, whose own overrides come first.
 */
export function readOverrideLayers(places: Places, id: string | null, installed: Deployed | null = null, known?: KnownLayers): Result<OverrideLayers> {
  const problems: Problem[] = [];
  const notices: Problem[] = [];
  const read = (files: readonly OverrideFile[]): PermissionLayer[] =>
    files.flatMap(({ layer, file }) => {
      const one = known?.get(file) ?? readLayerFile(file, layer);
      known?.set(file, one);
      if (one === "absent") return [];
      if (!one.ok) {
        problems.push(...one.problems);
        return [];
      }
      notices.push(...one.notices);
      return [one.value];
    });
  const flatpaks = installed === null ? [] : flatpakOverrideFiles(places.flatpak, installed).map((file): OverrideFile => ({ layer: "flatpak-override", file }));
  const value = { layers: read([...flatpaks, ...overrideFiles(places, id)]), limits: read(limitFiles(places, id)) };
  return problems.length > 0 ? failure(...problems) : success(value, notices);
}

export function readLayerFile(file: string, layer: LayerName): Result<PermissionLayer> | "absent" {
  const read = readRegularFile(file);
  if (read.kind === "absent") return "absent";
  if (read.kind === "refused") return failure(errorAt({ file, line: 0, column: 0 }, read.key, { system: read.system }));
  const keyfile = parseKeyfile(file, read.bytes);
  return keyfile.ok ? parseLayer(keyfile.value, layer) : keyfile;
}

/** What single apps say that lies above a change for all apps: after a user's, the user's files; after the administrator's, those and the administrator's. */
export function readAppLayers(places: Places, above: "user-global" | "system-global"): readonly PermissionLayer[] {
  const folders: readonly [folder: string, layer: LayerName][] = [
    [userOverrideFolder(places), "user-app"],
    [systemOverrideFolder(places), "system-app"],
  ];
  return folders.slice(0, above === "user-global" ? 1 : 2).flatMap(([folder, layer]) =>
    namesIn(folder).flatMap((name) => {
      const read = readLayerFile(`${folder}/${name}`, layer);
      // One that does not parse stops its own app; here it only has nothing to say.
      return read !== "absent" && read.ok ? [read.value] : [];
    }),
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => parseAppId(name).ok)
      .sort();
  } catch {
    return [];
  }
}
