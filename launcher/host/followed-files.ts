// Files of /etc that change while apps run (name servers, host names, time zone): kept in two folders that are bound into sandboxes, and copied anew
// whenever the host's change. A bind of the file itself would go on showing what it was: such files are replaced, not written.
import { type FSWatcher, readlinkSync, readFileSync, renameSync, symlinkSync, unlinkSync, watch, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FOLLOWED_FILES } from "./followed-names.ts";
import { readText } from "./read.ts";
import { makeFolders } from "../../native/make-folders.ts";

const ZONES = "/usr/share/zoneinfo/";
/** Several files change together; one look after the last is enough. */
const PAUSE_MILLISECONDS = 50;
/** Watching costs a cold start three milliseconds; what changes before it begins is seen by a second look. */
const WATCH_AFTER_MILLISECONDS = 200;

export interface Follower {
  close(): void;
}

/** `folder` holds one folder for each of FOLLOWED_FILES. Up to date when it answers. `failed` hears of what cannot be written or watched. */
export function followFiles(folder: string, failed: (detail: string) => void, etc = "/etc"): Follower {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | null = null;
  const look = (): void => {
    try {
      for (const [name, files] of Object.entries(FOLLOWED_FILES)) {
        makeFolders(`${folder}/${name}`, 0o700);
        for (const file of files) copyAnew(`${etc}/${file}`, `${folder}/${name}/${file}`);
      }
    } catch (error) {
      failed((error as Error).message);
    }
  };
  const lookAgain = (): void => {
    timer = null;
    for (const place of placesOf(etc)) if (!watchers.has(place)) follow(place);
    look();
  };
  const follow = (place: string): void => {
    try {
      const watcher = watch(place, { persistent: false }, (_event, name) => {
        if (place === etc && name !== null && !isFollowed(name)) return;
        timer ??= setTimeout(lookAgain, PAUSE_MILLISECONDS);
      });
      watcher.on("error", () => {
        watcher.close();
        watchers.delete(place);
      });
      watchers.set(place, watcher);
    } catch (error) {
      failed((error as Error).message);
    }
  };
  look();
  timer = setTimeout(lookAgain, WATCH_AFTER_MILLISECONDS).unref();
  return {
    close() {
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

function isFollowed(name: string): boolean {
  return Object.values(FOLLOWED_FILES).some((files) => (files as readonly string[]).includes(name));
}

/** /etc, and the folders that links of resolv.conf lead to (systemd-resolved, NetworkManager), where the file itself is replaced. */
function placesOf(etc: string): readonly string[] {
  const target = linkTarget(`${etc}/resolv.conf`);
  return target === null ? [etc] : [etc, dirname(target)];
}

function linkTarget(path: string): string | null {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return null;
  }
}

/** Replaced in one step, as programs inside read at any time; left alone where it is the same, and taken away where the host has none. */
function copyAnew(from: string, to: string): void {
  const target = linkTarget(from);
  const temporary = `${to}.new`;
  // A link into the zones tells programs the zone's name.
  if (target?.startsWith(ZONES)) {
    if (linkTarget(to) === target) return;
    remove(temporary);
    symlinkSync(target, temporary);
  } else {
    const bytes = readText(from);
    if (bytes === null) {
      remove(to);
      return;
    }
    if (linkTarget(to) === null && isSame(to, bytes)) return;
    remove(temporary);
    writeFileSync(temporary, bytes, { mode: 0o600, flag: "wx" });
  }
  renameSync(temporary, to);
}

function isSame(path: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(path).equals(bytes);
  } catch {
    return false;
  }
}

/** Not rmSync: Node would load what it removes whole trees with. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
