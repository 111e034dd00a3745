// Merged permissions as a keyfile, as `flatpak info --show-permissions` prints them: flattened, so denials are gone and conditions stand behind the bare name. Pure.
import type { BusPermission, NamedPermission, Permissions } from "../permissions/permissions.ts";
import { renderBind } from "./grammar/bind.ts";
import { renderFilesystem } from "./filesystem-location.ts";
import type { SettingName } from "../permissions/entries.ts";
import { encodeList, encodeString } from "./keyfile-values.ts";

type Lines = readonly (readonly [key: string, value: string])[];

export function renderPermissionsKeyfile(permissions: Permissions): string {
  const groups: readonly (readonly [name: string, lines: Lines])[] = [
    ["Context", contextLines(permissions)],
    ["Session Bus Policy", busLines(permissions.sessionBus)],
    ["System Bus Policy", busLines(permissions.systemBus)],
    ["Environment", environmentLines(permissions)],
    ...policyGroups(permissions),
    [
      "USB Devices",
      listLines([
        ["enumerable-devices", permissions.usb.enumerable],
        ["hidden-devices", permissions.usb.hidden],
      ]),
    ],
    ["X-Tsbox", settingLines(permissions, (name) => !isOfDisplay(name))],
    ["X-Tsbox Display", settingLines(permissions, isOfDisplay)],
    ["X-Tsbox Data", listLines([["bind", permissions.binds.map(renderBind)]])],
    ["X-Tsbox Audio", [...permissions.audio].map(([use, { granted }]): [string, string] => [use, String(granted)])],
    ["X-Tsbox Devices", listLines([["allow", [...permissions.deviceUses].filter(([, { allowed }]) => allowed).map(([word]) => word)]])],
    ["X-Tsbox Session Bus Rules", ruleLines("session", permissions)],
    ["X-Tsbox System Bus Rules", ruleLines("system", permissions)],
    ["X-Tsbox Accept", listLines([["lower", [...permissions.acceptedLowerLevels.keys()].sort()]])],
  ];
  return groups
    .filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => `[${name}]\n${lines.map(([key, value]) => `${key}=${value}\n`).join("")}`)
    .join("\n");
}

function isOfDisplay(name: SettingName): boolean {
  return name === "x11" || name === "clipboard";
}

function settingLines({ settings }: Permissions, isMeant: (name: SettingName) => boolean): Lines {
  return [...settings].filter(([name]) => isMeant(name)).map(([name, { word }]) => [name, word]);
}

function contextLines(permissions: Permissions): Lines {
  return listLines([
    ["shared", names(permissions.shared)],
    ["sockets", names(permissions.sockets)],
    ["devices", names(permissions.devices)],
    ["features", names(permissions.features)],
    ["filesystems", places(permissions)],
    ["persistent", permissions.persistent.map(({ path }) => path)],
    [
      "unset-environment",
      [...permissions.environment]
        .filter(([, { value }]) => value === null)
        .map(([name]) => name)
        .sort(),
    ],
  ]);
}

function names(list: ReadonlyMap<string, NamedPermission>): readonly string[] {
  const sorted = [...list.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return sorted.flatMap(({ name, allowed, conditions }) => {
    if (allowed) return [name];
    return conditions.length === 0 ? [] : [name, ...conditions.map((condition) => `if:${name}:${condition}`)];
  });
}

/** As Flatpak prints them: without what is denied. */
function places({ filesystems }: Permissions): readonly string[] {
  return [...filesystems.values()]
    .filter(({ mode }) => mode !== "none")
    .map(({ location, mode }) => renderFilesystem(location, mode))
    .sort();
}

function busLines(names: ReadonlyMap<string, BusPermission>): Lines {
  return [...names.values()].filter(({ level }) => level !== "none").map(({ name, level }) => [name, level]);
}

function ruleLines(bus: "session" | "system", { busRules, busSets }: Permissions): Lines {
  const sets = [...busSets.values()].filter((one) => one.bus === bus).map(({ set, parameter }) => (parameter === "" ? set : `${set}:${parameter}`));
  const byName = new Map<string, string[]>();
  for (const { bus: which, name, verb, rule } of busRules.values()) if (which === bus) byName.set(name, [...(byName.get(name) ?? []), `${verb} ${rule}`]);
  return listLines([["sets", sets], ...byName]);
}

/** A variable that is taken away is written empty too, for readers that know no `unset-environment`. */
function environmentLines({ environment }: Permissions): Lines {
  return [...environment].map(([name, { value }]) => [name, encodeString(value ?? "")]);
}

function policyGroups({ policies }: Permissions): readonly (readonly [name: string, lines: Lines])[] {
  const groups = new Map<string, [key: string, value: string][]>();
  for (const [path, all] of policies) {
    const values = all.filter((value) => !value.startsWith("!"));
    if (values.length === 0) continue;
    const dot = path.indexOf(".");
    const group = `Policy ${path.slice(0, dot)}`;
    groups.set(group, [...(groups.get(group) ?? []), [path.slice(dot + 1), encodeList(values)]]);
  }
  return [...groups];
}

function listLines(lists: readonly (readonly [key: string, items: readonly string[]])[]): Lines {
  return lists.filter(([, items]) => items.length > 0).map(([key, items]) => [key, encodeList(items)]);
}
