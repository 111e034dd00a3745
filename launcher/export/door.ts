// The door of launcher/export: wantedFiles says what an app's export consists of, placeFiles and removeFiles carry it out under withRecords.
export { type Checked, checkRecord, type Fault } from "./check.ts";
export { findInstalledProgram } from "./installed-program.ts";
export { type Placed, placeFiles, removeFiles } from "./place-files.ts";
export { type ExportPlaces, systemExportPlaces, userExportPlaces } from "./places.ts";
export { readRecords, withRecords } from "./record-file.ts";
export type { ExportRecord } from "./records.ts";
export { tellDesktop } from "./triggers.ts";
export { wantedFiles } from "./wanted-files.ts";
export { splitCommand } from "./command-words.ts";
export { entriesOfProgram, type HostFile, listHostFiles, textOf } from "./host-files.ts";
export { programOf } from "./program.ts";
