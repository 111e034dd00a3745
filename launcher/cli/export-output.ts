// What `tsbox export` and `tsbox unexport` print.
import type { Checked, ExportRecord, Placed } from "../export/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderText } from "../messages/render.ts";
import { listOf, record, renderShape, TEXT } from "./shape.ts";
import { type Column, renderJson, renderTable, shapeOfTable } from "./table.ts";

const COLUMNS: readonly Column<ExportRecord>[] = [
  { name: "application", title: "Application", byDefault: true, value: (row) => row.app },
  { name: "kind", title: "Kind", byDefault: true, value: (row) => row.kind },
  { name: "path", title: "Path", byDefault: true, value: (row) => row.path },
];

export function renderExports(records: readonly ExportRecord[], json: boolean, terminal: boolean): string {
  const rows = [...records].sort((one, other) => (one.app === other.app ? 0 : one.app < other.app ? -1 : 1));
  return json ? renderJson(rows, COLUMNS) : renderTable(rows, COLUMNS, terminal);
}

/** `changed`, `same`: the texts for a file that was touched, and for one that was not. */
export function renderPlaced(placed: readonly Placed[], changed: string, same: string): string {
  return placed.map((file) => renderText(file.changed ? changed : same, { path: file.path }, MESSAGES)).join("");
}

const CHECKED = listOf(record({ application: TEXT, kind: TEXT, path: TEXT, faults: listOf(TEXT) }));
export const EXPORT_JSON = { export: shapeOfTable(COLUMNS), "export-check": CHECKED };

/** JSON has each file, also those without a fault. */
export function renderChecked(checked: readonly Checked[], json: boolean): string {
  if (json) {
    const rows = checked.map(({ record, faults }) => ({ application: record.app, kind: record.kind, path: record.path, faults }));
    return renderShape(CHECKED, rows);
  }
  const lines = checked.flatMap(({ record, faults }) => {
    const values = { path: record.path, app: record.app, tsbox: record.tsbox, manifest: record.manifest, source: record.source?.path ?? "" };
    return faults.map((fault) => renderText(`export.fault-${fault}`, values, MESSAGES));
  });
  return lines.length > 0
    ? lines.join("") + renderText("export.mend", {}, MESSAGES)
    : renderText("export.all-well", { count: String(checked.length) }, MESSAGES);
}
