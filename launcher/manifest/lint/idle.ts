// What a file says without effect: because a wider word says it already, or because nobody reads it. Pure.
import type { EntryOf, PermissionEntry } from "../../permissions/entries.ts";
import { HOME_ALL, locationCovers, slotOf } from "../filesystem-location.ts";
import { patternCovers } from "../bus-name.ts";
import { WIDER_WORDS } from "../grammar/words.ts";
import type { Keyfile } from "../keyfile.ts";
import { nearestWord } from "../nearest.ts";
import type { Report } from "./finding.ts";

const RANK = { none: 0, ro: 1, rw: 2, create: 2 } as const;
/** Keys of `[Application]` that Flatpak or tsbox reads. */
const APPLICATION_KEYS: readonly string[] = ["name", "runtime", "sdk", "command", "required-flatpak", "tags", "base", "built-extensions"];
/** Groups that only Flatpak's own files hold, or that nobody reads from a file. */
const UNREAD_GROUPS: readonly string[] = ["Instance", "Accessibility Bus Policy"];

/** `id`: the app's own, where the file has one. */
export function reportIdle(keyfile: Keyfile, entries: readonly PermissionEntry[], id: string | null, report: Report): void {
  for (const group of UNREAD_GROUPS) {
    const found = keyfile.groups.get(group);
    if (found !== undefined) report({ ...found, file: keyfile.file }, "warning", "lint.group-unread", { group });
  }
  for (const entry of keyfile.groups.get("Application")?.entries.values() ?? []) {
    const nearest = APPLICATION_KEYS.includes(entry.key) ? null : nearestWord(entry.key, APPLICATION_KEYS);
    if (nearest !== null) report(entry, "warning", "lint.application-key", { key: entry.key, nearest });
  }
  // Flatpak itself writes `x11` beside `fallback-x11`, for releases that do not know the latter.
  reportWords(only(entries, "named"), keyfile.file.endsWith("/metadata"), report);
  reportPlaces(entries, report);
  reportNames(entries, id, report);
}

function only<K extends PermissionEntry["kind"]>(entries: readonly PermissionEntry[], kind: K): readonly EntryOf<K>[] {
  return entries.filter((entry): entry is EntryOf<K> => entry.kind === kind);
}

function reportWords(entries: readonly EntryOf<"named">[], isWrittenByFlatpak: boolean, report: Report): void {
  for (const entry of entries) {
    const wider = (WIDER_WORDS[entry.list][entry.name] ?? []).find((name) =>
      entries.some((other) => other.list === entry.list && other.name === name && other.allowed),
    );
    const isGrant = entry.allowed || entry.conditions.length > 0;
    // `fallback-x11` gives less than `x11`, and still takes its place.
    if (isGrant && wider === "fallback-x11" && !isWrittenByFlatpak) report(entry.origin, "warning", "lint.x11-and-fallback");
    else if (isGrant && wider === "all")
      report(entry.origin, "notice", "lint.said-already", { text: `${entry.list}=${entry.name}`, wider: `${entry.list}=all` });
    if (entry.name === "fallback-x11" && !entry.allowed && entry.conditions.length > 0) report(entry.origin, "warning", "lint.fallback-condition");
  }
}

function reportPlaces(entries: readonly PermissionEntry[], report: Report): void {
  const places = only(entries, "filesystem");
  for (const one of places) {
    if (one.mode === "none") continue;
    const wider = places.find((other) => other !== one && isWider(other, one));
    // Between them a denial may take a part away, which the narrower grant then gives back.
    const between = places.some((other) => other.mode === "none" && other !== one && locationCovers(other.location, one.location));
    if (wider !== undefined && !between && one.mode !== "create") {
      report(one.origin, "notice", "lint.said-already", { text: one.origin.text, wider: wider.origin.text });
    }
  }
  const home = places.find(({ location, mode }) => mode !== "none" && (slotOf(location) === "home" || location === "host"));
  if (home !== undefined)
    for (const one of only(entries, "persistent")) report(one.origin, "warning", "lint.persistent-idle", { text: one.origin.text, wider: home.origin.text });
}

function isWider(other: EntryOf<"filesystem">, one: EntryOf<"filesystem">): boolean {
  // `home:rw-all` gives what no other word gives.
  if (one.location === HOME_ALL || slotOf(other.location) === slotOf(one.location) || RANK[other.mode] < RANK[one.mode]) return false;
  // A base directory also appears in the app's own folders, where `home` does not put it.
  if (/^xdg-(?:config|data|cache)\//.test(one.location)) return false;
  return other.mode !== "none" && (locationCovers(other.location, one.location) || (other.location === "host" && slotOf(one.location) === "home"));
}

function reportNames(entries: readonly PermissionEntry[], id: string | null, report: Report): void {
  const names = only(entries, "bus");
  const sockets = only(entries, "named").filter((entry) => entry.list === "sockets" && entry.allowed);
  for (const one of names) {
    const whole = sockets.find(({ name }) => name === `${one.bus}-bus`);
    if (whole !== undefined) {
      const key = one.level === "none" ? "lint.name-hidden-idle" : "lint.said-already";
      report(one.origin, "warning", key, { text: one.origin.text, wider: whole.origin.text });
    } else if (one.bus === "session" && one.level !== "none" && isAlways(one.name, id)) report(one.origin, "notice", "lint.name-always", { name: one.name });
    // No rule at all stands for `none`, so a wider grant stays.
    else if (
      one.level === "none" &&
      names.some((other) => other.bus === one.bus && other.level === "none" && other !== one && patternCovers(other.name, one.name))
    ) {
      report(one.origin, "notice", "lint.said-already", { text: one.origin.text, wider: one.origin.text });
    }
  }
}

/** What every app has: its own names, and the portals. */
function isAlways(name: string, id: string | null): boolean {
  if (name === "org.freedesktop.portal.*" || name.startsWith("org.freedesktop.portal.")) return true;
  return id !== null && patternCovers(`${id}.*`, name);
}
