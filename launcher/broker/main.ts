// The broker's entry: `node broker.cjs --runtime-dir=DIR --build=DIR [--idle-seconds=N]`, descriptor 3 the listening socket, 4 the status pipe.
// It keeps no descriptor, variable or directory of whoever started it.
import { closeSync, realpathSync, writeSync } from "node:fs";
import { connectBus } from "../../dbus-proxy/launch.ts";
import { type Addon, loadAddon } from "../../native/addon.ts";
import { followFiles } from "../host/door.ts";
import { followedFolder } from "../plan/door.ts";
import { isRunning, listInstances, sweepInstances } from "../instance/door.ts";
import { DEFAULT_SETTINGS, readSettings } from "../settings.ts";
import { createEventLog } from "../events/event-log.ts";
import { createAppEvents } from "./app-events.ts";
import { adoptInstances } from "./adopt.ts";
import { answerRequest } from "./answer.ts";
import { type Broker, runProblem, stateDirectory, strangersFolder } from "./broker.ts";
import { createBusLink } from "./bus-link.ts";
import { createBindFollower } from "./follow-binds.ts";
import { notifyUser } from "./host-bus.ts";
import { openFrontLink } from "./front-link.ts";
import { openKeptPlans } from "./kept-plans.ts";
import { createLaunches } from "./launches.ts";
import { createListings } from "./listings.ts";
import { createLiveInstances } from "./live.ts";
import { watchIdleness } from "./leaving.ts";
import { createLog } from "./log.ts";
import { createPlanCache } from "./plan-cache.ts";
import { resumeOrphan, watchOrphans } from "./orphans.ts";
import { revokeLeftStrangers } from "./stranger.ts";
import { serve } from "./server.ts";
import { noticeFor, notificationFor, showDialog } from "./tell-user.ts";
import { createPortals } from "./portals.ts";
import { createNoticeLimit } from "./notice-limit.ts";
import { createSubSandboxes, TICKET_VARIABLE } from "./sub-sandboxes.ts";
import { now } from "./timing.ts";

const LISTENER = 3;
const STATUS = 4;
const STANDARD_ERROR = 2;
/** Long enough that the app is up before the broker takes the processor for itself. */
const LATE_MILLISECONDS = 200;

interface Arguments {
  readonly runtimeDirectory: string;
  readonly build: string;
  /** Null: the settings say, or the default holds. */
  readonly idleSeconds: number | null;
}

function readArguments(argv: readonly string[]): Arguments {
  const value = (name: string): string | undefined => argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const runtimeDirectory = value("runtime-dir");
  const build = value("build");
  const idle = Number(value("idle-seconds") ?? Number.NaN);
  if (runtimeDirectory === undefined || build === undefined) throw new Error("usage: broker.cjs --runtime-dir=DIR --build=DIR");
  return { runtimeDirectory, build: realpathSync(build), idleSeconds: Number.isFinite(idle) && idle >= 0 ? idle : null };
}

function main(): void {
  const given = readArguments(process.argv.slice(2));
  const addon: Addon = loadAddon(`${given.build}/tsbox.node`);
  const folder = realpathSync(`${given.build}/..`);
  const installation = { binary: realpathSync(`${given.build}/tsbox`), folder, node: realpathSync(process.execPath) };
  const home = process.env["HOME"] ?? "";
  const log = createLog({ file: home.startsWith("/") ? `${home}/.local/state/tsbox/log` : null, descriptor: STANDARD_ERROR });
  const events = createAppEvents(createEventLog(), home);
  const parts = createSubSandboxes((instance) => isRunning(addon, given.runtimeDirectory, instance));
  const mayTell = createNoticeLimit(now);
  const portals = createPortals({
    addon,
    parts,
    uid: process.geteuid?.() ?? -1,
    bus: () => broker.bus,
    note: (event, values) => log.note(event, values),
  });
  const broker: Broker = {
    addon,
    installation,
    log,
    events,
    plans: createPlanCache(
      openKeptPlans({ addon, folder: `${stateDirectory(given.runtimeDirectory)}/plans`, made: [`${given.build}/broker-code.cjs`, installation.binary] }),
    ),
    parts,
    live: createLiveInstances({
      bus: () => broker.bus,
      planAnew: async (instance) => (await import("./answer-anew.ts")).planAnew(broker, instance),
      problem: (key) => runProblem(key, {}),
    }),
    portals,
    binds: createBindFollower(addon, (event, values) => log.note(event, values)),
    runtimeDirectory: given.runtimeDirectory,
    uid: process.geteuid?.() ?? -1,
    launches: createLaunches(now),
    listings: createListings({ addon, build: given.build, gid: process.getegid?.() ?? -1 }),
    bus: createBusLink({
      addon,
      connect: () => connectBus({ addon, runtimeDirectory: given.runtimeDirectory, build: given.build }),
      report: (report) => {
        if (report.type === "verdict") events.verdict(report);
        else if (report.type !== "portals-wanted") log.note("bus", { ...report });
        portals.report(report);
      },
      portal: (frame, descriptors) => portals.receive(frame, descriptors),
    }),
    tellUser: (request, problems) => {
      if (problems.some(({ severity }) => severity === "error")) events.startFailed(request, problems);
      const notice = noticeFor(request, problems);
      // What a part is started with is its app's text: the app shows its own failures.
      if (notice === null || request.environment.has(TICKET_VARIABLE) || !mayTell(notice.title)) return;
      const call = notificationFor(request, notice);
      const notified = call === null ? Promise.resolve(false) : notifyUser(`${given.build}/host-bus-worker.cjs`, call);
      void notified.then((taken) => log.note("notified", { taken, dialog: !taken && showDialog(request, notice) }));
    },
  };
  followFiles(followedFolder(given.runtimeDirectory), (detail) => log.note("not followed", { detail }));
  const revokeLeft = (): void => {
    const living = (): readonly string[] => listInstances(addon, given.runtimeDirectory).map(({ id }) => id);
    revokeLeftStrangers(strangersFolder(given.runtimeDirectory), living)
      .then((instances) => instances.length > 0 && log.note("strangers revoked", { instances }))
      .catch((error: Error) => log.note("strangers", { detail: error.message }));
  };
  const adopted = adoptInstances({ ...broker, adoptedEnded: revokeLeft });
  revokeLeft();
  if (adopted.length > 0) {
    log.note("adopted", { instances: adopted });
    // The bus process asks for the portals of apps that had some.
    broker.bus.ready().catch((error: Error) => log.note("bus process", { detail: error.message }));
  }
  const server = serve(addon, LISTENER, {
    now,
    whyRefused: (fd) => {
      const peer = addon.checkPeer(fd);
      return peer.ok ? undefined : peer.reason;
    },
    refused: (reason) => log.note("peer refused", { reason }),
    serve: (fd, done) =>
      openFrontLink(addon, fd, {
        request: (request, link) => {
          answerRequest(broker, request, link);
          setImmediate(() => afterAnswer());
        },
        orphan: (connector, orphans) => {
          resumeOrphan(broker, connector);
          watchOrphans(broker, orphans);
        },
        closed: done,
      }),
  });

  const idle = { milliseconds: (given.idleSeconds ?? DEFAULT_SETTINGS.idleSeconds) * 1000 };
  const leaving = watchIdleness({
    addon,
    server,
    now,
    runtimeDirectory: given.runtimeDirectory,
    launches: broker.launches,
    idleMilliseconds: () => idle.milliseconds,
    end: () => {
      broker.plans.keep();
      broker.bus.close();
      events.flush();
      process.exit(0);
    },
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => leaving.leaveNow());
  writeSync(STATUS, "ok\n");
  closeSync(STATUS);

  // Everything that no launch waits for: leftovers of ended instances, settings, the log's writer.
  let waiting = false;
  const afterAnswer = (): void => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      lateWork().catch((error: Error) => writeSync(STANDARD_ERROR, `tsbox broker: ${error.message}\n`));
    }, LATE_MILLISECONDS).unref();
  };
  const lateWork = async (): Promise<void> => {
    sweepInstances(addon, given.runtimeDirectory);
    const { settings, notices } = await readSettings(`${home}/.config/tsbox/config.ini`);
    idle.milliseconds = (given.idleSeconds ?? settings.idleSeconds) * 1000;
    await log.open(settings.logLevel);
    for (const notice of notices) log.note("settings", { key: notice.key, ...notice.values });
  };
}

main();
