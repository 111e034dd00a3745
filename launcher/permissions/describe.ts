// The permissions in force as rows for a reader: what each means, what it means here, where it comes from, and what was taken away. Pure.
import type { Merged, Statement } from "../manifest/layers.ts";
import { patternCovers } from "../manifest/bus-name.ts";
import { locationCovers, renderFilesystem } from "../manifest/filesystem-location.ts";
import { renderBind } from "../manifest/grammar/bind.ts";
import type { Origin } from "../manifest/origin.ts";
import type { NamedList } from "./entries.ts";
import { hasHomeAccess } from "./kinds/filesystem-places.ts";
import { LOWER_LEVELS } from "./lower-levels.ts";
import {
  RISKS,
  meaningOfAudio,
  meaningOfBind,
  meaningOfBusName,
  meaningOfBusRule,
  meaningOfBusSet,
  meaningOfDeviceUse,
  meaningOfGrant,
  meaningOfHandedOn,
  meaningOfWord,
  type Meaning,
} from "./meaning.ts";
import type { NamedPermission, Permissions } from "./permissions.ts";

export interface DescribedPermission {
  /** As a manifest says it: `sockets=x11`, `org.example.Service=talk`. */
  readonly permission: string;
  readonly meaning: Meaning;
  /** A real place of this user; `null` where the word has none; undefined where there is nothing to tell. */
  readonly here: string | null | undefined;
  /** It is given only where one of them holds. */
  readonly conditions: readonly string[];
  /** Null where the host was not asked. */
  readonly holdsHere: boolean | null;
  readonly origin: Origin;
}

export interface TakenAway {
  readonly permission: string;
  readonly origin: Origin;
  /** What it goes against, where lower layers or wider words grant it. */
  readonly against: readonly Statement[];
}

export interface PermissionReport {
  /** The most dangerous first. */
  readonly given: readonly DescribedPermission[];
  readonly takenAway: readonly TakenAway[];
  /** Asked for, and not given by this tsbox yet. */
  readonly notGiven: readonly DescribedPermission[];
}

/** What only this host can say. */
export interface Here {
  /** Null: of all apps. */
  readonly app: string | null;
  /** The absolute path of a location, null where this user has no such place. */
  readonly placeOf: (location: string) => string | null;
  /** Where a persistent path lies; null without an app. */
  readonly keptAt: ((path: string) => string) | null;
  /** Whether a conditional permission holds now; null where the host was not asked. */
  readonly holds: ((permission: NamedPermission) => boolean) | null;
}

/** `all`: a denial counts even where nobody grants what it denies (for all apps nobody can tell). */
export function describePermissions(merged: Merged, here: Here, all = false): PermissionReport {
  const { permissions } = merged;
  const rows = [
    ...namedRows(permissions, here),
    ...placeRows(permissions, here),
    ...busRows(permissions),
    ...ruleRows(permissions, here),
    ...otherRows(permissions, here),
    ...handedOnRows(merged),
  ];
  const isNotGiven = (row: DescribedPermission): boolean => row.meaning.key === "permissions.not-given";
  const byRisk = (one: DescribedPermission, other: DescribedPermission): number => RISKS.indexOf(other.meaning.risk) - RISKS.indexOf(one.meaning.risk);
  return { given: rows.filter((row) => !isNotGiven(row)).sort(byRisk), takenAway: denials(merged, all), notGiven: rows.filter(isNotGiven) };
}

const LISTS: readonly NamedList[] = ["shared", "sockets", "devices", "features"];

function namedRows(permissions: Permissions, here: Here): readonly DescribedPermission[] {
  return LISTS.flatMap((list) =>
    [...permissions[list].values()].flatMap((one) => {
      if (!one.allowed && one.conditions.length === 0) return [];
      const conditions = one.allowed ? [] : one.conditions;
      const holdsHere = conditions.length === 0 ? true : (here.holds?.(one) ?? null);
      return [{ permission: `${list}=${one.name}`, meaning: meaningOfWord(list, one.name), here: undefined, conditions, holdsHere, origin: one.origin }];
    }),
  );
}

function placeRows(permissions: Permissions, here: Here): readonly DescribedPermission[] {
  return [...permissions.filesystems.values()]
    .filter(({ mode }) => mode !== "none")
    .map((one) =>
      plain(`filesystems=${renderFilesystem(one.location, one.mode)}`, meaningOfGrant(one, permissions), one.origin, placeHere(one.location, here)),
    );
}

/** A path that already says where it is needs no second word. */
function placeHere(location: string, here: Here): string | null | undefined {
  if (location.startsWith("/") || location.startsWith("host")) return undefined;
  return here.placeOf(location === "home-all" ? "home" : location);
}

function busRows(permissions: Permissions): readonly DescribedPermission[] {
  return (["session", "system"] as const).flatMap((bus) =>
    [...permissions[bus === "session" ? "sessionBus" : "systemBus"].values()]
      .filter(({ level }) => level !== "none")
      .map(({ name, level, origin }) => {
        const permission = bus === "session" ? `${name}=${level}` : `[System Bus Policy] ${name}=${level}`;
        return plain(permission, meaningOfBusName(bus, name, level), origin);
      }),
  );
}

function ruleRows({ busRules, busSets }: Permissions, { app }: Here): readonly DescribedPermission[] {
  const group = (bus: "session" | "system"): string => `[X-Tsbox ${bus === "session" ? "Session" : "System"} Bus Rules]`;
  return [
    ...[...busSets.values()].map(({ bus, set, parameter, origin }) =>
      plain(`${group(bus)} sets=${set}${parameter && `:${parameter}`}`, meaningOfBusSet(bus, set, parameter, app), origin),
    ),
    ...[...busRules.values()].map(({ bus, name, verb, rule, origin }) => plain(`${group(bus)} ${name}=${verb} ${rule}`, meaningOfBusRule(bus, name), origin)),
  ];
}

function otherRows(permissions: Permissions, here: Here): readonly DescribedPermission[] {
  const none = (key: string, values: Meaning["values"] = {}): Meaning => ({ risk: "none", key: `permissions.${key}`, values });
  const risks = new Map(LOWER_LEVELS.map((level) => [level.name, level.risk]));
  return [
    ...permissions.binds.map((one) => plain(`bind=${renderBind(one)}`, meaningOfBind(one), one.origin)),
    ...permissions.persistent.map(({ path, origin }) => {
      const permission = `persistent=${path}`;
      return hasHomeAccess(permissions)
        ? plain(permission, none("persistent-idle"), origin)
        : plain(permission, none("persistent"), origin, here.keptAt?.(path));
    }),
    ...[...permissions.audio].flatMap(([use, { granted, origin }]) => (granted ? [plain(`audio=${use}`, meaningOfAudio(use, permissions), origin)] : [])),
    ...[...permissions.settings].flatMap(([name, { word, origin }]) =>
      name === "x11" || name === "clipboard" ? [plain(`${name}=${word}`, none(`${name}-${word}`), origin)] : [],
    ),
    ...[...permissions.settings].flatMap(([name, { word, origin }]) =>
      name !== "nested" || word === "none" ? [] : [plain(`nested=${word}`, meaningOfWord("nested", word), origin)],
    ),
    ...[...permissions.deviceUses].flatMap(([word, { allowed, origin }]) => (allowed ? [plain(`allow-device=${word}`, meaningOfDeviceUse(word), origin)] : [])),
    ...[...permissions.acceptedLowerLevels].map(([name, origin]) =>
      plain(`accept-lower=${name}`, { ...none("accept-lower", { risk: risks.get(name) ?? "" }), risk: "medium" }, origin),
    ),
    ...[...permissions.environment].map(([name, { value, origin }]) =>
      value === null ? plain(`unset-environment=${name}`, none("environment-unset"), origin) : plain(`${name}=${value}`, none("environment"), origin),
    ),
  ];
}

/** What portals and other programs are told of the app. */
function handedOnRows({ permissions: { usb, policies }, trace }: Merged): readonly DescribedPermission[] {
  const row = (kind: "usb" | "policy", subject: string, shown: string): readonly DescribedPermission[] => {
    const said = trace.get(subject)?.at(-1);
    return said === undefined ? [] : [plain(shown, meaningOfHandedOn(kind), said.origin)];
  };
  const granted = [...policies].flatMap(([key, values]) => values.filter((value) => !value.startsWith("!")).map((value) => `${key}=${value}`));
  return [
    ...usb.enumerable.flatMap((query) => row("usb", `enumerable-devices=${query}`, `enumerable-devices=${query}`)),
    ...granted.flatMap((one) => row("policy", `policy=${one}`, `policy ${one}`)),
  ];
}

function plain(permission: string, meaning: Meaning, origin: Origin, here?: string | null): DescribedPermission {
  return { permission, meaning, here, conditions: [], holdsHere: true, origin };
}

/** The last word about a thing, where it denies, and somebody below or a wider word grants it. */
function denials(merged: Merged, all: boolean): readonly TakenAway[] {
  return [...merged.trace].flatMap(([subject, said]) => {
    const last = said.at(-1);
    if (last === undefined || !last.denies || subject.startsWith("environment=")) return [];
    const lower = said.slice(0, -1).filter((statement) => !statement.denies);
    const against = [...(lower.length > 0 ? [lower.at(-1) as Statement] : []), ...(subject === "filesystems=host-reset" ? [] : widerGrants(subject, merged))];
    return against.length > 0 || all ? [{ permission: last.text, origin: last.origin, against }] : [];
  });
}

/** Grants in force that reach what is denied: `home` around `~/notes`, `org.example.*` around `org.example.Name`. */
function widerGrants(subject: string, merged: Merged): readonly Statement[] {
  const [key = "", word = ""] = splitAt(subject);
  const covers = key === "filesystems" ? locationCovers : key.endsWith("-bus") ? patternCovers : null;
  if (covers === null) return [];
  return [...merged.trace].flatMap(([other, said]) => {
    const [otherKey, otherWord = ""] = splitAt(other);
    const last = said.at(-1);
    return other !== subject && otherKey === key && last !== undefined && !last.denies && covers(otherWord, word) ? [last] : [];
  });
}

function splitAt(subject: string): readonly string[] {
  const equals = subject.indexOf("=");
  return [subject.slice(0, equals), subject.slice(equals + 1)];
}
