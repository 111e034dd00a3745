// Watches one name in each of some folders. An app writes to them, and decides how much there is to tell: all watches of a process share one queue, which is read until
// it is empty, so that who fills it as fast as it is read would stop the broker for everybody.
import { type FSWatcher, watch } from "node:fs";
import type { Addon } from "../../native/addon.ts";
import { inFolders } from "./held-folder.ts";

/** More than this, with no quiet moment between, is told no further until the pause is over. */
const MOST_EVENTS = 1_000;
const PAUSE_MILLISECONDS = 500;

export interface NameWatcher {
  /** What was told has been looked at. */
  quiet(): void;
  close(): void;
}

/** `changed` is called after a pause too: what happened in it is not known. */
export function watchNames(
  addon: Addon,
  folders: readonly { readonly path: string; readonly mark: string }[],
  names: readonly string[],
  changed: () => void,
): NameWatcher {
  let watchers: readonly FSWatcher[] = [];
  let count = 0;
  let pause: NodeJS.Timeout | undefined;
  const close = (): void => {
    clearTimeout(pause);
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };
  const told = (isOurs: boolean): void => {
    if (isOurs) changed();
    if (++count < MOST_EVENTS) return;
    close();
    pause = setTimeout(() => {
      open();
      changed();
    }, PAUSE_MILLISECONDS).unref();
  };
  const open = (): void => {
    count = 0;
    try {
      watchers = inFolders(addon, folders, (ways) => ways.flatMap((way, side) => watchFolder(way, names[side] as string, told)));
    } catch {
      watchers = [];
    }
  };
  open();
  return {
    quiet() {
      count = 0;
    },
    close,
  };
}

function watchFolder(folder: string, name: string, told: (isOurs: boolean) => void): readonly FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, (_, which) => told(which === name || which === null));
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    // Out of watches, or a file system without: what was compared at each start is all that is known.
    return [];
  }
}
