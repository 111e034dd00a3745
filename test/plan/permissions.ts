// Effective permissions as literals, for tests of the plan: what a manifest would say, each entry with a line of its own.
import type { Origin } from "../../launcher/manifest/origin.ts";
import type { AudioUse, SettingName } from "../../launcher/permissions/entries.ts";
import type { BusLevel, BusRulePermission, FilesystemMode, NamedPermission, Permissions } from "../../launcher/permissions/permissions.ts";

export interface Words {
  readonly shared?: readonly string[];
  readonly sockets?: readonly string[];
  readonly devices?: readonly string[];
  readonly deviceUses?: readonly string[];
  readonly features?: readonly string[];
  /** `LOCATION`, `LOCATION:ro`, `LOCATION:create`, `!LOCATION`. */
  readonly filesystems?: readonly string[];
  /** The same, from the command line. */
  readonly givenFilesystems?: readonly string[];
  /** The same, from an override of the user's, and from a limit. */
  readonly overriddenFilesystems?: readonly string[];
  readonly limitedFilesystems?: readonly string[];
  readonly persistent?: readonly string[];
  /** Null takes a variable away. */
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly sessionBus?: Readonly<Record<string, BusLevel>>;
  readonly systemBus?: Readonly<Record<string, BusLevel>>;
  /** `NAME=call RULE`, on the session bus. */
  readonly busRules?: readonly string[];
  /** Of the session bus. */
  readonly busSets?: readonly string[];
  readonly accepted?: readonly string[];
  /** SRC:DEST or SRC:DEST:ro. */
  readonly binds?: readonly string[];
  readonly settings?: Readonly<Partial<Record<SettingName, string>>>;
  readonly audio?: Readonly<Partial<Record<AudioUse, boolean>>>;
}

const FILE = "/home/ada/.local/share/tsbox/manifests/org.example.App.ini";

export function origin(text: string, line = 7): Origin {
  return { layer: "manifest", file: FILE, line, column: 1, text };
}

/** `NAME`, `!NAME`, `if:NAME:CONDITION`. */
function named(key: string, words: readonly string[] = []): ReadonlyMap<string, NamedPermission> {
  const map = new Map<string, NamedPermission>();
  for (const word of words) {
    const [, name = "", condition = ""] = word.startsWith("if:") ? word.split(":") : ["", word.replace(/^!/, ""), ""];
    map.set(name, {
      name,
      allowed: !word.startsWith("!") && condition === "",
      conditions: condition === "" ? [] : [condition],
      origin: origin(`${key}=${word}`),
    });
  }
  return map;
}

export function permissionsOf(words: Words): Permissions {
  const bus = (entries: Readonly<Record<string, BusLevel>> = {}) =>
    new Map(Object.entries(entries).map(([name, level]) => [name, { name, level, origin: origin(`${name}=${level}`) }]));
  const places = (list: readonly string[] = [], layer: Origin["layer"] = "manifest") =>
    list.map((word) => ({ ...placeOf(word), origin: { ...origin(`filesystems=${word}`), layer } }));
  const filesystems = [
    ...places(words.filesystems),
    ...places(words.overriddenFilesystems, "user-app"),
    ...places(words.givenFilesystems, "command-line"),
    ...places(words.limitedFilesystems, "limit"),
  ];
  return {
    shared: named("shared", words.shared),
    sockets: named("sockets", words.sockets),
    devices: named("devices", words.devices),
    features: named("features", words.features),
    filesystems: new Map(filesystems.map((entry) => [entry.location, entry])),
    binds: (words.binds ?? []).map((text) => {
      const [from = "", to = "", mode] = text.split(":");
      return { from, to, mode: mode === "ro" ? "ro" : "rw", origin: { ...origin(`--bind=${text}`), layer: "command-line" } };
    }),
    persistent: (words.persistent ?? []).map((path) => ({ path, origin: origin(`persistent=${path}`) })),
    environment: new Map(Object.entries(words.environment ?? {}).map(([name, value]) => [name, { value, origin: origin(`${name}=${value ?? ""}`) }])),
    sessionBus: bus(words.sessionBus),
    systemBus: bus(words.systemBus),
    busRules: new Map((words.busRules ?? []).map((text) => [text, busRule(text)])),
    busSets: new Map((words.busSets ?? []).map((set) => [set, { bus: "session", set, parameter: "", origin: origin(`sets=${set}`) }])),
    acceptedLowerLevels: new Map((words.accepted ?? []).map((name) => [name, origin(`lower=${name}`)])),
    audio: new Map(Object.entries(words.audio ?? {}).map(([use, granted]) => [use as AudioUse, { granted, origin: origin(`${use}=${granted}`) }])),
    settings: new Map(Object.entries(words.settings ?? {}).map(([name, word]) => [name as SettingName, { word, origin: origin(`${name}=${word}`) }])),
    deviceUses: new Map((words.deviceUses ?? []).map((word) => [word.replace(/^!/, ""), { allowed: !word.startsWith("!"), origin: origin(`allow=${word}`) }])),
    policies: new Map(),
    usb: { enumerable: [], hidden: [] },
  };
}

function placeOf(word: string): { readonly location: string; readonly mode: FilesystemMode } {
  const match = /^(!?)([\s\S]*?)(?::(ro|rw|create))?$/.exec(word) as RegExpExecArray;
  return { location: match[2] as string, mode: match[1] === "!" ? "none" : ((match[3] ?? "rw") as FilesystemMode) };
}

function busRule(text: string): BusRulePermission {
  const [, name = "", verb = "", rule = ""] = /^([^=]+)=(call|broadcast) (.*)$/.exec(text) ?? [];
  return { bus: "session", name, verb: verb === "call" ? "call" : "broadcast", rule, origin: origin(text) };
}
