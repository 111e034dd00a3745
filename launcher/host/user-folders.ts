// Reads user-dirs.dirs (xdg-user-dirs, user-dirs.dirs(5)) as GLib does. Pure.
import { isBelow } from "./walk.ts";

const KEYS: ReadonlyMap<string, string> = new Map([
  ["DESKTOP", "xdg-desktop"],
  ["DOCUMENTS", "xdg-documents"],
  ["DOWNLOAD", "xdg-download"],
  ["MUSIC", "xdg-music"],
  ["PICTURES", "xdg-pictures"],
  ["PUBLICSHARE", "xdg-public-share"],
  ["TEMPLATES", "xdg-templates"],
  ["VIDEOS", "xdg-videos"],
]);

/** The variable of user-dirs.dirs for a location below one of Flatpak's words (`xdg-music/new`); empty where it is below none. */
export function userFolderVariable(location: string): string {
  const [word] = location.split("/");
  for (const [key, value] of KEYS) if (value === word) return `XDG_${key}_DIR`;
  return "";
}

/** Flatpak's words to absolute folders. A folder that is the home itself means "switched off" and is left out; without a file GLib knows the desktop alone. */
export function parseUserFolders(text: string, home: string): ReadonlyMap<string, string> {
  const folders = new Map<string, string>([["xdg-desktop", `${home}/Desktop`]]);
  for (const line of text.split("\n")) {
    const match = /^\s*XDG_([A-Z]+)_DIR\s*=\s*"(.*)"/.exec(line);
    const word = match === null ? undefined : KEYS.get(match[1] as string);
    if (match === null || word === undefined) continue;
    const raw = match[2] as string;
    const path = raw === "$HOME" || raw.startsWith("$HOME/") ? home + raw.slice(5) : raw;
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    const clean = `/${parts.join("/")}`;
    // A folder above the home is no folder of the user's in it: with it the home would be given under another name.
    if (!path.startsWith("/") || path.includes("\0") || parts.includes("..") || isBelow(home, clean)) folders.delete(word);
    else folders.set(word, clean);
  }
  return folders;
}
