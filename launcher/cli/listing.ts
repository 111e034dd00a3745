// What every command that lists has in common: `--columns`, `--columns=help`, `--json`, and a table where neither is given.
import { allValues, type Invocation, isGiven, type Outcome, OWN_FAILURE_STATUS, type Surroundings } from "./command.ts";
import { chooseColumns, type Column, renderColumnHelp, renderJson, renderTable } from "./table.ts";

export const COLUMNS_OPTION = { flags: "--columns <LIST>", summary: "which columns, separated by commas: `all`, `help`, or names" } as const;

export type Listing<Row> =
  /** `empty`: what a reader is told where there are no rows. */
  | { readonly kind: "rows"; render(rows: readonly Row[], empty?: string): string }
  /** The answer already: the help of the columns, or what is wrong with those that were asked for. */
  | { readonly kind: "outcome"; readonly outcome: Outcome };

export function listingOf<Row>(
  columns: readonly Column<Row>[],
  invocation: Invocation,
  { stdoutIsTerminal }: Pick<Surroundings, "stdoutIsTerminal">,
): Listing<Row> {
  const lists = allValues(invocation, "columns");
  if (lists.includes("help")) return { kind: "outcome", outcome: { status: 0, output: renderColumnHelp(columns), problems: [] } };
  const choice = chooseColumns(columns, lists);
  if ("problem" in choice) return { kind: "outcome", outcome: { status: OWN_FAILURE_STATUS, output: "", problems: [choice.problem] } };
  return {
    kind: "rows",
    render: (rows, empty = "") => {
      if (isGiven(invocation, "json")) return renderJson(rows, choice.chosen);
      return rows.length === 0 ? empty : renderTable(rows, choice.chosen, stdoutIsTerminal);
    },
  };
}
