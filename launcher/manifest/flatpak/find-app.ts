// The app that Flatpak installed under an id, as a manifest: its metadata is one.
import { namesIn } from "../folder-names.ts";
import type { Manifest } from "../manifest.ts";
import type { Result } from "../origin.ts";
import { parseManifest } from "../parse-manifest.ts";
import type { FlatpakPlaces } from "../places.ts";
import { errorAt, failure } from "../problem.ts";
import { readRegularFile } from "../regular-file.ts";
import { parseAppId } from "../app-id.ts";
import { currentApp } from "./deployed.ts";
import { flatpakInstallations } from "./installations.ts";

/** In the first installation that has it. */
export function findInstalledApp(places: FlatpakPlaces, id: string): Result<Manifest> | "absent" {
  for (const installation of flatpakInstallations(places)) {
    const installed = currentApp(installation, id);
    if (installed === null) continue;
    const file = `${installed.folder}/metadata`;
    const read = readRegularFile(file);
    if (read.kind === "absent") continue;
    if (read.kind === "refused") return failure(errorAt({ file, line: 0, column: 0 }, read.key, { system: read.system }));
    const parsed = parseManifest({ file, bytes: read.bytes, from: "flatpak", expectedId: id, programFolder: `${installed.folder}/files` });
    return parsed.ok ? { ...parsed, value: { ...parsed.value, installed } } : parsed;
  }
  return "absent";
}

/** Whether Flatpak has an app of that id, by one look at each installation. */
export function isInstalledByFlatpak(places: FlatpakPlaces, id: string): boolean {
  return flatpakInstallations(places).some((installation) => currentApp(installation, id) !== null);
}

export function installedIds(places: FlatpakPlaces): readonly string[] {
  const ids = flatpakInstallations(places).flatMap((installation) =>
    namesIn(`${installation.folder}/app`).filter((id) => parseAppId(id).ok && currentApp(installation, id) !== null),
  );
  return [...new Set(ids)].sort();
}

/** Flatpak's own overrides, lowest first: the system's count for apps of a system installation alone (flatpak-override(1)). */
export function flatpakOverrideFiles(places: FlatpakPlaces, installed: { readonly installation: string; readonly id: string }): readonly string[] {
  const pair = (folder: string): readonly string[] => [`${folder}/overrides/global`, `${folder}/overrides/${installed.id}`];
  return [...(installed.installation === "user" ? [] : pair(places.system)), ...pair(places.user)];
}
