// What `tsbox override` prints: values to text, every outside character made safe for a terminal.
import { type OverrideReport, type PermissionLayer, readRegularFile, renderEntry, type Statement, subjectOf } from "../manifest/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderOutsideLines, renderText } from "../messages/render.ts";
import type { PermissionEntry } from "../permissions/entries.ts";
import { type Outcome, OWN_FAILURE_STATUS } from "./command.ts";
import { COUNT, listOf, orNull, record, renderShape, TEXT } from "./shape.ts";

export function renderNote(key: string, values: Readonly<Record<string, string>>): string {
  return renderText(key, values, MESSAGES);
}

/** The file as it is stored, also one that does not parse: whoever mends it must see it. Nothing where there is none. */
export function renderStored(file: string): Outcome {
  const read = readRegularFile(file);
  if (read.kind === "absent") return { status: 0, output: "", problems: [] };
  if (read.kind === "refused") {
    const problem = { key: read.key, file, line: 0, column: 0, values: { system: read.system }, severity: "error" } as const;
    return { status: OWN_FAILURE_STATUS, output: "", problems: [problem] };
  }
  const text = new TextDecoder().decode(read.bytes);
  return { status: 0, output: renderOutsideLines(text), problems: [] };
}

const ENTRIES = listOf(record({ subject: TEXT, text: TEXT, line: COUNT, column: COUNT }));
export const CHANGES = listOf(record({ at: TEXT, change: TEXT, before: orNull(TEXT), after: orNull(TEXT) }));
export const OVERRIDE_JSON = { "override-show": ENTRIES, "override-history": CHANGES };

/** Each entry, in the order of the file. */
export function renderLayerJson(layer: PermissionLayer): string {
  const rows = layer.entries.map((entry) => ({ subject: subjectOf(entry), text: renderEntry(entry), line: entry.origin.line, column: entry.origin.column }));
  return renderShape(ENTRIES, rows);
}

export function renderInForce(report: OverrideReport, missing: readonly PermissionEntry[]): string {
  const lines = missing.map((entry) => renderNote("override.no-entry", { file: report.file, subject: subjectOf(entry) }));
  if (!report.changed && missing.length === 0) lines.push(renderNote("override.unchanged", { file: report.file }));
  if (report.inForce.length > 0) lines.push(renderNote("override.starts", {}));
  for (const { subject, statement, remains, outvotedBy } of report.inForce) {
    if (statement === null) lines.push(renderNote("override.nobody", { subject }));
    else lines.push(renderNote(statement.origin.layer === "limit" ? "override.in-force-limit" : "override.in-force", valuesOf(statement)));
    for (const one of remains) lines.push(renderNote("override.remains", valuesOf(one)));
    for (const one of outvotedBy) lines.push(renderNote("override.outvoted", { ...valuesOf(one), app: one.origin.file.split("/").at(-1) ?? "" }));
  }
  return lines.join("");
}

function valuesOf({ text, origin }: Statement): Readonly<Record<string, string>> {
  return { text, place: `${origin.file}:${origin.line}` };
}
