// Removes what ended instances left behind: after a front, its init and the broker were killed at once nobody else does.
import { closeSync, openSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import { instancesDirectory, removeInstance } from "./instance-directory.ts";
import { instanceIds, instanceState, listInstances } from "./list.ts";

/** Removes stale instances; answers their ids. Never throws for one that cannot be removed: the next sweep tries again. */
export function sweepInstances(addon: Addon, runtimeDirectory: string): readonly string[] {
  const root = instancesDirectory(runtimeDirectory);
  const stale = instanceIds(root).filter((id) => instanceState(addon, `${root}/${id}`) === "stale");
  for (const id of stale) {
    try {
      removeInstance(runtimeDirectory, id);
    } catch {
      // Another user's file in there, or a race with Flatpak's own sweep.
    }
  }
  return stale;
}

/**
 * Empties what instances of one app shared, after the last has gone: its `tmp`, as Flatpak does. What they put into `xdg-run` stays, and with it the folder.
 * INVARIANT: nobody of that app runs any more, so nothing can swap a directory for a link while it is being removed.
 */
export function sweepAppDirectory(addon: Addon, runtimeDirectory: string, appId: string): boolean {
  if (listInstances(addon, runtimeDirectory).some((instance) => instance.appId === appId)) return false;
  const directory = `${instancesDirectory(runtimeDirectory)}/${appId}`;
  let lock: number;
  try {
    lock = openSync(`${directory}/.ref`, "r+");
  } catch {
    return false;
  }
  try {
    if (!addon.ofdLock(lock, true)) return false;
    rmSync(`${directory}/tmp`, { recursive: true, force: true });
    removeIfEmpty(directory);
    return true;
  } finally {
    closeSync(lock);
  }
}

function removeIfEmpty(directory: string): void {
  if (readdirSync(directory).some((name) => name !== ".ref" && name !== "xdg-run")) return;
  try {
    rmdirSync(`${directory}/xdg-run`);
  } catch (error) {
    // Something of the app's is in it.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return;
  }
  rmSync(`${directory}/.ref`);
  rmdirSync(directory);
}
