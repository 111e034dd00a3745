// `[Session Bus Policy]` and `[System Bus Policy]`: names that the app may see, talk to or own, and names hidden from it.
import { findBusSet } from "../../../dbus-proxy/policy/sets/list.ts";
import type { EntryOf } from "../../permissions/entries.ts";
import { HIDDEN_NAMES, isLifted, speaksOfHidden } from "../../permissions/hidden-names.ts";
import type { BusLevel } from "../../permissions/permissions.ts";
import { parseBusPattern, patternCovers } from "../bus-name.ts";
import type { KeyfileEntry } from "../keyfile.ts";
import { removeKey, setKey } from "../keyfile-edit.ts";
import { decodeLeniently } from "../keyfile-values.ts";
import { nearestWord } from "../nearest.ts";
import { errorAt, failure, NO_PLACE, noticeAt, success } from "../problem.ts";
import type { Draft } from "./draft.ts";
import { type Cut, type EntryGrammar, optionOrigin, type PermissionOption, type Reading } from "./entry-grammar.ts";
import { originOf } from "./list-entry.ts";

type Bus = "session" | "system";

const GROUPS: Readonly<Record<Bus, string>> = { session: "Session Bus Policy", system: "System Bus Policy" };
const LEVELS: readonly BusLevel[] = ["none", "see", "talk", "own"];

/** Flatpak has no option for `see`, and writes `none` with `--no-talk-name`. */
const OPTIONS: readonly { readonly flag: `--${string}`; readonly bus: Bus; readonly level: BusLevel; readonly words: string }[] = [
  { flag: "--own-name", bus: "session", level: "own", words: "let the app own NAME on the session bus; NAME.* means all below it too" },
  { flag: "--talk-name", bus: "session", level: "talk", words: "let the app talk to NAME on the session bus" },
  { flag: "--see-name", bus: "session", level: "see", words: "let the app see that NAME is there on the session bus" },
  { flag: "--no-talk-name", bus: "session", level: "none", words: "hide NAME of the session bus from the app" },
  { flag: "--system-own-name", bus: "system", level: "own", words: "let the app own NAME on the system bus" },
  { flag: "--system-talk-name", bus: "system", level: "talk", words: "let the app talk to NAME on the system bus" },
  { flag: "--system-see-name", bus: "system", level: "see", words: "let the app see that NAME is there on the system bus" },
  { flag: "--system-no-talk-name", bus: "system", level: "none", words: "hide NAME of the system bus from the app" },
];

export const bus: EntryGrammar<"bus"> = {
  kind: "bus",
  keys: (Object.keys(GROUPS) as Bus[]).map((one) => ({
    group: GROUPS[one],
    key: null,
    form: "text",
    words: `what the app may do with the name KEY of the ${one} bus: each word holds those before it; \`KEY.*\` means all names below it too`,
    choices: LEVELS,
    read: (entry, reading) => readPolicy(one, entry, reading),
  })),
  options: OPTIONS.map(optionOf),
  subject: (entry) => `${entry.bus}-bus=${entry.name}`,
  render: (entry) => `${entry.name}=${entry.level}`,
  denies: (entry) => entry.level === "none",
  isWithin: (older, entry) => {
    const mine = older.filter((one) => one.bus === entry.bus);
    // To name what a denial or tsbox itself hides lifts it, which no wildcard does.
    const isDenied = mine.some((one) => one.level === "none" && patternCovers(one.name, entry.name));
    const isHidden = entry.bus === "session" && HIDDEN_NAMES.some((hidden) => speaksOfHidden(hidden, entry) && !isLifted(hidden, mine));
    return mine.some(
      ({ name, level }) =>
        LEVELS.indexOf(level) >= LEVELS.indexOf(entry.level) && (isDenied || isHidden ? name === entry.name : patternCovers(name, entry.name)),
    );
  },
  merge: (draft, { bus: which, name, level, origin }) => {
    draft.bus[which].set(name, { name, level, origin });
  },
  cut: (draft, entry) => {
    const cuts: Cut[] = [];
    for (const [name, granted] of draft.bus[entry.bus]) {
      if (granted.level === "none" || !patternCovers(entry.name, name)) continue;
      cuts.push({ granted: `${name}=${granted.level}`, wanted: granted.origin, limit: entry.origin });
      draft.bus[entry.bus].set(name, { name, level: "none", origin: entry.origin });
    }
    draft.bus[entry.bus].set(entry.name, { name: entry.name, level: "none", origin: entry.origin });
    cuts.push(...cutRules(draft, entry));
    // An unfiltered bus hides no name.
    const socket = `${entry.bus}-bus`;
    const whole = draft.named.sockets.get(socket);
    if (whole !== undefined && (whole.allowed || whole.conditions.length > 0)) {
      cuts.push({ granted: `sockets=${socket}`, wanted: whole.origin, limit: entry.origin });
      draft.named.sockets.set(socket, { name: socket, allowed: false, conditions: [], origin: entry.origin });
    }
    return cuts;
  },
  remaining: (permissions, entry) => {
    const names = [...permissions[entry.bus === "session" ? "sessionBus" : "systemBus"].values()];
    const reaching = names.filter((other) => other.level !== "none" && (patternCovers(entry.name, other.name) || patternCovers(other.name, entry.name)));
    return [...reaching.map((other) => `${entry.bus}-bus=${other.name}`), `sockets=${entry.bus}-bus`];
  },
  edit: (keyfile, entry) => setKey(keyfile, GROUPS[entry.bus], entry.name, entry.level),
  erase: (keyfile, entry) => removeKey(keyfile, GROUPS[entry.bus], entry.name),
};

/** Rules and named sets about the name go with it. */
function cutRules(draft: Draft, { bus: which, name, origin }: EntryOf<"bus">): readonly Cut[] {
  const cuts: Cut[] = [];
  for (const [key, rule] of draft.busRules) {
    if (rule.bus !== which || !patternCovers(name, rule.name)) continue;
    cuts.push({ granted: `${rule.name}=${rule.verb} ${rule.rule}`, wanted: rule.origin, limit: origin });
    draft.busRules.delete(key);
  }
  for (const [key, { bus: other, set, origin: wanted }] of draft.busSets) {
    if (other !== which || !findBusSet(set, which)?.services.some((service) => patternCovers(name, service))) continue;
    cuts.push({ granted: `sets=${set}`, wanted, limit: origin });
    draft.busSets.delete(key);
  }
  return cuts;
}

function readPolicy(which: Bus, entry: KeyfileEntry, reading: Reading): void {
  const origin = originOf(entry, reading);
  const name = parseBusPattern(entry.key);
  if (name === null) {
    reading.report(errorAt(origin, "manifest.bus-name", { name: entry.key, group: entry.group }));
    return;
  }
  // What has an escape that is none is no word of these.
  const { value } = decodeLeniently(entry);
  const level = LEVELS.find((known) => known === value);
  if (level !== undefined) {
    reading.add({ kind: "bus", bus: which, name, level, origin });
    return;
  }
  // In a manifest an unknown word grants nothing. Above it, it could have been meant to deny what a lower layer grants.
  const values = { word: value, name, nearest: nearestWord(value, LEVELS) ?? "", known: LEVELS.join(", ") };
  const place = { ...origin, column: entry.valueColumn };
  reading.report(reading.layer === "manifest" ? noticeAt(place, "manifest.bus-level-passed", values) : errorAt(place, "manifest.bus-level", values));
}

function optionOf({ flag, bus: which, level, words }: (typeof OPTIONS)[number]): PermissionOption {
  return {
    flag,
    argument: "NAME",
    words,
    parse: (raw, layer) => {
      const name = parseBusPattern(raw);
      if (name === null) return failure(errorAt(NO_PLACE, "option.bus-name", { option: flag, name: raw }));
      return success([{ kind: "bus", bus: which, name, level, origin: optionOrigin(flag, raw, layer) }]);
    },
  };
}
