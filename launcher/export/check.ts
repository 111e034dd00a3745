import { isExecutable } from "./executable.ts";
import { readRegularFile } from "../manifest/door.ts";
import { type ExportRecord, hashOf, isUnchanged } from "./records.ts";

/** In the order in which they are told. */
export type Fault = "missing" | "changed" | "tsbox-gone" | "manifest-gone" | "source-gone" | "source-changed";

export interface Checked {
  readonly record: ExportRecord;
  /** None: all is well. */
  readonly faults: readonly Fault[];
}

export function checkRecord(record: ExportRecord): Checked {
  const file = readRegularFile(record.path);
  const source = record.source === null ? null : readRegularFile(record.source.path);
  const told: readonly (readonly [boolean, Fault])[] = [
    [file.kind === "absent", "missing"],
    [file.kind === "refused" || (file.kind === "read" && !isUnchanged(record, hashOf(file.bytes))), "changed"],
    [!isExecutable(record.tsbox), "tsbox-gone"],
    [readRegularFile(record.manifest).kind === "absent", "manifest-gone"],
    [source?.kind === "absent", "source-gone"],
    [source?.kind === "refused" || (source?.kind === "read" && hashOf(source.bytes) !== record.source?.sha256), "source-changed"],
  ];
  return { record, faults: told.flatMap(([holds, fault]) => (holds ? [fault] : [])) };
}
