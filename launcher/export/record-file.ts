// Reads and writes the list of exports on disk, under a lock: two exports at once would lose each other's files.
import type { Addon } from "../../native/addon.ts";
import { errorAt, failure, type Problem, type Result, success } from "../manifest/door.ts";
import { type ExportPlaces, pathOf, RECORD_FILE } from "./places.ts";
import { encodeRecords, type ExportRecord, parseRecords } from "./records.ts";
import { openTargetFolder, type TargetFolder } from "./target-folder.ts";

const LOCK_PATIENCE_MS = 5000;
const LOCK_PAUSE_MS = 10;

export interface OpenRecords {
  readonly records: readonly ExportRecord[];
  save(records: readonly ExportRecord[]): Problem | null;
}

/** Without a lock: for listing. */
export function readRecords(places: ExportPlaces, addon: Addon): Result<readonly ExportRecord[]> {
  const folder = openTargetFolder(places.state, null, addon);
  if (folder === "absent") return success([]);
  if (!folder.ok) return folder;
  try {
    return recordsIn(folder.value);
  } finally {
    folder.value.close();
  }
}

/** The folder itself is the lock. */
export async function withRecords<T>(places: ExportPlaces, addon: Addon, work: (open: OpenRecords) => Result<T>): Promise<Result<T>> {
  const folder = openTargetFolder(places.state, places.isSystem ? 0o755 : 0o700, addon);
  if (folder === "absent") throw new Error("a folder that is made is not absent");
  if (!folder.ok) return folder;
  try {
    const until = Date.now() + LOCK_PATIENCE_MS;
    while (!folder.value.tryLock()) {
      if (Date.now() > until) return failure(errorAt({ file: pathOf(places.state, RECORD_FILE), line: 0, column: 0 }, "export.locked"));
      await new Promise((wake) => setTimeout(wake, LOCK_PAUSE_MS));
    }
    const records = recordsIn(folder.value);
    if (!records.ok) return records;
    return work({
      records: records.value,
      save: (next) => folder.value.write(RECORD_FILE, encodeRecords(next), places.isSystem ? 0o644 : 0o600),
    });
  } finally {
    folder.value.close();
  }
}

function recordsIn(folder: TargetFolder): Result<readonly ExportRecord[]> {
  const found = folder.read(RECORD_FILE);
  if (found.kind === "absent") return success([]);
  const records = found.kind === "file" ? parseRecords(new TextDecoder().decode(found.bytes)) : null;
  return records === null ? failure(errorAt({ file: pathOf(folder.folder, RECORD_FILE), line: 0, column: 0 }, "export.records-broken")) : success(records);
}
