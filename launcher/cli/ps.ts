// `tsbox ps`: the instances that run, those of Flatpak among them.
import { hasEnded, listInstances, type RunningInstance } from "../instance/door.ts";
import { type Command, commandProblem, isGiven, lastValue, type Outcome, refuse, type Surroundings } from "./command.ts";
import { COLUMNS_OPTION, listingOf } from "./listing.ts";
import { type Column, renderJson, renderTable, shapeOfTable } from "./table.ts";
import { findWindowOwner, type WindowOwner } from "./window.ts";

const COLUMNS: readonly Column<RunningInstance>[] = [
  { name: "instance", title: "Instance", byDefault: true, value: (row) => row.id },
  { name: "pid", title: "PID", byDefault: true, value: (row) => String(row.pid ?? 0) },
  { name: "child-pid", title: "Child-PID", byDefault: false, value: (row) => String(row.childPid ?? 0) },
  { name: "application", title: "Application", byDefault: true, value: (row) => row.appId },
  { name: "arch", title: "Arch", byDefault: false, value: (row) => row.arch },
  { name: "branch", title: "Branch", byDefault: false, value: (row) => row.branch },
  { name: "runtime", title: "Runtime", byDefault: true, value: (row) => row.runtime },
];

const WINDOW_COLUMNS: readonly Column<WindowOwner>[] = [
  { name: "instance", title: "Instance", byDefault: true, value: ({ instance }) => instance.id },
  { name: "application", title: "Application", byDefault: true, value: ({ instance }) => instance.appId },
  { name: "window", title: "Window", byDefault: true, value: ({ window }) => `0x${window.toString(16)}` },
  { name: "pid", title: "PID", byDefault: true, value: ({ pid }) => String(pid) },
  { name: "pid-inside", title: "PID-Inside", byDefault: true, value: ({ pidInside }) => String(pidInside) },
];

async function answerWindow(raw: string | null, json: boolean, surroundings: Surroundings, runtimeDirectory: string): Promise<Outcome> {
  const found = await findWindowOwner(raw, surroundings, runtimeDirectory);
  if (!found.ok) return refuse(...found.problems);
  const rows = [found.value];
  return { status: 0, output: json ? renderJson(rows, WINDOW_COLUMNS) : renderTable(rows, WINDOW_COLUMNS, surroundings.stdoutIsTerminal), problems: [] };
}

export const psCommand: Command = {
  name: "ps",
  summary: "list running instances",
  positionals: "",
  options: [
    COLUMNS_OPTION,
    { flags: "-j, --json", summary: "print JSON" },
    { flags: "--window [ID]", summary: "the instance of this X11 window, or of the one under the pointer, and its process outside and inside" },
  ],
  optionsFirst: false,
  details: [],
  json: { ps: shapeOfTable(COLUMNS), "ps-window": shapeOfTable(WINDOW_COLUMNS) },
  answeredByBroker: true,
  answer(invocation, surroundings) {
    const listing = listingOf(COLUMNS, invocation, surroundings);
    if (listing.kind === "outcome") return listing.outcome;
    const { runtimeDirectory } = surroundings;
    if (runtimeDirectory !== null && isGiven(invocation, "window"))
      return answerWindow(lastValue(invocation, "window") ?? null, isGiven(invocation, "json"), surroundings, runtimeDirectory);
    if (surroundings.runtimeDirectory === null) return refuse(commandProblem("cli.no-runtime-directory", {}));
    const rows = listInstances(surroundings.addon(), surroundings.runtimeDirectory).filter((instance) => !hasEnded(instance));
    return { status: 0, output: listing.render(rows), problems: [] };
  },
};
