// `tsbox ps`: the instances that run, those of Flatpak among them.
import { listInstances, type RunningInstance } from "../instance/door.ts";
import { allValues, type Command, commandProblem, isGiven } from "./command.ts";
import { OWN_FAILURE_STATUS } from "./context.ts";
import { chooseColumns, type Column, renderColumnHelp, renderJson, renderTable } from "./table.ts";

const COLUMNS: readonly Column<RunningInstance>[] = [
  { name: "instance", title: "Instance", byDefault: true, value: (row) => row.id },
  { name: "pid", title: "PID", byDefault: true, value: (row) => String(row.pid ?? 0) },
  { name: "child-pid", title: "Child-PID", byDefault: false, value: (row) => String(row.childPid ?? 0) },
  { name: "application", title: "Application", byDefault: true, value: (row) => row.appId },
  { name: "arch", title: "Arch", byDefault: false, value: (row) => row.arch },
  { name: "branch", title: "Branch", byDefault: false, value: (row) => row.branch },
  { name: "runtime", title: "Runtime", byDefault: true, value: (row) => row.runtime },
];

export const psCommand: Command = {
  name: "ps",
  summary: "list running instances",
  positionals: "",
  options: [
    { flags: "--columns <LIST>", summary: "which columns, separated by commas: `all`, `help`, or names" },
    { flags: "-j, --json", summary: "print JSON" },
  ],
  optionsFirst: false,
  details: [],
  answeredByBroker: true,
  answer(invocation, surroundings) {
    const lists = allValues(invocation, "columns");
    if (lists.includes("help")) return { status: 0, output: renderColumnHelp(COLUMNS), problems: [] };
    const choice = chooseColumns(COLUMNS, lists);
    if ("problem" in choice) return { status: OWN_FAILURE_STATUS, output: "", problems: [choice.problem] };
    if (surroundings.runtimeDirectory === null) return { status: OWN_FAILURE_STATUS, output: "", problems: [commandProblem("cli.no-runtime-directory", {})] };
    const rows = listInstances(surroundings.addon(), surroundings.runtimeDirectory);
    const output = isGiven(invocation, "json") ? renderJson(rows, choice.chosen) : renderTable(rows, choice.chosen, surroundings.stdoutIsTerminal);
    return { status: 0, output, problems: [] };
  },
};
