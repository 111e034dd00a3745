// What `tsbox instance` does to the things that go by an instance's id: data, overrides, exports, and what was written down of it.
import { renameSync, rmSync } from "node:fs";
import { openPermissionStore, openRecords, stateFolderOf } from "../../portals/kept.ts";
import { asideFolder, adoptedFile } from "../app-data/door.ts";
import { removeFiles, tellDesktop, withRecords } from "../export/door.ts";
import {
  type AppId,
  dataWriterFile,
  editOverride,
  keepChosenSource,
  keepDataWriter,
  noticeAt,
  NO_PLACE,
  errorAt,
  failure,
  parseKeyfile,
  type Problem,
  readChosenSource,
  readDataWriter,
  readRegularFile,
  resetOverride,
  type Result,
  success,
  namesIn,
} from "../manifest/door.ts";
import type { Surroundings } from "./command.ts";
import { type ExportSettings, exportPlacesOf } from "./export.ts";
import type { Viewer } from "./known-app.ts";
import { keepHistory, targetOf } from "./override-work.ts";

export interface InstanceWork {
  readonly viewer: Viewer;
  readonly surroundings: Surroundings;
  readonly settings: ExportSettings;
}

const lockOf =
  ({ surroundings }: InstanceWork) =>
  (descriptor: number): boolean =>
    surroundings.addon().flock(descriptor, true);

/** What was said for one instance alone, said for another one. Nothing where nothing was said. */
export async function copyOverride(work: InstanceWork, from: string, to: string): Promise<Result<null>> {
  const { places } = work.viewer;
  const read = readRegularFile(targetOf(places, from, false).file);
  if (read.kind === "absent") return success(null);
  if (read.kind === "refused") return failure(errorAt(NO_PLACE, read.key, { system: read.system }));
  const target = targetOf(places, to, false);
  const keyfile = parseKeyfile(target.file, read.bytes);
  if (!keyfile.ok) return keyfile;
  const done = await editOverride(target, () => keyfile.value, lockOf(work), keepHistory({ places, target }, `tsbox instance: as ${from}`));
  return done.ok ? success(null) : done;
}

/** Whose program wrote the data: the copy is opened by no other one. */
export function copyWriter({ viewer: { places } }: InstanceWork, from: AppId | string, to: string, source: "host" | "flatpak"): void {
  keepChosenSource(places, to, readChosenSource(places, from) ?? source);
  const writer = readDataWriter(places, from);
  if (writer !== null) keepDataWriter(places, to, writer);
}

/** Another instance of that name, one day, gets nothing that was allowed to this one. Answers what was exported of it. */
export async function forgetInstance(work: InstanceWork, id: string): Promise<Result<{ readonly exported: number; readonly notices: readonly Problem[] }>> {
  const { viewer, surroundings, settings } = work;
  const { places } = viewer;
  const target = targetOf(places, id, false);
  const reset = await resetOverride(target, lockOf(work), keepHistory({ places, target }, "tsbox instance: removed"));
  if (!reset.ok) return reset;
  for (const file of [`${places.state}/sources/${id}`, dataWriterFile(places, id), adoptedFile(places.state, id)]) rmSync(file, { force: true });
  const state = stateFolderOf(surroundings.environment);
  openPermissionStore(state).reset(id);
  const records = openRecords(state);
  for (const record of records.all()) {
    if (record.apps[id] === undefined) continue;
    const apps = Object.fromEntries(Object.entries(record.apps).filter(([app]) => app !== id));
    if (Object.keys(apps).length === 0) records.remove(record.id);
    else records.put({ ...record, apps });
  }
  forgetBinds(`${places.state}/binds/${id}`, asideFolder(places.state, `${id}.binds`));
  const addon = surroundings.addon();
  const elsewhere = await forgetByHost(work, id);
  const exports = exportPlacesOf(false, surroundings, settings.systemRoot);
  const done = await withRecords(exports, addon, (open) =>
    removeFiles(
      open.records.filter((record) => record.app === id),
      exports,
      open,
      addon,
    ),
  );
  if (!done.ok) return done;
  const kinds = new Set(done.value.filter(({ changed }) => changed).map(({ kind }) => kind));
  return success({ exported: done.value.length, notices: [...elsewhere, ...done.notices, ...tellDesktop(kinds, exports, surroundings.environment)] });
}

/** What its binds were followed by. A file that is left there differs from the host's, or is no longer bound, and may be all that is left of what the app wrote. */
function forgetBinds(folder: string, aside: string): void {
  const stages = namesIn(folder).filter((name) => !name.endsWith(".known"));
  if (stages.some((name) => namesIn(`${folder}/${name}`).length > 0)) renameSync(folder, aside);
  else rmSync(folder, { recursive: true, force: true });
}

/** Of the host's own portals. Where their store cannot be asked, the user hears that it keeps what it has. */
async function forgetByHost({ surroundings, viewer }: InstanceWork, id: string): Promise<readonly Problem[]> {
  const { forgetInHostStore } = await import("../../portals/kept.ts");
  try {
    await forgetInHostStore(surroundings.addon(), surroundings.environment, viewer.caller.uid, id);
    return [];
  } catch (error) {
    return [noticeAt(NO_PLACE, "instance.host-store", { app: id, detail: (error as Error).message })];
  }
}
