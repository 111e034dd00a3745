// An id that two sources serve: the choice is remembered, and the data of one is never opened by a program of the other.
import { readdirSync } from "node:fs";
import type { RunLine } from "../cli/run.ts";
import {
  appOf,
  type AppSource,
  dataWriterOf,
  type FoundManifest,
  isInstalledByFlatpak,
  keepAccepted,
  keepChosenSource,
  keepDataWriter,
  type Manifest,
  ownerOf,
  type Places,
  type Problem,
  readAccepted,
  readChosenSource,
  readDataWriter,
} from "../manifest/door.ts";
import { allAppsFolder } from "../plan/door.ts";
import { runProblem } from "./broker.ts";

/** What stands in the way of this source, or null; then the choice is kept. `--dry-run` keeps nothing. */
export function sourceProblem(found: FoundManifest, line: RunLine, where: { readonly places: Places; readonly home: string }): Problem | null {
  const { id, installed, instanceOf } = found.manifest;
  const app = appOf(found.manifest);
  const source: AppSource = installed === null ? "host" : "flatpak";
  const chosen = readChosenSource(where.places, id);
  const folder = `${allAppsFolder(where.home)}/${id}`;
  if (chosen === source) return source === "host" ? manifestProblem(found.manifest, folder, line, where.places) : null;
  // Nobody wrote it down: where Flatpak has the app too, it was there without tsbox.
  const writer = chosen ?? (instanceOf === null && installed === null && isInstalledByFlatpak(where.places.flatpak, app) ? "flatpak" : source);
  if (writer !== source && holdsData(folder)) return runProblem("find.data-of-other", { folder, other: writer, id });
  const foreign = source === "host" ? manifestProblem(found.manifest, folder, line, where.places) : null;
  if (foreign === null && line.dryRun === null) keepChosenSource(where.places, id, source);
  return foreign;
}

/**
 * A manifest that was put into a folder of manifests is the app of its id; one that a path names is so only where no other one wrote the data.
 * INVARIANT: an instance stays with the manifest that made it, installed or not: what it left behind (data, an autostart entry) asks for that one's rights.
 */
function manifestProblem(manifest: Manifest, folder: string, { dryRun }: RunLine, places: Places): Problem | null {
  const { id, file, instanceOf } = manifest;
  const known = readDataWriter(places, id);
  const writer = dataWriterOf(manifest, places);
  if (known?.file === writer.file && known.isInstalled === writer.isInstalled) return null;
  const isForeign = writer.isInstalled ? instanceOf !== null && known?.isInstalled === false : instanceOf !== null || holdsData(folder);
  if (known !== null && isForeign) return runProblem("find.data-of-manifest", { folder, other: known.file, id, file });
  if (dryRun === null) keepDataWriter(places, id, writer);
  return null;
}

/** What others put on this machine is taken as it is at its first start; from then on it gains nothing that the user has not accepted. */
export function acceptFirst(manifest: Manifest, places: Places): void {
  const owner = ownerOf(manifest, places);
  // Where nothing can be kept, as on a read-only home, each start is the first.
  if ((owner === "system" || owner === "catalogue") && readAccepted(places, appOf(manifest)) === "absent") keepAccepted(places, manifest);
}

function holdsData(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}
