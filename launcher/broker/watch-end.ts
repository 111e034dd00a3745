// The end of a process that is no child of ours.
import { type Addon, READABLE } from "../../native/addon.ts";

/** A pidfd becomes readable when its process has ended. Takes it over. */
export function watchEnd(addon: Addon, pidfd: number, ended: () => void): void {
  const watcher = addon.watch(pidfd, READABLE, () => {
    watcher.close();
    addon.close(pidfd);
    ended();
  });
}
