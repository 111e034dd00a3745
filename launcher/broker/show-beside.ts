// A file that is opened with an app of which one runs already is shown to that one too, at the same place: many programs hand over to it what they are asked to do.
import { instancesDirectory, listInstances, type RunningInstance } from "../instance/door.ts";
import type { Problem } from "../manifest/origin.ts";
import type { FollowedFile, Plan } from "../plan/door.ts";
import { type Broker, runProblem } from "./broker.ts";
import { readFollowed, recordFollowed } from "./follow-binds.ts";
import { watchEnd } from "./watch-end.ts";

type Parts = Pick<Broker, "addon" | "binds" | "installation" | "live" | "log" | "runtimeDirectory">;

/** Notices where one that runs cannot be shown it: one of an earlier broker's, which may be a part of the app, or one with `live=none`. INVARIANT: no part gets it. */
export async function showBeside(broker: Parts, { appId, followed }: Plan): Promise<readonly Problem[]> {
  const files = followed.filter(({ opened }) => opened !== null);
  if (files.length === 0) return [];
  const open = new Set(broker.live.openOf(appId));
  const beside = listInstances(broker.addon, broker.runtimeDirectory).filter((instance) => instance.appId === appId);
  const shown = await Promise.all(beside.map((instance) => open.has(instance.id) && showIn(broker, instance, files)));
  if (shown.every(Boolean)) return [];
  return files.map(({ path }) => ({ ...runProblem("run.opened-beside", { app: appId, path }), severity: "notice" as const }));
}

async function showIn(broker: Parts, { id, childPid }: RunningInstance, files: readonly FollowedFile[]): Promise<boolean> {
  const { addon, runtimeDirectory } = broker;
  const directory = `${instancesDirectory(runtimeDirectory)}/${id}`;
  const known = readFollowed(directory);
  const fresh = files.filter((file) => !known.some((one) => one.known === file.known));
  if (fresh.length === 0) return true;
  let pidfd = -1;
  let end = (): void => {};
  try {
    pidfd = addon.pidfdOpen(childPid as number);
    end = await broker.binds.begin(fresh);
    const { attachNow } = await import("../../portals/door.ts");
    const target = { id, origin: { environment: { XDG_RUNTIME_DIR: runtimeDirectory }, tsbox: broker.installation.binary } };
    for (const { stage, stageDev, stageIno, opened, writable } of fresh)
      await attachNow(target, stage, { dev: stageDev, ino: stageIno }, opened as string, writable ? "rw" : "ro");
  } catch (error) {
    broker.log.note("not shown beside", { instance: id, detail: (error as Error).message });
    end();
    if (pidfd >= 0) addon.close(pidfd);
    return false;
  }
  recordFollowed(directory, [...known, ...fresh]);
  watchEnd(addon, pidfd, end);
  return true;
}
