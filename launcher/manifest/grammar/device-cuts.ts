// Devices are granted by two kinds of words: Flatpak's (`devices=usb`), and what they are for (`allow=usb:1050:0407`). A limit on one holds for the other too.
import { deviceKindOf, WIDER_THAN_USE } from "../../permissions/device-words.ts";
import type { NamedList } from "../../permissions/entries.ts";
import type { NamedPermission } from "../../permissions/permissions.ts";
import type { Origin } from "../origin.ts";
import type { Draft } from "./draft.ts";
import type { Cut } from "./entry-grammar.ts";

export function isInForce(permission: NamedPermission | undefined): permission is NamedPermission {
  return permission !== undefined && (permission.allowed || permission.conditions.length > 0);
}

/** Takes one word of a list away; `own`: the denial stays, whether anybody granted the word or not. */
export function cutName({ named }: Draft, list: NamedList, name: string, limit: Origin, own: boolean): readonly Cut[] {
  const granted = named[list].get(name);
  if (granted !== undefined || own) named[list].set(name, { name, allowed: false, conditions: [], origin: limit });
  return isInForce(granted) ? [{ granted: `${list}=${name}`, wanted: granted.origin, limit }] : [];
}

/** The words of Flatpak's lists by which a use is had as well. */
export function widerThanUse(word: string): readonly (readonly [NamedList, string])[] {
  return WIDER_THAN_USE[deviceKindOf(word) ?? ""] ?? [];
}

/** Whether what the use gives comes with this word of Flatpak's. `all` is left out: to deny it means not all. The render nodes of `compute` are some of `dri`'s. */
export function isWithinName(word: string, list: NamedList, name: string): boolean {
  if (list === "devices" && name === "dri") return deviceKindOf(word) === "compute";
  return name !== "all" && widerThanUse(word).some(([of, wider]) => of === list && wider === name);
}

export function cutUse({ deviceUses }: Draft, word: string, limit: Origin): readonly Cut[] {
  const wanted = deviceUses.get(word);
  deviceUses.set(word, { allowed: false, origin: limit });
  return wanted?.allowed ? [{ granted: `allow=${word}`, wanted: wanted.origin, limit }] : [];
}
