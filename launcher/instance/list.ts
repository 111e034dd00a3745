// The instances that run now, read from their directories: ours and Flatpak's alike.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import { instancesDirectory } from "./instance-directory.ts";

/** The runtime that the identity of a program of the host names; Flatpak's instances in the same place are Flatpak's. */
export const HOST_RUNTIME = "org.tsbox.Host";

export interface RunningInstance {
  readonly id: string;
  /** Of the front; null where the file is not there yet. */
  readonly pid: number | null;
  /** Of the app's pid 1, seen from outside; null where it is not known yet. */
  readonly childPid: number | null;
  readonly appId: string;
  readonly runtime: string;
  readonly arch: string;
  readonly branch: string;
}

/** An instance younger than this may not be locked yet: it counts as running, and the sweep leaves it (Flatpak's own figure). */
const GRACE_MILLISECONDS = 3000;

/** In order of their ids. */
export function listInstances(addon: Addon, runtimeDirectory: string): readonly RunningInstance[] {
  const root = instancesDirectory(runtimeDirectory);
  return instanceIds(root)
    .filter((id) => instanceState(addon, `${root}/${id}`) !== "stale")
    .map((id) => readInstance(root, id));
}

/** Of one that is listed: it is young, ended all the same, and is about to be swept. */
export function hasEnded({ childPid }: RunningInstance): boolean {
  return childPid !== null && !existsSync(`/proc/${childPid}`);
}

/** Processes of it are there. */
export function isRunning(addon: Addon, runtimeDirectory: string, id: string): boolean {
  return instanceState(addon, `${instancesDirectory(runtimeDirectory)}/${id}`) === "live";
}

export function instanceIds(root: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch {
    // No directory: nothing has ever run here.
    return [];
  }
  return names.filter((name) => /^[0-9]{1,10}$/.test(name)).sort((a, b) => Number(a) - Number(b));
}

/** `live`: somebody holds the lock. `young`: nobody does, but it was made just now. `stale`: left behind. */
export function instanceState(addon: Addon, directory: string): "live" | "young" | "stale" {
  let lock: number;
  try {
    lock = openSync(`${directory}/.ref`, "r+");
  } catch {
    return ageOf(directory) < GRACE_MILLISECONDS ? "young" : "stale";
  }
  try {
    if (!addon.ofdLock(lock, true)) return "live";
  } finally {
    closeSync(lock);
  }
  return ageOf(`${directory}/.ref`) < GRACE_MILLISECONDS ? "young" : "stale";
}

function readInstance(root: string, id: string): RunningInstance {
  const info = readGroups(`${root}/${id}/info`);
  const application = info.get("Application");
  return {
    id,
    pid: positive(readText(`${root}/${id}/pid`)),
    childPid: readChildPid(`${root}/${id}/bwrapinfo.json`),
    appId: application?.get("name") ?? "",
    runtime: (application ?? info.get("Runtime"))?.get("runtime")?.split("/")[1] ?? application?.get("runtime") ?? "",
    arch: info.get("Instance")?.get("arch") ?? "",
    branch: info.get("Instance")?.get("branch") ?? "",
  };
}

function readChildPid(path: string): number | null {
  try {
    const value: unknown = JSON.parse(readText(path));
    const pid = (value as Record<string, unknown> | null)?.["child-pid"];
    return typeof pid === "number" && Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    // Empty until the front has forked.
    return null;
  }
}

/** Enough of the keyfile dialect for files that tsbox and Flatpak write: no comments' positions, no escapes in the values read here. */
function readGroups(path: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const groups = new Map<string, Map<string, string>>();
  let group = new Map<string, string>();
  for (const line of readText(path).split("\n")) {
    const header = /^\[([^\]]+)\]\s*$/.exec(line);
    if (header !== null) {
      group = groups.get(header[1] as string) ?? new Map();
      groups.set(header[1] as string, group);
      continue;
    }
    const at = line.indexOf("=");
    if (at > 0 && !line.startsWith("#")) group.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return groups;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The instance may end while it is read.
    return "";
  }
}

function positive(text: string): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : null;
}

function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
