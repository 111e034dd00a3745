// Answers `--who-can KEY=VALUE`: by which of its permissions an app reaches a thing, the wider words included. Pure.
import { findBusSet } from "../../dbus-proxy/policy/sets/list.ts";
import { parseBusPattern, patternCovers } from "../manifest/bus-name.ts";
import { locationCovers, parseFilesystem, renderFilesystem } from "../manifest/filesystem-location.ts";
import { renderBind } from "../manifest/grammar/bind.ts";
import { NAMED_WORDS, WIDER_WORDS } from "../manifest/grammar/words.ts";
import { nearestWord } from "../manifest/nearest.ts";
import type { Origin, Result } from "../manifest/origin.ts";
import { errorAt, failure, NO_PLACE, success } from "../manifest/problem.ts";
import { AUDIO_USES, type AudioUse, type NamedList } from "./entries.ts";
import { deviceKindOf, SHOWN_DEVICE_WORDS, WIDER_THAN_USE } from "./device-words.ts";
import {
  type Meaning,
  isPipewirePlain,
  meaningOfAudio,
  meaningOfBind,
  meaningOfBusName,
  meaningOfBusRule,
  meaningOfBusSet,
  meaningOfDeviceUse,
  meaningOfGrant,
  meaningOfWord,
  pipewireGrant,
} from "./meaning.ts";
import type { BusLevel, FilesystemPermission, Permissions } from "./permissions.ts";

export type Question =
  | { readonly kind: "named"; readonly list: NamedList; readonly name: string }
  /** `write`: only who may change it. */
  | { readonly kind: "place"; readonly location: string; readonly write: boolean }
  | { readonly kind: "bus"; readonly bus: "session" | "system"; readonly name: string; readonly level: BusLevel }
  | { readonly kind: "audio"; readonly use: AudioUse }
  | { readonly kind: "device-use"; readonly word: string }
  | { readonly kind: "persistent" | "environment"; readonly name: string };

/** One permission that is an answer. */
export interface Reach {
  readonly permission: string;
  readonly meaning: Meaning;
  readonly conditions: readonly string[];
  readonly origin: Origin;
}

const LISTS: Readonly<Record<string, NamedList>> = {
  share: "shared",
  shared: "shared",
  socket: "sockets",
  sockets: "sockets",
  device: "devices",
  devices: "devices",
  allow: "features",
  feature: "features",
  features: "features",
};
const BUSES: Readonly<Record<string, { readonly bus: "session" | "system"; readonly level: BusLevel }>> = {
  "see-name": { bus: "session", level: "see" },
  "talk-name": { bus: "session", level: "talk" },
  "own-name": { bus: "session", level: "own" },
  "system-see-name": { bus: "system", level: "see" },
  "system-talk-name": { bus: "system", level: "talk" },
  "system-own-name": { bus: "system", level: "own" },
};
const QUESTION_KEYS: readonly string[] = [
  "filesystem",
  "socket",
  "device",
  "share",
  "feature",
  "audio",
  "allow-device",
  "persist",
  "env",
  ...Object.keys(BUSES),
];
const LEVELS: readonly BusLevel[] = ["none", "see", "talk", "own"];

export function parseQuestion(raw: string): Result<Question> {
  const equals = raw.indexOf("=");
  const key = raw.slice(0, Math.max(equals, 0));
  const value = raw.slice(equals + 1);
  if (equals <= 0 || value === "") return failure(errorAt(NO_PLACE, "permissions.who-can-form", { value: raw }));
  const list = LISTS[key];
  if (list !== undefined) {
    if (NAMED_WORDS[list].includes(value)) return success({ kind: "named", list, name: value });
    const nearest = nearestWord(value, NAMED_WORDS[list]) ?? NAMED_WORDS[list].join("`, `");
    return failure(errorAt(NO_PLACE, "permissions.who-can-value", { key, value, nearest }));
  }
  if (key === "filesystem" || key === "filesystems") {
    const parsed = parseFilesystem(value, false);
    if (parsed.kind !== "location" || parsed.ignoredSuffix !== null) return failure(errorAt(NO_PLACE, "permissions.who-can-place", { value }));
    return success({ kind: "place", location: parsed.location, write: /:(?:rw|create)$/.test(value) });
  }
  const bus = BUSES[key];
  if (bus !== undefined) {
    return parseBusPattern(value) === null ? failure(errorAt(NO_PLACE, "permissions.who-can-bus", { value })) : success({ kind: "bus", name: value, ...bus });
  }
  if (key === "audio") {
    const use = AUDIO_USES.find((one) => one === value);
    const nearest = nearestWord(value, AUDIO_USES) ?? AUDIO_USES.join("`, `");
    return use === undefined ? failure(errorAt(NO_PLACE, "permissions.who-can-value", { key, value, nearest })) : success({ kind: "audio", use });
  }
  if (key === "allow-device") {
    const nearest = nearestWord(value, SHOWN_DEVICE_WORDS) ?? SHOWN_DEVICE_WORDS.join("`, `");
    return deviceKindOf(value) === null
      ? failure(errorAt(NO_PLACE, "permissions.who-can-value", { key, value, nearest }))
      : success({ kind: "device-use", word: value });
  }
  if (key === "persist" || key === "persistent") return success({ kind: "persistent", name: value });
  if (key === "env" || key === "environment") return success({ kind: "environment", name: value });
  return failure(errorAt(NO_PLACE, "permissions.who-can-key", { key, known: QUESTION_KEYS.join(", ") }));
}

/** `placeOf`: absolute paths of this user, so that `xdg-music` answers for `~/Music`. */
export function answerQuestion(question: Question, permissions: Permissions, app: string, placeOf: (location: string) => string | null): readonly Reach[] {
  switch (question.kind) {
    case "named":
      return [question.name, ...(WIDER_WORDS[question.list][question.name] ?? [])].flatMap((name) => namedReach(question.list, name, permissions));
    case "place":
      return placeReaches(question, permissions, placeOf);
    case "bus":
      return busReaches(question, permissions, app);
    case "audio":
      return audioReach(question.use, permissions);
    case "device-use":
      return deviceReach(question.word, permissions);
    case "persistent":
      return permissions.persistent
        .filter(({ path }) => path === question.name)
        .map(({ path, origin }) => ({ permission: `persistent=${path}`, meaning: harmless("persistent"), conditions: [], origin }));
    case "environment": {
      const found = permissions.environment.get(question.name);
      if (found === undefined || found.value === null) return [];
      return [{ permission: `${question.name}=${found.value}`, meaning: harmless("environment"), conditions: [], origin: found.origin }];
    }
  }
}

/** Playing comes with the sound server unless it is denied; recording must be granted as well. */
function audioReach(use: AudioUse, permissions: Permissions): readonly Reach[] {
  const said = permissions.audio.get(use);
  const pipewire = pipewireGrant(permissions);
  // As it is, that socket asks nobody.
  if (pipewire !== undefined && isPipewirePlain(permissions)) return [placeReach(pipewire, permissions)];
  const sound = [...namedReach("sockets", "pulseaudio", permissions), ...(pipewire === undefined ? [] : [placeReach(pipewire, permissions)])];
  if (sound.length === 0 || !(said?.granted ?? use === "playback")) return [];
  return said === undefined ? sound : [{ permission: `audio=${use}`, meaning: meaningOfAudio(use, permissions), conditions: [], origin: said.origin }];
}

function placeReach(one: FilesystemPermission, permissions: Permissions): Reach {
  return {
    permission: `filesystems=${renderFilesystem(one.location, one.mode)}`,
    meaning: meaningOfGrant(one, permissions),
    conditions: [],
    origin: one.origin,
  };
}

/** By its own word, or by one of Flatpak's that gives the same nodes and more. */
function deviceReach(word: string, permissions: Permissions): readonly Reach[] {
  const said = permissions.deviceUses.get(word);
  const own = said?.allowed ? [{ permission: `allow-device=${word}`, meaning: meaningOfDeviceUse(word), conditions: [], origin: said.origin }] : [];
  return [...own, ...(WIDER_THAN_USE[deviceKindOf(word) ?? ""] ?? []).flatMap(([list, name]) => namedReach(list, name, permissions))];
}

function harmless(word: string): Meaning {
  return { risk: "none", key: `permissions.${word}`, values: {} };
}

function namedReach(list: NamedList, name: string, permissions: Permissions): readonly Reach[] {
  const found = permissions[list].get(name);
  if (found === undefined || (!found.allowed && found.conditions.length === 0)) return [];
  return [{ permission: `${list}=${name}`, meaning: meaningOfWord(list, name), conditions: found.allowed ? [] : found.conditions, origin: found.origin }];
}

/** Whoever has the place, or one around it; unless a denial lies between them. */
function placeReaches(
  { location, write }: Extract<Question, { kind: "place" }>,
  permissions: Permissions,
  placeOf: (location: string) => string | null,
): readonly Reach[] {
  const holds = (outer: string, inner: string): boolean => {
    if (locationCovers(outer, inner)) return true;
    if (outer === "host") return inner === "home" || inner.startsWith("~/") || inner.startsWith("xdg-") || inner.startsWith("/");
    const outerPath = placeOf(outer);
    const innerPath = placeOf(inner);
    return outerPath !== null && innerPath !== null && (innerPath === outerPath || innerPath.startsWith(`${outerPath}/`));
  };
  const all = [...permissions.filesystems.values()];
  const denied = all.filter((one) => one.mode === "none" && holds(one.location, location));
  const bound = permissions.binds
    .filter((one) => !(write && one.mode === "ro") && holds(one.from, location))
    .map((one) => ({ permission: `bind=${renderBind(one)}`, meaning: meaningOfBind(one), conditions: [], origin: one.origin }));
  const granted = all
    .filter((one) => one.mode !== "none" && !(write && one.mode === "ro") && holds(one.location, location))
    .filter((one) => !denied.some((denial) => isNarrower(denial.location, one.location) && holds(one.location, denial.location)))
    .map((one) => placeReach(one, permissions));
  return [...granted, ...bound];
}

/** Denying a wide word hides nothing: it only means "not granted by this word". */
function isNarrower(denied: string, granted: string): boolean {
  return denied !== granted && !/^(?:home|home-all|host|host-os|host-etc|host-root)$/.test(denied);
}

function busReaches({ bus, name, level }: Extract<Question, { kind: "bus" }>, permissions: Permissions, app: string): readonly Reach[] {
  const names = [...permissions[bus === "session" ? "sessionBus" : "systemBus"].values()];
  const reaching = names.filter((one) => one.level !== "none" && LEVELS.indexOf(one.level) >= LEVELS.indexOf(level) && patternCovers(one.name, name));
  const hidden = names.some((one) => one.level === "none" && patternCovers(one.name, name));
  const rows = hidden && !reaching.some((one) => one.name === name) ? [] : reaching;
  return [
    ...rows.map((one) => ({ permission: `${one.name}=${one.level}`, meaning: meaningOfBusName(bus, one.name, one.level), conditions: [], origin: one.origin })),
    ...(hidden || level === "own" ? [] : ruleReaches(bus, name, permissions, app)),
    ...namedReach("sockets", `${bus}-bus`, permissions),
  ];
}

/** Rules and named sets reach a part of the service. */
function ruleReaches(bus: "session" | "system", name: string, { busRules, busSets }: Permissions, app: string): readonly Reach[] {
  const rules = [...busRules.values()].filter((one) => one.bus === bus && patternCovers(one.name, name));
  const sets = [...busSets.values()].filter((one) => one.bus === bus && findBusSet(one.set, bus)?.services.includes(name));
  return [
    ...rules.map((one) => ({
      permission: `${one.name}=${one.verb} ${one.rule}`,
      meaning: meaningOfBusRule(bus, one.name),
      conditions: [],
      origin: one.origin,
    })),
    ...sets.map((one) => ({
      permission: `sets=${one.set}${one.parameter && `:${one.parameter}`}`,
      meaning: meaningOfBusSet(bus, one.set, one.parameter, app),
      conditions: [],
      origin: one.origin,
    })),
  ];
}
