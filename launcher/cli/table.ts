// Listings: padded columns with a header on a terminal, tabs without one elsewhere, JSON on demand. Columns are chosen as Flatpak's `--columns` does.
import type { Problem } from "../manifest/origin.ts";
import { renderJsonText, renderOutsideText } from "../messages/render.ts";
import { commandProblem } from "./command.ts";
import { type Shape, TEXT } from "./shape.ts";

export interface Column<Row> {
  readonly name: string;
  readonly title: string;
  readonly byDefault: boolean;
  value(row: Row): string;
}

/** `lists`: each value of `--columns`. A name may be shortened while it is unique; `:s`, `:m`, `:e`, `:f` (where Flatpak shortens a cell) are taken and change nothing. */
export function chooseColumns<Row>(
  columns: readonly Column<Row>[],
  lists: readonly string[],
): { readonly chosen: readonly Column<Row>[] } | { readonly problem: Problem } {
  if (lists.length === 0) return { chosen: columns.filter((column) => column.byDefault) };
  const chosen: Column<Row>[] = [];
  for (const word of lists.flatMap((list) => list.split(","))) {
    const name = word.replace(/:[smef]$/, "");
    if (name === "all") {
      chosen.push(...columns);
      continue;
    }
    const exact = columns.filter((column) => column.name === name);
    const found = exact.length > 0 ? exact : columns.filter((column) => name !== "" && column.name.startsWith(name));
    if (found.length !== 1) {
      const names = (found.length > 1 ? found : columns).map((column) => column.name).join(", ");
      return { problem: commandProblem(found.length > 1 ? "cli.column-ambiguous" : "cli.column-unknown", { column: word, names }) };
    }
    chosen.push(found[0] as Column<Row>);
  }
  return { chosen };
}

export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], terminal: boolean): string {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => columns.map((column) => renderOutsideText(column.value(row))));
  if (!terminal) return cells.map((row) => `${row.join("\t")}\n`).join("");
  const lines = [columns.map((column) => column.title), ...cells];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] as string).length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, index) => cell.padEnd(widths[index] as number))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Keys as Flatpak makes them: the title in lower case, blanks as `_`. */
function keyOf({ title }: { readonly title: string }): string {
  return title.toLowerCase().replaceAll(" ", "_");
}

/** Of a listing: which of the columns are there, `--columns` says. */
export function shapeOfTable<Row>(columns: readonly Column<Row>[]): Shape<readonly Readonly<Record<string, string>>[]> {
  const properties = Object.fromEntries(columns.map((column) => [keyOf(column), TEXT.schema]));
  return { schema: { type: "array", items: { type: "object", properties, additionalProperties: false } } };
}

export function renderJson<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map((column) => [keyOf(column), column.value(row)])));
  return renderJsonText(objects, 2);
}

/** The answer to `--columns=help`. */
export function renderColumnHelp<Row>(columns: readonly Column<Row>[]): string {
  return columns.map((column) => `${column.name}\t${column.title}${column.byDefault ? " (default)" : ""}\n`).join("");
}
