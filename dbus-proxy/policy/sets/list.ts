// Every named set. A new one is one file and one line.
import { accessibility } from "./accessibility.ts";
import type { BusSet } from "./bus-set.ts";
import { inputMethod } from "./input-method.ts";
import { mediaPlayer } from "./media-player.ts";
import { notifications } from "./notifications.ts";
import { ownSecrets } from "./own-secrets.ts";
import { screensaverInhibit } from "./screensaver-inhibit.ts";
import { sleepInhibit } from "./sleep-inhibit.ts";
import { tray } from "./tray.ts";

export const BUS_SETS: readonly BusSet[] = [notifications, tray, ownSecrets, mediaPlayer, screensaverInhibit, inputMethod, accessibility, sleepInhibit];

export function findBusSet(name: string, bus: "session" | "system"): BusSet | undefined {
  return BUS_SETS.find((set) => set.name === name && set.bus === bus);
}
