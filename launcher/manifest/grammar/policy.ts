// `[Policy SUBSYSTEM]`: values that other programs read; kept and handed on, never interpreted.
import type { PermissionEntry } from "../../permissions/entries.ts";
import { firstUnprintable } from "../filesystem-location.ts";
import { isGroupName, isKeyName } from "../keyfile.ts";
import { itemsOf, replaceItems } from "../keyfile-lists.ts";
import type { LayerName, Result } from "../origin.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { type EntryGrammar, optionOrigin, type PermissionOption } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

const GROUP_PREFIX = "Policy ";

export const policy: EntryGrammar<"policy"> = {
  kind: "policy",
  keys: [
    {
      group: `${GROUP_PREFIX}*`,
      key: null,
      form: "list",
      words: "values that other programs read in the app's permissions; tsbox hands them on",
      read: (entry, reading) =>
        readItems(entry, reading, (item, origin) => {
          const value = item.startsWith("!") ? item.slice(1) : item;
          reading.add({ kind: "policy", key: `${entry.group.slice(GROUP_PREFIX.length)}.${entry.key}`, value, allowed: value === item, origin });
        }),
    },
  ],
  options: [
    option("--add-policy", "add VALUE to a policy that another program reads", true),
    option("--remove-policy", "take VALUE out of a policy that another program reads", false),
  ],
  subject: (entry) => `policy=${entry.key}=${entry.value}`,
  render: (entry) => `${entry.key}=${itemOf(entry)}`,
  denies: (entry) => !entry.allowed,
  merge: (draft, entry) => {
    const values = draft.policies.get(entry.key) ?? new Map();
    values.delete(entry.value);
    values.delete(`!${entry.value}`);
    values.set(itemOf(entry), entry.origin);
    draft.policies.set(entry.key, values);
  },
  // Like merging, writing moves the value to the end: whoever reads the list may care for its order.
  edit: (keyfile, entry) => {
    const place = placeOf(entry.key);
    const others = itemsOf(keyfile, ...place).map((item) => item.value);
    const isOther = (value: string): boolean => !isAbout(entry.value)(value);
    return replaceItems(keyfile, ...place, () => true, [...others.filter(isOther), itemOf(entry)]);
  },
  erase: (keyfile, entry) => replaceItems(keyfile, ...placeOf(entry.key), isAbout(entry.value), []),
};

function itemOf(entry: { readonly value: string; readonly allowed: boolean }): string {
  return entry.allowed ? entry.value : `!${entry.value}`;
}

/** Split at the first dot, as Flatpak does: a subsystem has none. */
function placeOf(key: string): [group: string, key: string] {
  const dot = key.indexOf(".");
  return [`${GROUP_PREFIX}${key.slice(0, dot)}`, key.slice(dot + 1)];
}

function isAbout(value: string): (item: string) => boolean {
  return (item) => item === value || item === `!${value}`;
}

function option(flag: `--${string}`, words: string, allowed: boolean): PermissionOption {
  const parse = (raw: string, layer: LayerName): Result<readonly PermissionEntry[]> => {
    const match = /^([^.=]+)\.([^=]+)=(.*)$/su.exec(raw);
    const [, subsystem = "", key = "", value = ""] = match ?? [];
    // A line break in a key would begin a line of its own.
    if (match === null || !isGroupName(subsystem) || !isKeyName(key) || firstUnprintable(key) !== null)
      return failure(errorAt(NO_PLACE, "option.policy-form", { option: flag, value: raw }));
    if (value.startsWith("!")) return failure(errorAt(NO_PLACE, "option.policy-negated", { option: flag, value }));
    return success([{ kind: "policy", key: `${subsystem}.${key}`, value, allowed, origin: optionOrigin(flag, raw, layer) }]);
  };
  return { flag, argument: "SUBSYSTEM.KEY=VALUE", words, parse };
}
