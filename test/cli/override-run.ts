// For tests: `tsbox override` from its command line to its output, in this process. Also a program of its own, so that tests can run several at once and kill them.
import { loadAddon } from "../../native/addon.ts";
import { overrideCommand } from "../../launcher/cli/override.ts";
import { isGiven } from "../../launcher/cli/command.ts";
import { assertPromisedJson } from "../support/json-schema.ts";
import { parseCommandLine } from "../../launcher/cli/program.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";
import { renderProblems } from "../../launcher/messages/render.ts";

export interface Ran {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** `argv` after `override`. `home` is the home folder; manifests shipped lie in `home/catalogue`. */
export async function runOverride(home: string, argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const line = parseCommandLine(["override", ...argv], [overrideCommand(() => `${home}/catalogue`)]);
  if (line.kind === "text") return { status: 0, output: line.text, errors: "" };
  if (line.kind === "problem") return { status: line.status, output: "", errors: renderProblems([line.problem], MESSAGES) };
  const outcome = await line.command.answer(line.invocation, {
    environment: new Map(Object.entries({ HOME: home, ...environment })),
    workingDirectory: home,
    runtimeDirectory: null,
    stdoutIsTerminal: false,
    addon: () => loadAddon(`${process.cwd()}/build/tsbox.node`),
  });
  if (isGiven(line.invocation, "json") && outcome.output !== "") assertPromisedJson(line.command, outcome.output);
  return { status: outcome.status, output: outcome.output, errors: renderProblems(outcome.problems, MESSAGES) };
}

/** `node override-run.js HOME COUNT ARG…`: runs the same line COUNT times; `%` in an argument is the number of the round. */
async function main([home = "", count = "1", ...argv]: readonly string[]): Promise<void> {
  for (let round = 0; round < Number(count); round += 1) {
    const ran = await runOverride(
      home,
      argv.map((word) => word.replaceAll("%", String(round))),
    );
    process.stdout.write(ran.output);
    process.stderr.write(ran.errors);
    process.exitCode = ran.status;
  }
}

if (process.argv[1]?.endsWith("override-run.js")) void main(process.argv.slice(2));
