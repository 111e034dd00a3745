// What the broker does with one request: its own commands, or `not here`.
import { existsSync } from "node:fs";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { type Outcome, OWN_FAILURE_STATUS } from "../cli/command.ts";
import { mayBeListing } from "../cli/listing-lines.ts";
import type { Problem } from "../manifest/origin.ts";
import { messagesFor } from "../messages/messages.ts";
import { renderProblems } from "../messages/render.ts";
import { type Broker, logPath, runProblem } from "./broker.ts";
import type { FrontLink } from "./front-link.ts";
import { startLaunch } from "./launch.ts";
import type { ListingAnswer } from "./listings.ts";
import { type Launching, type Prepared, reuseRun } from "./reuse-run.ts";
import { TICKET_VARIABLE } from "./sub-sandboxes.ts";
import { now, startTiming } from "./timing.ts";

/** Commands that this process itself answers, or lines of them (launcher/cli/commands.ts, `brokerCommands`). */
export const ANSWERED_HERE: readonly string[] = ["run", "ps", "kill", "reload", "doctor"];
/** Commands that read the event log: all that happened is written before they look. */
const READ_EVENTS: readonly string[] = ["log", "why"];

/**
 * Answers every request, whatever happens: a front must never wait for nothing. Where a bus process will be needed and none is connected, it starts first:
 * its Node comes up on another processor while the plan is made here.
 */
export function answerRequest(broker: Broker, request: FrontRequest | undefined, link: FrontLink): void {
  if (request === undefined || broker.bus.connected || !willWantBus(request)) {
    answerNow(broker, request, link);
    return;
  }
  // A failure is told when it turns out that the bus process is needed.
  broker.bus.ready().catch(() => {});
  setImmediate(() => answerNow(broker, request, link));
}

/** A guess from the request alone; a wrong one costs time and nothing else. */
function willWantBus(request: FrontRequest): boolean {
  if (request.argv[0] !== "run" || request.argv.some((word) => word === "--no-session-bus" || word.startsWith("--dry-run"))) return false;
  return (request.environment.get("DBUS_SESSION_BUS_ADDRESS") ?? "") !== "" || existsSync(`${request.runtimeDirectory}/bus`);
}

function answerNow(broker: Broker, request: FrontRequest | undefined, link: FrontLink): void {
  try {
    if (request === undefined) refuse(link, undefined, [runProblem("run.request-malformed", { pid: String(process.pid) })]);
    else answerReadable(broker, request, link);
  } catch (error) {
    refuseFault(broker, request, link, error);
  }
}

function refuseFault(broker: Broker, request: FrontRequest | undefined, link: FrontLink, error: unknown): void {
  const detail = error instanceof Error ? error.message : String(error);
  broker.log.note("fault", { detail, stack: error instanceof Error ? error.stack : undefined });
  refuse(link, request, [runProblem("run.internal", { detail, log: logPath(broker.runtimeDirectory) })]);
}

function answerReadable(broker: Broker, request: FrontRequest, link: FrontLink): void {
  const foreign = whyForeign(broker, request);
  if (foreign !== undefined) {
    refuse(link, request, [foreign]);
    return;
  }
  if (mayBeListing(request.argv)) {
    answerListing(broker, request, link);
    return;
  }
  const [command = ""] = request.argv;
  if (READ_EVENTS.includes(command)) {
    answerReader(broker, link);
    return;
  }
  if (!ANSWERED_HERE.includes(command)) {
    link.notHere();
    return;
  }
  const namespaces: FrontLink["namespaces"] = (own) => link.namespaces(own);
  const launching = { addon: broker.addon, request, timing: startTiming(now), cache: broker.plans, namespaces };
  const known = command === "run" && !request.environment.has(TICKET_VARIABLE) ? reuseRun(launching) : undefined;
  if (known === undefined) answerLater(broker, launching, link);
  else follow(broker, request, known, link);
}

/** Beside the broker, or else by the command line: it may ask whatever could not be answered here again, as nothing was changed. */
function answerListing(broker: Broker, request: FrontRequest, link: FrontLink): void {
  const over = broker.launches.begin();
  // What is thrown on the way to a promise counts as what the promise throws: the launch that was begun must end.
  new Promise<ListingAnswer | null>((settle) => settle(broker.listings.answer(request)))
    .then((answer) => {
      if (link.closed) return;
      if (answer === null) link.notHere();
      else print(link, answer);
    })
    .catch((error: unknown) => {
      broker.log.note("listing", { detail: String(error) });
      link.notHere();
    })
    .finally(over);
}

/** Of no instance, so for what comes with the answer. */
function answerReader(broker: Broker, link: FrontLink): void {
  const over = broker.launches.begin();
  broker.bus
    .status("")
    .catch((error: unknown) => broker.log.note("bus process", { detail: String(error) }))
    .finally(() => {
      broker.events.flush();
      if (!link.closed) link.notHere();
      over();
    });
}

/** The broker must not leave while the answer is awaited. */
function answerLater(broker: Broker, launching: Launching, link: FrontLink): void {
  const over = broker.launches.begin();
  import("./answer-anew.ts")
    .then(({ answerAnew }) => answerAnew(broker, launching))
    .then((answer) => {
      if (link.closed) return;
      if (answer.kind === "not-here") link.notHere();
      else if (answer.kind === "outcome") finish(link, launching.request, answer.outcome);
      else follow(broker, launching.request, answer, link);
    })
    .catch((error: unknown) => refuseFault(broker, launching.request, link, error))
    .finally(over);
}

function follow(broker: Broker, request: FrontRequest, prepared: Prepared, link: FrontLink): void {
  if (prepared.kind === "refused") {
    refuse(link, request, prepared.problems);
    broker.tellUser(request, prepared.problems);
  } else if (prepared.kind === "printed") finish(link, request, { status: 0, output: prepared.text, problems: prepared.notices });
  else startLaunch(broker, link, prepared, request);
}

/** The plan is made of what the request says; but for whom, and where, is the broker's own. */
function whyForeign(broker: Broker, request: FrontRequest): Problem | undefined {
  if (request.uid !== broker.uid) return runProblem("run.request-foreign", { what: "user", found: String(request.uid), expected: String(broker.uid) });
  if (request.runtimeDirectory !== broker.runtimeDirectory) {
    return runProblem("run.request-foreign", { what: "runtime directory", found: request.runtimeDirectory, expected: broker.runtimeDirectory });
  }
  return undefined;
}

function finish(link: FrontLink, request: FrontRequest | undefined, outcome: Outcome): void {
  const errors = outcome.problems.length > 0 ? renderProblems(outcome.problems, messagesFor(request?.environment ?? new Map())) : "";
  print(link, { status: outcome.status, output: outcome.output, errors });
}

function print(link: FrontLink, { status, output, errors }: ListingAnswer): void {
  if (errors !== "") link.write(2, errors);
  if (output !== "") link.write(1, output);
  link.exit(status);
}

function refuse(link: FrontLink, request: FrontRequest | undefined, problems: readonly Problem[]): void {
  finish(link, request, { status: OWN_FAILURE_STATUS, output: "", problems });
}
