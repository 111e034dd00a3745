// All apps that have a manifest: which file counts for each, where it comes from, and which overrides speak about it.
import { lstatSync } from "node:fs";
import type { AppMemo } from "./app-memo.ts";
import { manifestFiles } from "./find.ts";
import { listIds, readManifest } from "./find-manifest.ts";
import { findInstalledApp } from "./flatpak/find-app.ts";
import type { Manifest } from "./manifest.ts";
import type { Problem, Result } from "./origin.ts";
import { overrideFiles } from "./override-files.ts";
import { manifestFolders, type Places } from "./places.ts";
import { readChosenSource } from "./source-choice.ts";

/** Whose manifest it is. */
export type ManifestOwner = "user" | "system" | "catalogue" | "file" | "flatpak";

export interface ListedApp {
  readonly id: string;
  readonly command: string | null;
  readonly runtime: string;
  readonly file: string;
  readonly from: ManifestOwner;
  /** Files of overrides for this app alone. */
  readonly overrides: readonly string[];
}

/** In the order of the ids. A manifest that cannot be read is no app; its problems say why. `memo`: rows of earlier looks. */
export function knownApps(places: Places, memo?: AppMemo<ListedApp>): { readonly apps: readonly ListedApp[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const apps: ListedApp[] = [];
  const ids = listIds(places);
  memo?.expect(ids);
  for (const id of ids) {
    let installed: ListedApp | null = null;
    const row = (): ListedApp | null => {
      const read = readFirst(places, id);
      if (read === "absent") return null;
      if (!read.ok) {
        problems.push(...read.problems);
        return null;
      }
      const { command, runtime, file } = read.value;
      const app = { id, command: command?.value ?? null, runtime: runtime.value, file, from: ownerOf(read.value, places), overrides: overridesOf(places, id) };
      if (app.from !== "flatpak") return app;
      installed = app;
      return null;
    };
    const app = (memo === undefined ? row() : memo.of(id, row)) ?? installed;
    if (app !== null) apps.push(app);
  }
  memo?.save();
  return { apps, problems };
}

function readFirst(places: Places, id: string): Result<Manifest> | "absent" {
  if (readChosenSource(places, id) !== "flatpak") {
    for (const file of manifestFiles(places, id)) {
      const read = readManifest(file, id);
      if (read !== "absent") return read;
    }
  }
  return findInstalledApp(places.flatpak, id);
}

export function ownerOf({ file, installed }: Pick<Manifest, "file" | "installed">, places: Places): ManifestOwner {
  if (installed !== null) return "flatpak";
  const folders = manifestFolders(places);
  const at = folders.findIndex((folder) => file.startsWith(`${folder}/`) && !file.slice(folder.length + 1).includes("/"));
  if (at < 0) return "file";
  return at === 0 ? "user" : at === folders.length - 1 ? "catalogue" : "system";
}

/** Only those of this one app: the global ones speak about every app alike. */
function overridesOf(places: Places, id: string): readonly string[] {
  return overrideFiles(places, id).flatMap(({ layer, file }) => (layer.endsWith("-app") && exists(file) ? [file] : []));
}

function exists(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
