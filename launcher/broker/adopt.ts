// A new broker takes over the instances of one that was killed or left: it keeps them company until their init ends, and cleans up then.
import type { Addon } from "../../native/addon.ts";
import { HOST_RUNTIME, instancesDirectory, listInstances, removeInstance, type RunningInstance, sweepAppDirectory } from "../instance/door.ts";
import { type BindFollower, readFollowed } from "./follow-binds.ts";
import type { Launches } from "./launches.ts";
import { watchEnd } from "./watch-end.ts";

export interface AdoptionParts {
  readonly addon: Addon;
  readonly runtimeDirectory: string;
  readonly launches: Launches;
  readonly binds: BindFollower;
  /** An instance that lived when it was taken over has ended. */
  readonly adoptedEnded: () => void;
}

/** Answers the ids of those that live. Called before the first request is served, so that none of this broker's own is among them. */
export function adoptInstances(parts: AdoptionParts): readonly string[] {
  const found = listInstances(parts.addon, parts.runtimeDirectory).filter((instance) => instance.runtime === HOST_RUNTIME && instance.childPid !== null);
  return found.filter((instance) => adopt(parts, instance)).map((instance) => instance.id);
}

function adopt(parts: AdoptionParts, instance: RunningInstance): boolean {
  const { addon } = parts;
  let pidfd: number;
  try {
    pidfd = addon.pidfdOpen(instance.childPid as number);
  } catch {
    // Its init has ended already.
    cleanUp(parts, instance);
    return false;
  }
  const over = parts.launches.begin();
  const files = readFollowed(`${instancesDirectory(parts.runtimeDirectory)}/${instance.id}`);
  // One whose folder is another one by now is followed by nobody.
  const following = parts.binds.begin(files).catch(() => () => {});
  watchEnd(addon, pidfd, () => {
    void following.then((end) => end());
    cleanUp(parts, instance);
    parts.adoptedEnded();
    over();
  });
  return true;
}

function cleanUp(parts: AdoptionParts, instance: RunningInstance): void {
  try {
    removeInstance(parts.runtimeDirectory, instance.id);
    sweepAppDirectory(parts.addon, parts.runtimeDirectory, instance.appId);
  } catch {
    // What cannot be removed now is swept at a later start.
  }
}
