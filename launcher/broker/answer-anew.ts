// What the broker does with a request that no remembered plan answers: parses the line, plans a run, or answers a command of its own. Loaded at the first such
// request, as most of the code of tsbox lies behind it (launcher/bundle.mjs gives it a bundle of its own).
import type { FrontRequest } from "../../native/front-protocol.ts";
import { type Command, isGiven, lastValue, type Outcome, OWN_FAILURE_STATUS, type Surroundings } from "../cli/command.ts";
import { brokerCommands } from "../cli/commands.ts";
import { parseCommandLine, type ParsedLine } from "../cli/program.ts";
import { type Broker, runProblem } from "./broker.ts";
import { prepareRun, type RunRequest } from "./prepare-run.ts";
import type { LiveInstance } from "./live.ts";
import type { Launching, Prepared } from "./reuse-run.ts";
import { now, startTiming } from "./timing.ts";
import { parseAppArgument } from "../manifest/door.ts";
import type { Result } from "../manifest/origin.ts";
import type { Plan } from "../plan/door.ts";
import { messagesFor } from "../messages/messages.ts";
import { type Part, TICKET_VARIABLE } from "./sub-sandboxes.ts";
import { TRY_VARIABLE } from "../try/door.ts";

export type Answer = Prepared | { readonly kind: "outcome"; readonly outcome: Outcome } | { readonly kind: "not-here" };

export function answerAnew(broker: Broker, launching: Launching): Answer | Promise<Answer> {
  const { request, timing } = launching;
  const commands = brokerCommands();
  const isRun = request.argv[0] === "run";
  if (!isRun && !commands.some((command) => command.name === request.argv[0])) return { kind: "not-here" };
  const line = parseCommandLine(request.argv, commands, () => messagesFor(request.environment));
  timing.mark("command line");
  // Of some commands the broker has a part only; the rest of it, and its help, are the command line's.
  const isOurs = commands.find(({ name }) => name === request.argv[0])?.isForBroker;
  if (isOurs !== undefined && (line.kind !== "command" || !isOurs(line.invocation))) return { kind: "not-here" };
  if (!isRun || line.kind !== "command") {
    const outcome = outcomeOf(broker, request, line);
    return outcome instanceof Promise ? outcome.then((settled) => ({ kind: "outcome", outcome: settled })) : { kind: "outcome", outcome };
  }
  // Bubblewrap is started by the command line itself: the front has nothing to obey then.
  if (lastValue(line.invocation, "backend") === "bwrap") return { kind: "not-here" };
  // With `--try` the command line waits for the end, and starts a front of its own, which names the folder that it made.
  const isOurTry = isGiven(line.invocation, "dry-run") || request.environment.has(TRY_VARIABLE) || request.environment.has(TICKET_VARIABLE);
  if (isGiven(line.invocation, "try") && !isOurTry) return { kind: "not-here" };
  const run = { ...launching, installation: broker.installation, invocation: line.invocation, appAt: line.positionalsFrom };
  const ticket = request.environment.get(TICKET_VARIABLE);
  return ticket === undefined ? prepareRun(run) : preparePart(run, broker.parts.take(ticket), commands);
}

/** The plan that the request of a running instance would get now. Nothing is made, asked for or kept. */
export async function planAnew(broker: Broker, { request, part }: Pick<LiveInstance, "request" | "part">): Promise<Result<Plan>> {
  const commands = brokerCommands();
  const line = parseCommandLine(request.argv, commands, () => messagesFor(request.environment));
  if (line.kind !== "command") return { ok: false, problems: line.kind === "problem" ? [line.problem] : [] };
  // Its file may lie where the app itself writes.
  const isByPath = parseAppArgument(line.invocation.positionals[0] ?? "", request.cwd).kind === "file";
  if (isByPath) return { ok: false, problems: [runProblem("reload.by-path", { app: line.invocation.positionals[0] ?? "" })] };
  const options = [...line.invocation.options, { name: "dry-run", value: null }];
  const launching = { addon: broker.addon, request, timing: startTiming(now), cache: broker.plans, namespaces: () => {} };
  const run = { ...launching, installation: broker.installation, invocation: { ...line.invocation, options }, appAt: line.positionalsFrom };
  const answer = await (part === undefined ? prepareRun(run) : preparePart(run, part, commands));
  if (answer.kind === "printed") return { ok: true, value: answer.plan, notices: answer.notices };
  return { ok: false, problems: answer.kind === "refused" ? answer.problems : [] };
}

/** Of its own line a part has what it is started with; all else is said by the line of the app's own start. */
const OF_ONE_START = new Set(["command", "cwd", "fd", "dry-run", "timing", "file-forwarding", "no-plan-cache"]);

function preparePart(run: RunRequest, part: Part | undefined, commands: readonly Command[]): Answer | Promise<Answer> {
  if (part === undefined) return { kind: "refused", problems: [runProblem("run.part-unknown", {})] };
  const line = parseCommandLine(["run", ...part.words, run.request.argv[run.appAt] as string], commands);
  if (line.kind !== "command") return { kind: "refused", problems: [runProblem("run.part-unknown", {})] };
  const isClosed = part.limits.closed !== null;
  const said = line.invocation.options.filter(({ name }) => !OF_ONE_START.has(name) && !(isClosed && name === "bind"));
  const options = [...said, ...run.invocation.options.filter(({ name }) => OF_ONE_START.has(name))];
  return prepareRun({ ...run, invocation: { ...run.invocation, options }, part });
}

function outcomeOf(broker: Broker, request: FrontRequest, line: ParsedLine): Outcome | Promise<Outcome> {
  if (line.kind === "text") return { status: 0, output: line.text, problems: [] };
  if (line.kind === "problem") return { status: OWN_FAILURE_STATUS, output: "", problems: [line.problem] };
  return line.command.answer(line.invocation, surroundingsOf(broker, request));
}

function surroundingsOf(broker: Broker, request: FrontRequest): Surroundings {
  return {
    environment: request.environment,
    workingDirectory: request.cwd,
    runtimeDirectory: broker.runtimeDirectory,
    stdoutIsTerminal: request.standard[1] === "tty",
    waits: async (instance) => ({ buses: await broker.bus.status(instance), portalRequests: await broker.portals.openRequests(instance) }),
    holdParts: (name) => broker.parts.hold(name),
    reload: (name) => broker.live.reload(name),
    addon: () => broker.addon,
  };
}
