// Which of the bus names that an app may own are its program's and nobody else's: by those one start of it finds another one. Pure.
import { desktopNameSpaceOf } from "./app-id.ts";
import { patternCovers } from "./bus-name.ts";

/**
 * A name of the desktop itself, or one that holds for a whole vendor (`org.kde.*`), says nothing about this program running elsewhere; nor does a tray icon's,
 * which is made of a process number. What the manifest also lets the app call is meant to be called.
 */
export function countedNames(names: readonly { readonly name: string; readonly level: string }[]): readonly string[] {
  const own = names.filter(({ level }) => level === "own").map(({ name }) => name);
  const called = names.filter(({ level }) => level === "talk").map(({ name }) => name);
  return own.filter((name) => {
    const stem = name.replace(/\.\*$/, "");
    if (stem !== name && stem.split(".").length < 3) return false;
    if (stem.startsWith("org.kde.StatusNotifierItem-") || called.some((one) => patternCovers(one, stem))) return false;
    // Players hand over by their player's name.
    return stem.startsWith("org.mpris.MediaPlayer2.") || desktopNameSpaceOf(stem) === undefined;
  });
}
