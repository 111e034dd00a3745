// The app's own folders on the host (Flatpak's layout, which toolkits and portals know). Pure.
import type { RunInputs } from "./inputs.ts";

/** Where all apps' data lies. */
export function allAppsFolder(home: string): string {
  return `${home}/.var/app`;
}

/** `~/.var/app/ID`. */
export function appFolder(inputs: Pick<RunInputs, "caller" | "manifest">): string {
  return `${allAppsFolder(inputs.caller.home)}/${inputs.manifest.id}`;
}

/** What lies in it from the first launch. */
export const OWN_FOLDERS = ["config", "data", "cache", "cache/tmp", "cache/fontconfig", ".local", ".local/state"] as const;
