// Flatpak's words for places, as paths of this caller. Pure.
import type { Caller } from "../../host/facts.ts";
import type { Permissions } from "../permissions.ts";

/** Words that stand for more than one place; filesystems.ts knows them. Denying one means "not granted by this word", nothing is hidden. */
export const WIDE_WORDS: ReadonlySet<string> = new Set(["home", "home-all", "host", "host-os", "host-etc", "host-root"]);

/** The one path of a location, or null: a wide word, a user folder that is switched off, or a word nobody knows. */
export function placeOfLocation(location: string, caller: Caller): string | null {
  if (location.startsWith("/")) return location;
  if (location.startsWith("~/")) return `${caller.home}/${location.slice(2)}`;
  const slash = location.indexOf("/");
  const word = slash < 0 ? location : location.slice(0, slash);
  const rest = slash < 0 ? "" : location.slice(slash);
  if (word === "xdg-data") return caller.dataHome + rest;
  if (word === "xdg-config") return caller.configHome + rest;
  if (word === "xdg-cache") return caller.cacheHome + rest;
  if (word === "xdg-run") return rest === "" ? null : caller.runtimeDirectory + rest;
  const folder = caller.userFolders.get(word);
  return folder === undefined ? null : folder + rest;
}

/** Whether the whole home is visible: then nothing of it needs to be put into the app's own folder. */
export function hasHomeAccess(permissions: Permissions): boolean {
  return ["home", "home-all", "host"].some((word) => (permissions.filesystems.get(word)?.mode ?? "none") !== "none");
}
