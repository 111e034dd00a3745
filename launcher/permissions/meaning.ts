// What one permission means to a user: the worst it lets an app do, and one sentence in plain words. Pure; sentences by key, in launcher/messages/permissions.ts.
import { findBusSet } from "../../dbus-proxy/policy/sets/list.ts";
import { patternCovers } from "../manifest/bus-name.ts";
import { BUS_MEANINGS, type BusMeaning } from "./bus-meanings.ts";
import { deviceKindOf } from "./device-words.ts";
import type { AudioUse, NamedList, PermissionEntry } from "./entries.ts";
import { isWanted } from "./granted.ts";
import type { Risk } from "./kind.ts";
import { PERMISSION_KINDS } from "./list.ts";
import { NOT_GIVEN } from "./not-given.ts";
import type { BindPermission, BusLevel, FilesystemMode, FilesystemPermission, Permissions } from "./permissions.ts";
import { placeMeaning } from "./place-meanings.ts";

/** `key` names the sentence, `values` fill it. */
export interface Meaning {
  readonly risk: Risk;
  readonly key: string;
  readonly values: Readonly<Record<string, string>>;
}

/** The weakest first. */
export const RISKS: readonly Risk[] = ["none", "low", "medium", "high", "escape"];

function worseRisk(one: Risk, other: Risk): Risk {
  return RISKS.indexOf(one) >= RISKS.indexOf(other) ? one : other;
}

export function isDangerous(risk: Risk): boolean {
  return risk === "high" || risk === "escape";
}

export function meaningOfWord(list: NamedList | "nested", name: string): Meaning {
  const kind = PERMISSION_KINDS.find((one) => one.key === list && one.name === name);
  if (kind !== undefined) return { risk: kind.risk, key: "permissions.words", values: { words: kind.words } };
  const without = NOT_GIVEN.find((one) => one.key === list && one.name === name);
  // Nothing reaches the app, whatever it would mean.
  if (without !== undefined) return { risk: "none", key: "permissions.not-given", values: { words: without.words } };
  return { risk: "none", key: "permissions.unknown", values: {} };
}

export function meaningOfPlace(location: string, mode: FilesystemMode): Meaning {
  return { ...placeMeaning(location, mode), values: {} };
}

/** PipeWire's own socket, by the name that the grant gives it; the caller's runtime directory is not known here. */
const PIPEWIRE = /\/pipewire-0$/;

export function pipewireGrant({ filesystems }: Permissions): FilesystemPermission | undefined {
  return [...filesystems.values()].find(({ location, mode }) => mode !== "none" && PIPEWIRE.test(location));
}

/** Whether it is given as it is, without a filter. */
export function isPipewirePlain({ acceptedLowerLevels }: Permissions): boolean {
  return acceptedLowerLevels.has("pipewire-plain-socket");
}

/** Of a place that this app has, with what the user accepted for it. */
export function meaningOfGrant({ location, mode }: FilesystemPermission, permissions: Permissions): Meaning {
  const isPlain = PIPEWIRE.test(location) && isPipewirePlain(permissions);
  return isPlain ? { risk: "escape", key: "permissions.place-pipewire", values: {} } : meaningOfPlace(location, mode);
}

/** Recording is another matter than playing, and neither comes without a sound server. */
export function meaningOfAudio(use: AudioUse, permissions: Permissions): Meaning {
  if (!isWanted(permissions.sockets.get("pulseaudio")) && pipewireGrant(permissions) === undefined)
    return { risk: "none", key: "permissions.audio-idle", values: {} };
  return { risk: use === "playback" ? "none" : "medium", key: `permissions.audio-${use}`, values: {} };
}

/** A word of `[X-Tsbox Devices] allow=`. */
export function meaningOfDeviceUse(word: string): Meaning {
  const kind = PERMISSION_KINDS.find((one) => one.key === "device-uses" && one.name === deviceKindOf(word));
  if (kind === undefined) return { risk: "none", key: "permissions.unknown", values: {} };
  return { risk: kind.risk, key: "permissions.words", values: { words: kind.words } };
}

/** Of a name or a pattern: the worst of all that it covers. */
export function meaningOfBusName(bus: "session" | "system", name: string, level: BusLevel): Meaning {
  const values = {};
  if (level === "none") return { risk: "none", key: "permissions.bus-hidden", values };
  if (level === "see") return { risk: "low", key: "permissions.bus-see", values };
  const worst = worstOf(BUS_MEANINGS.filter((known) => known.bus === bus && (patternCovers(name, known.name) || patternCovers(known.name, name))));
  if (level === "own") {
    // Whoever owns a service's name gets what other programs send to it.
    const risk = worst === null ? "low" : worseRisk("medium", worst.risk);
    return { risk, key: worst === null ? "permissions.bus-own" : "permissions.bus-own-service", values };
  }
  if (worst !== null) return { risk: worst.risk, key: worst.key, values };
  return { risk: "medium", key: bus === "session" ? "permissions.bus-talk" : "permissions.bus-talk-system", values };
}

/** What a rule allows depends on the service; nobody but its reader can say how much less than all that is. */
export function meaningOfBusRule(bus: "session" | "system", name: string): Meaning {
  return { risk: meaningOfBusName(bus, name, "talk").risk, key: "permissions.bus-rule", values: {} };
}

/** `appId`: whose it is, since a parameter that names another app's things makes another set of it. Null: of any app. */
export function meaningOfBusSet(bus: "session" | "system", name: string, parameter: string, appId: string | null): Meaning {
  const set = findBusSet(name, bus);
  if (parameter !== "" && set?.parameter?.isOfOthers?.(parameter, appId) === true)
    return { risk: "high", key: `permissions.bus-set-${name}-of-others`, values: { parameter } };
  return { risk: set?.risk ?? "none", key: "permissions.bus-set", values: { words: set?.words ?? "" } };
}

function worstOf(meanings: readonly BusMeaning[]): BusMeaning | null {
  let worst: BusMeaning | null = null;
  for (const one of meanings) if (worst === null || RISKS.indexOf(one.risk) > RISKS.indexOf(worst.risk)) worst = one;
  return worst;
}

/** As risky as the place itself. */
export function meaningOfBind({ from, to, mode }: Pick<BindPermission, "from" | "to" | "mode">): Meaning {
  return { ...meaningOfPlace(from, mode), key: `permissions.bind-${mode}`, values: { from, to } };
}

/** What other programs are told of the app, and decide by: which USB devices a portal lists for it, and policies. */
export function meaningOfHandedOn(kind: "usb" | "policy"): Meaning {
  return { risk: "low", key: `permissions.${kind}`, values: {} };
}

/** Of one line by itself, where nothing is known of the others. Null: nothing that has a risk of its own. `appId`: as in meaningOfBusSet. */
export function meaningOfEntry(entry: PermissionEntry, appId: string | null): Meaning | null {
  switch (entry.kind) {
    case "named":
      return meaningOfWord(entry.list, entry.name);
    case "setting":
      return entry.name === "nested" && entry.word !== "none" ? meaningOfWord("nested", entry.word) : null;
    case "filesystem":
      return meaningOfPlace(entry.location, entry.mode);
    case "bus":
      return meaningOfBusName(entry.bus, entry.name, entry.level);
    case "bus-rule":
      return meaningOfBusRule(entry.bus, entry.name);
    case "bus-set":
      return meaningOfBusSet(entry.bus, entry.set, entry.parameter, appId);
    case "device-use":
      return meaningOfDeviceUse(entry.word);
    case "audio":
      return { risk: entry.use === "playback" ? "none" : "medium", key: `permissions.audio-${entry.use}`, values: {} };
    case "usb":
      return entry.list === "enumerable" ? meaningOfHandedOn("usb") : null;
    case "policy":
      return meaningOfHandedOn("policy");
    default:
      return null;
  }
}
