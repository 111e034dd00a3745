// `tsbox doctor`: is this machine fit for sandboxes, and what is to be done where it is not.
import { dirname } from "node:path";
import { CHECKS, type Check, type Finding, type Machine, readMachine } from "../doctor/door.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderHint, renderText } from "../messages/render.ts";
import { type Command, commandProblem, isGiven, type Outcome, refuse } from "./command.ts";
import { examineInstances, INSTANCE_JSON, namesInstance } from "./doctor-instance.ts";
import { listOf, orNull, record, renderShape, type ShapeType, TEXT, wordOf } from "./shape.ts";

const FOUND = record({ check: TEXT, title: TEXT, state: wordOf("good", "weaker", "bad"), code: TEXT, text: TEXT, fix: orNull(TEXT) });

/** Something is bad. */
const BAD_STATUS = 1;

export function doctorCommand(catalogue: () => string): Command {
  return {
    name: "doctor",
    summary: "examine this machine: what stands between it and a sandbox, and the fix; or what a running instance waits for",
    positionals: "[CHECK|INSTANCE|APP...]",
    options: [{ flags: "-j, --json", summary: "print JSON" }],
    optionsFirst: false,
    details: [
      "`good`, `weaker` (it works, with less protection than there could be) or `bad`. The status is 1 where something is bad.",
      "Without CHECK everything is examined.",
      "Of an instance, or of all instances of an app: what each of its processes is in, how many calls wait for answers on its buses, and which questions of our portals are open.",
    ],
    json: { doctor: listOf(FOUND), ...INSTANCE_JSON },
    answeredByBroker: false,
    answer: (invocation, surroundings) =>
      namesInstance(invocation)
        ? examineInstances(invocation, surroundings)
        : examine(invocation.positionals, isGiven(invocation, "json"), () =>
            readMachine(surroundings.environment, surroundings.runtimeDirectory, dirname(catalogue())),
          ),
  };
}

export function examine(names: readonly string[], json: boolean, machine: () => Machine, checks: readonly Check[] = CHECKS): Outcome {
  const unknown = names.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    const values = { name: unknown, names: checks.map((check) => check.name).join(", ") };
    return refuse(commandProblem("doctor.check-unknown", values));
  }
  const asked = machine();
  const rows = checks.filter((check) => names.length === 0 || names.includes(check.name)).map((check) => ({ check, finding: check.examine(asked) }));
  const status = rows.some(({ finding }) => finding.state === "bad") ? BAD_STATUS : 0;
  const output = json ? renderShape(listOf(FOUND), rows.map(asJson)) : rows.map(asText).join("");
  return { status, output, problems: [] };
}

interface Row {
  readonly check: Check;
  readonly finding: Finding;
}

function asText({ check, finding: { state, key, values } }: Row): string {
  const hint = renderHint(key, values, MESSAGES);
  return `${state.padEnd(6)} ${check.name}: ${renderText(key, values, MESSAGES)}${hint === null ? "" : `       fix: ${hint}\n`}`;
}

function asJson({ check, finding: { state, key, values } }: Row): ShapeType<typeof FOUND> {
  return { check: check.name, title: check.title, state, code: key, text: renderText(key, values, MESSAGES).trimEnd(), fix: renderHint(key, values, MESSAGES) };
}
