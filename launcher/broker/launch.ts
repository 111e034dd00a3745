// One launch from the finished plan to the end of its instance: directory, plan to the front, sockets to the bus process, and the cleaning up.
import type { FrontRequest } from "../../native/front-protocol.ts";
import { InstanceError, type OpenedInstance, openInstance, releaseInstance, removeInstance, sweepAppDirectory } from "../instance/door.ts";
import type { Problem } from "../manifest/origin.ts";
import { messagesFor } from "../messages/messages.ts";
import { renderProblems } from "../messages/render.ts";
import { type Plan, takesPlaces } from "../plan/door.ts";
import { watchOrphans } from "./orphans.ts";
import { type Broker, logPath, runProblem, strangersFolder } from "./broker.ts";
import { recordFollowed } from "./follow-binds.ts";
import { describeFailure, failureStatus } from "./failure.ts";
import type { FrontLink, FrontReport } from "./front-link.ts";
import { systemText } from "./system-text.ts";
import { prepareServing, type Serving } from "./serving.ts";
import type { Part } from "./sub-sandboxes.ts";
import { NOTHING_PREPARED, ownProblem, type PreparedLaunch, prepareLaunch } from "./prepare-launch.ts";
import type { RunEncoding } from "./run-encoding.ts";
import { renderTiming, type Timing } from "./timing.ts";
import { watchEnd } from "./watch-end.ts";

const OWN_FAILURE = 125;
const LATE_MILLISECONDS = 200;

export interface ReadyRun {
  readonly plan: Plan;
  readonly notices: readonly Problem[];
  readonly timing: Timing;
  readonly printTiming: boolean;
  readonly encoding: RunEncoding;
  /** Asks the buses why the app may not start. */
  whyNot(): Promise<Problem | undefined>;
  /** Index of the app in the request's words. */
  readonly appAt: number;
  /** It is a part of an app that runs. */
  readonly part?: Part | undefined;
  /** Keeps the plan for the next such request; undefined where it is kept already or cannot be. */
  readonly remember?: (() => void) | undefined;
}

/**
 * Starts a planned run for the front at `link`. The front builds the sandbox while the buses answer and a bus process comes up; the app waits for both.
 * INVARIANT: an app with buses starts only when there is a bus process to serve it; otherwise it would meet a silence that nobody explains.
 */
export function startLaunch(broker: Broker, link: FrontLink, run: ReadyRun, request: FrontRequest): void {
  if (run.plan.followed.length === 0 && !run.plan.operations.some(({ kind }) => kind === "x11-stranger")) {
    launchNow(broker, link, run, request, NOTHING_PREPARED);
    return;
  }
  const over = broker.launches.begin();
  prepareLaunch(broker, run.plan)
    .then((prepared) => launchNow(broker, link, run, request, prepared))
    .catch((error: Error) => {
      const problem = ownProblem(broker, error);
      link.write(2, renderProblems([problem], messagesFor(request.environment)));
      link.exit(OWN_FAILURE);
      broker.tellUser(request, [problem]);
    })
    .finally(over);
}

function launchNow(broker: Broker, link: FrontLink, run: ReadyRun, request: FrontRequest, prepared: PreparedLaunch): void {
  const { stranger, unfollow, notices } = prepared;
  const isCancelled = run.part?.isCancelled() === true;
  if (isCancelled && !link.closed) link.exit(OWN_FAILURE);
  const instance = isCancelled || link.closed ? undefined : openOrRefuse(broker, link, run, request);
  if (instance === undefined) {
    unfollow();
    stranger?.revoke().catch(() => {});
    return;
  }
  recordFollowed(instance.directory, run.plan.followed);
  const over = broker.launches.begin();
  const state: LaunchState = {
    broker,
    link,
    run,
    request,
    stranger,
    unfollow,
    notices,
    instance,
    over,
    serving: undefined,
    sandboxed: false,
    ended: false,
    refused: false,
  };
  link.onReport((report) => receive(state, report));
  try {
    stranger?.record(strangersFolder(broker.runtimeDirectory), instance.id);
  } catch (error) {
    endInstance(state);
    throw error;
  }
  const payload = run.encoding.payloadFor(instance, stranger?.file);
  run.timing.mark("instance and encoding");
  link.plan(payload);
  // A front that is gone by now has ended it already.
  if (state.ended) return;
  letStart(state).catch((error: Error) => refuse(state, runProblem("run.internal", { detail: error.message, log: logPath(broker.runtimeDirectory) })));
  broker.log.note("launch", { app: run.plan.appId, instance: instance.id });
}

/** Undefined where it cannot be: then the sandbox is ended as soon as it stands. Made after GO, while the front builds. */
function servingOf({ broker, run, instance, request }: LaunchState): Serving | null | undefined {
  try {
    return prepareServing(broker, run, instance, request);
  } catch (error) {
    broker.log.note("serving", { instance: instance.id, detail: (error as Error).message });
    return undefined;
  }
}

async function letStart(state: LaunchState): Promise<void> {
  const { broker, run } = state;
  const needsBus = run.plan.buses.length > 0 && !broker.bus.connected;
  let problem = await run.whyNot();
  run.timing.mark("buses");
  if (problem === undefined && needsBus) {
    problem = await whyBusProcessMissing(broker);
    run.timing.mark("bus process");
  }
  if (state.ended) return;
  if (problem !== undefined) return refuse(state, problem);
  go(state);
  // A front that is gone when it is told has ended it.
  if (!state.ended) state.serving = servingOf(state);
}

async function whyBusProcessMissing(broker: Broker): Promise<Problem | undefined> {
  try {
    await broker.bus.ready();
    return undefined;
  } catch (error) {
    return ownProblem(broker, error as Error);
  }
}

function go({ broker, link, run, request, instance, notices: ofLaunch }: LaunchState): void {
  const notices = [...run.notices, ...ofLaunch];
  // Most starts say nothing, and load no texts.
  const said = notices.length === 0 ? "" : renderProblems(notices, messagesFor(request.environment));
  const head = said + (run.printTiming ? renderTiming(run.timing) : "");
  if (head !== "") link.write(2, head);
  link.go();
  // Nobody waits for these.
  setImmediate(() => {
    if (notices.length > 0) broker.tellUser(request, notices);
    run.remember?.();
  });
  setTimeout(() => {
    run.encoding.keep(instance);
    broker.plans.keep();
  }, LATE_MILLISECONDS).unref();
}

/** The front ends all that it built. What it may tell of that is nobody's business by now: first the instance goes, so that nothing is left once the caller knows. */
function refuse(state: LaunchState, problem: Problem): void {
  const { broker, link, request } = state;
  state.refused = true;
  endInstance(state);
  link.write(2, renderProblems([problem], messagesFor(request.environment)));
  link.exit(OWN_FAILURE);
  broker.tellUser(request, [problem]);
}

interface LaunchState extends PreparedLaunch {
  readonly broker: Broker;
  readonly link: FrontLink;
  readonly run: ReadyRun;
  readonly request: FrontRequest;
  readonly instance: OpenedInstance;
  readonly over: () => void;
  /** Undefined before GO, before which a front hands nothing over, and where nobody could serve the app; null where nobody has to, or the sandbox stands. */
  serving: Serving | null | undefined;
  /** The front has said that the sandbox stands. */
  sandboxed: boolean;
  ended: boolean;
  /** The front was told so, and why. */
  refused: boolean;
  /** Takes it from the living. */
  forget?: () => void;
}

function openOrRefuse(broker: Broker, link: FrontLink, run: ReadyRun, request: FrontRequest): OpenedInstance | undefined {
  try {
    return openInstance(broker.addon, { runtimeDirectory: broker.runtimeDirectory, appId: run.plan.appId, identity: run.plan.identity });
  } catch (error) {
    if (!(error instanceof InstanceError)) throw error;
    const problem = runProblem("run.instance-make", { path: error.path, system: systemText(error.code) });
    link.write(2, renderProblems([problem], messagesFor(request.environment)));
    link.exit(OWN_FAILURE);
    return undefined;
  }
}

function receive(state: LaunchState, report: FrontReport): void {
  const { broker, link, run, instance } = state;
  switch (report.kind) {
    case "sandbox":
      adopt(state, report);
      return;
    case "exited":
      broker.log.note("exited", { app: instance.appId, instance: instance.id, status: report.status });
      return;
    case "failed": {
      if (state.refused) return;
      const problem = describeFailure(report, run.plan);
      broker.log.note("failed", { app: instance.appId, instance: instance.id, key: problem.key, values: problem.values });
      if (!state.sandboxed) endInstance(state);
      link.write(2, renderProblems([problem], messagesFor(state.request.environment)));
      link.exit(failureStatus(report));
      broker.tellUser(state.request, [problem]);
      return;
    }
    case "gone":
      // After SANDBOX the instance lives as long as its init, whatever the front does.
      if (!state.sandboxed) endInstance(state);
  }
}

/** Takes the sandbox's descriptors over: listening sockets, the connector's two sockets where there are buses, and the pidfd of its init last. */
function adopt(state: LaunchState, { descriptors, fields }: Extract<FrontReport, { kind: "sandbox" }>): void {
  const { broker, instance, run, serving } = state;
  const wanted = run.plan.buses.length > 0 ? run.plan.buses.length + 3 : 1;
  if (state.sandboxed || descriptors.length < wanted) {
    for (const descriptor of descriptors) broker.addon.close(descriptor);
    broker.log.note("sandbox refused", { instance: instance.id, descriptors: descriptors.length, wanted });
    return;
  }
  if (serving === undefined) {
    // Nobody could serve its buses: the descriptors go, and init with all inside.
    const init = Number(fields.find(([name]) => name === "child-pid")?.[1]);
    if (init > 1) process.kill(init, "SIGKILL");
    for (const descriptor of descriptors) broker.addon.close(descriptor);
    return;
  }
  state.sandboxed = true;
  state.serving = null;
  // First what the app may wait for.
  serving?.begin(descriptors.slice(0, -2));
  state.forget = broker.live.begin({
    ...instance,
    request: state.request,
    part: run.part,
    takesPlaces: takesPlaces(run.plan),
    buses: run.plan.buses,
    begun: run.timing.begun,
  });
  watchEnd(broker.addon, descriptors.at(-1) as number, () => endInstance(state));
  releaseInstance(instance);
  broker.events.started(instance.id, instance.appId, state.request);
  run.part?.started();
  if (serving === null) return;
  watchOrphans(broker, descriptors.at(-2) as number);
  const { portals } = serving;
  if (portals !== undefined) setImmediate(() => broker.portals.launched(instance.id, instance.appId, portals));
}

function endInstance(state: LaunchState): void {
  if (state.ended) return;
  state.ended = true;
  state.serving?.drop();
  state.forget?.();
  state.unfollow();
  // A server that is gone has forgotten it.
  state.stranger?.revoke().catch(() => {});
  const { broker, instance, run } = state;
  if (!state.sandboxed) releaseInstance(instance);
  else broker.events.ended(instance.id, instance.appId);
  try {
    removeInstance(broker.runtimeDirectory, instance.id);
    sweepAppDirectory(broker.addon, broker.runtimeDirectory, instance.appId);
  } catch (error) {
    // What cannot be removed now is swept at a later start.
    broker.log.note("not removed", { instance: instance.id, detail: (error as Error).message });
  }
  if (state.sandboxed && run.plan.buses.length > 0) broker.bus.send({ type: "close", instance: instance.id }, []).catch(() => {});
  broker.log.note("ended", { app: instance.appId, instance: instance.id });
  state.over();
}
