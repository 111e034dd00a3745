// A manifest or override as JSON: groups of keys, with lists as arrays and booleans as such. The schema of it is made in launcher/cli/pages. Pure.
import type { KeyMeaning } from "./grammar/entry-grammar.ts";
import { KEY_MEANINGS } from "./grammar/grammars.ts";
import type { Keyfile, KeyfileEntry } from "./keyfile.ts";
import { decodeBoolean, decodeList, decodeString } from "./keyfile-values.ts";

export type KeyfileJson = Readonly<Record<string, Readonly<Record<string, string | boolean | readonly string[]>>>>;

/** Groups and keys that nobody here reads are there too, as text. */
export function keyfileAsJson(keyfile: Keyfile): KeyfileJson {
  const groups = [...keyfile.groups.values()].map((group) => {
    const values = [...group.entries.values()].map((entry) => [entry.key, jsonOf(entry)] as const);
    return [group.name, Object.fromEntries(values)] as const;
  });
  return Object.fromEntries(groups);
}

/** The meaning of a key; a key that is named wins over one that may be any. */
function meaningOfKey(group: string, key: string): KeyMeaning | undefined {
  const ofGroup = KEY_MEANINGS.filter((one) => (one.group.endsWith(" *") ? group.startsWith(one.group.slice(0, -1)) : one.group === group));
  return ofGroup.find((one) => one.key === key) ?? ofGroup.find((one) => one.key === null);
}

/** A value that does not decode stays as it is written. */
function jsonOf(entry: KeyfileEntry): string | boolean | readonly string[] {
  const form = meaningOfKey(entry.group, entry.key)?.form ?? "text";
  if (form === "list") {
    const items = decodeList(entry);
    if (items.ok) return items.value.map(({ value }) => value);
  }
  if (form === "boolean") {
    const value = decodeBoolean(entry);
    if (value.ok) return value.value;
  }
  const text = decodeString(entry);
  return text.ok ? text.value : entry.rawValue;
}
