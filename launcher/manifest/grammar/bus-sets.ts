// `sets=` of `[X-Tsbox Session Bus Rules]` and `[X-Tsbox System Bus Rules]`: named sets of rules, NAME or NAME:PARAMETER (dbus-proxy/policy/sets).
import { BUS_SETS, findBusSet } from "../../../dbus-proxy/policy/sets/list.ts";
import type { PermissionEntry } from "../../permissions/entries.ts";
import { replaceItems } from "../keyfile-lists.ts";
import { nearestWord } from "../nearest.ts";
import type { LayerName, Problem, Result } from "../origin.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { RULE_GROUPS } from "./bus-rules.ts";
import { type EntryGrammar, optionOrigin, type PermissionOption } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

type Bus = "session" | "system";

const KEY = "sets";

export const busSet: EntryGrammar<"bus-set"> = {
  kind: "bus-set",
  keys: (["session", "system"] as const).map((bus) => ({
    group: RULE_GROUPS[bus],
    key: KEY,
    form: "list",
    words: `named sets of such rules, each for one use of a service of the ${bus} bus; some take a parameter behind \`:\``,
    choices: namesOf(bus),
    read: (entry, reading) =>
      readItems(entry, reading, (item, origin) => {
        const allowed = !item.startsWith("!");
        const read = parseSet(bus, allowed ? item : item.slice(1));
        if ("key" in read) reading.report(errorAt(origin, read.key, read.values));
        else reading.add({ kind: "bus-set", bus, ...read, allowed, origin });
      }),
  })),
  options: [
    optionOf("--bus-set", "session", true, "give the app one use of a service by a named set of rules"),
    optionOf("--no-bus-set", "session", false, "take a named set away"),
    optionOf("--system-bus-set", "system", true, "the same on the system bus"),
    optionOf("--no-system-bus-set", "system", false, "take a named set away"),
  ],
  subject: (entry) => `${entry.bus}-bus-sets=${wordOf(entry)}`,
  render: (entry) => `${KEY}=${itemOf(entry)}`,
  denies: (entry) => !entry.allowed,
  merge: (draft, entry) => {
    const key = busSet.subject(entry);
    draft.busSets.delete(key);
    if (entry.allowed) draft.busSets.set(key, entry);
  },
  // Whatever is behind the colon: who denies a set means the use.
  cut: (draft, { bus, set, origin }) =>
    [...draft.busSets].flatMap(([key, granted]) => {
      if (granted.bus !== bus || granted.set !== set) return [];
      draft.busSets.delete(key);
      return [{ granted: `${KEY}=${wordOf(granted)}`, wanted: granted.origin, limit: origin }];
    }),
  edit: (keyfile, entry) => replaceItems(keyfile, RULE_GROUPS[entry.bus], KEY, isAbout(entry), [itemOf(entry)]),
  erase: (keyfile, entry) => replaceItems(keyfile, RULE_GROUPS[entry.bus], KEY, isAbout(entry), []),
};

type SetEntry = Extract<PermissionEntry, { kind: "bus-set" }>;

function wordOf({ set, parameter }: Pick<SetEntry, "set" | "parameter">): string {
  return parameter === "" ? set : `${set}:${parameter}`;
}

function itemOf(entry: SetEntry): string {
  return `${entry.allowed ? "" : "!"}${wordOf(entry)}`;
}

function isAbout(entry: SetEntry): (item: string) => boolean {
  return (item) => (item.startsWith("!") ? item.slice(1) : item) === wordOf(entry);
}

function namesOf(bus: Bus): readonly string[] {
  return BUS_SETS.filter((set) => set.bus === bus).map(({ name }) => name);
}

function parseSet(bus: Bus, raw: string): { readonly set: string; readonly parameter: string } | Pick<Problem, "key" | "values"> {
  const colon = raw.indexOf(":");
  const name = colon < 0 ? raw : raw.slice(0, colon);
  const parameter = colon < 0 ? "" : raw.slice(colon + 1);
  const set = findBusSet(name, bus);
  if (set === undefined) {
    const nearest = nearestWord(name, namesOf(bus));
    return {
      key: nearest === null ? "manifest.bus-set" : "manifest.bus-set-nearest",
      values: { name, known: namesOf(bus).join(", "), nearest: nearest ?? "" },
    };
  }
  if (colon < 0) return { set: name, parameter: "" };
  if (set.parameter === null) return { key: "manifest.bus-set-bare", values: { name, parameter } };
  return set.parameter.fits(parameter)
    ? { set: name, parameter }
    : { key: "manifest.bus-set-parameter", values: { name, parameter, words: set.parameter.words } };
}

function optionOf(flag: PermissionOption["flag"], bus: Bus, allowed: boolean, words: string): PermissionOption {
  const parse = (raw: string, layer: LayerName): Result<readonly PermissionEntry[]> => {
    const read = parseSet(bus, raw);
    if ("key" in read) return failure(errorAt(NO_PLACE, read.key, read.values));
    return success([{ kind: "bus-set", bus, ...read, allowed, origin: optionOrigin(flag, raw, layer) }]);
  };
  return { flag, argument: "SET", words, choices: namesOf(bus), parse };
}
