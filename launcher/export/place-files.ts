// Carries an export out: puts an app's files in place where nothing of somebody else is in the way, and takes away what is ours.
import type { Addon } from "../../native/addon.ts";
import { errorAt, failure, noticeAt, type Problem, type Result, success } from "../manifest/door.ts";
import { EXPORT_KINDS, type ExportFolder, type ExportKind, type ExportPlaces, pathOf } from "./places.ts";
import type { OpenRecords } from "./record-file.ts";
import { type ExportRecord, hashOf, isUnchanged } from "./records.ts";
import type { Launcher } from "./rewrite-exec.ts";
import { openTargetFolder, type TargetFolder } from "./target-folder.ts";
import type { WantedFile } from "./wanted-files.ts";

export interface Placed {
  readonly kind: ExportKind;
  readonly path: string;
  readonly changed: boolean;
}

/** All of an app's files or none, but where the disk itself fails. Every file is recorded before it is written, so that a killed export can be taken back. */
export function placeFiles(
  wanted: readonly WantedFile[],
  launcher: Launcher,
  manifestFile: string,
  places: ExportPlaces,
  open: OpenRecords,
  addon: Addon,
): Result<readonly Placed[]> {
  const folders = openFolders(places, new Set(wanted.map((file) => file.kind)), addon);
  if (!folders.ok) return folders;
  try {
    const plans = wanted.map((file) => planFile(file, launcher, manifestFile, folders.value.get(file.kind) as TargetFolder, open.records));
    const problems = plans.flatMap((plan) => ("problem" in plan ? [plan.problem] : []));
    const ready = plans.flatMap((plan) => ("record" in plan ? [plan] : []));
    if (problems.length > 0) return failure(...problems);
    const others = open.records.filter((record) => !ready.some((plan) => plan.record.path === record.path));
    const announced = open.save([...others, ...ready.map((plan) => plan.record)]);
    if (announced !== null) return failure(announced);
    for (const { file, record, folder } of ready) {
      if (record.replaced === record.sha256) continue;
      const problem = folder.write(file.name, file.text, modeOf(file.kind));
      if (problem !== null) return failure(problem);
    }
    const settled = open.save([...others, ...ready.map(({ record }) => ({ ...record, replaced: null }))]);
    if (settled !== null) return failure(settled);
    return success(ready.map(({ record }) => ({ kind: record.kind, path: record.path, changed: record.replaced !== record.sha256 })));
  } finally {
    for (const folder of folders.value.values()) folder.close();
  }
}

/** What was changed since is told, stays, and is no longer ours. */
export function removeFiles(records: readonly ExportRecord[], places: ExportPlaces, open: OpenRecords, addon: Addon): Result<readonly Placed[]> {
  const removed: Placed[] = [];
  const notices: Problem[] = [];
  const stuck: Problem[] = [];
  const kept: ExportRecord[] = [];
  for (const record of records) {
    const outcome = removeFile(record, places, addon);
    if (outcome === "removed" || outcome === "absent") removed.push({ kind: record.kind, path: record.path, changed: outcome === "removed" });
    else if (outcome.severity === "notice") notices.push(outcome);
    else {
      stuck.push(outcome);
      kept.push(record);
    }
  }
  const saved = open.save([...open.records.filter((record) => !records.includes(record)), ...kept]);
  if (saved !== null) stuck.push(saved);
  return stuck.length > 0 ? failure(...stuck, ...notices) : success(removed, notices);
}

type PlannedFile = { readonly file: WantedFile; readonly record: ExportRecord; readonly folder: TargetFolder } | { readonly problem: Problem };

function planFile(file: WantedFile, launcher: Launcher, manifest: string, folder: TargetFolder, records: readonly ExportRecord[]): PlannedFile {
  const path = pathOf(folder.folder, file.name);
  const known = records.find((record) => record.path === path) ?? null;
  const found = folder.read(file.name);
  const refuse = (key: string): PlannedFile => ({ problem: errorAt({ file: path, line: 0, column: 0 }, key, { app: known?.app ?? launcher.id }) });
  const sha256 = hashOf(file.text);
  const present = found.kind === "file" ? hashOf(found.bytes) : null;
  if (found.kind === "foreign") return refuse("export.in-the-way");
  if (known !== null && known.app !== launcher.id && present !== null) return refuse("export.of-other-app");
  // Word for word what would be written bears our mark: it is ours, though the list was lost.
  if (present !== null && present !== sha256 && known === null) return refuse("export.in-the-way");
  if (present !== null && present !== sha256 && known !== null && !isUnchanged(known, present)) return refuse("export.changed");
  return {
    file,
    folder,
    record: { app: launcher.id, kind: file.kind, path, sha256, replaced: present, source: file.source, tsbox: launcher.tsbox, manifest },
  };
}

function removeFile(record: ExportRecord, places: ExportPlaces, addon: Addon): "removed" | "absent" | Problem {
  const place = { file: record.path, line: 0, column: 0 };
  const name = record.path.split("/").at(-1) ?? "";
  const target = folderOf(record, name, places);
  if (target === null) return noticeAt(place, "export.kept");
  const folder = openTargetFolder(target, null, addon);
  if (folder === "absent") return "absent";
  if (!folder.ok) return folder.problems[0] as Problem;
  try {
    const found = folder.value.read(name);
    if (found.kind === "absent") return "absent";
    if (found.kind === "foreign" || !isUnchanged(record, hashOf(found.bytes))) return noticeAt(place, "export.kept");
    return folder.value.remove(name) ?? "removed";
  } finally {
    folder.value.close();
  }
}

/** Where it was written, though the caller's variables may name another place by now. */
function folderOf(record: ExportRecord, name: string, places: ExportPlaces): ExportFolder | null {
  const { beneath } = places.folders[record.kind];
  const end = `/${beneath}/${name}`;
  return name !== "" && record.path.startsWith("/") && record.path.endsWith(end) ? { base: record.path.slice(0, -end.length) || "/", beneath } : null;
}

function openFolders(places: ExportPlaces, kinds: ReadonlySet<ExportKind>, addon: Addon): Result<ReadonlyMap<ExportKind, TargetFolder>> {
  const open = new Map<ExportKind, TargetFolder>();
  for (const kind of EXPORT_KINDS.filter((one) => kinds.has(one))) {
    // Shared folders get the mode that the caller's umask leaves.
    const folder = openTargetFolder(places.folders[kind], 0o777, addon);
    if (folder === "absent") throw new Error("a folder that is made is not absent");
    if (folder.ok) open.set(kind, folder.value);
    else {
      for (const one of open.values()) one.close();
      return folder;
    }
  }
  return success(open);
}

function modeOf(kind: ExportKind): number {
  return kind === "shim" ? 0o755 : 0o644;
}
