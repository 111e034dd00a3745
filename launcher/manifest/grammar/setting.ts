// `[X-Tsbox] nested= live=` and `[X-Tsbox Display] x11= clipboard=`: settings of the sandbox itself, one word each out of a few. The words are in order, from the narrowest on.
import { SETTINGS, type SettingName, STANDARD_SETTINGS, type PermissionEntry } from "../../permissions/entries.ts";
import { entryOf } from "../keyfile.ts";
import { removeKey, setKey } from "../keyfile-edit.ts";
import { decodeString } from "../keyfile-values.ts";
import { nearestWord } from "../nearest.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { type EntryGrammar, type KeyReader, optionOrigin, type PermissionOption } from "./entry-grammar.ts";
import { originOf } from "./list-entry.ts";

const GROUPS: Readonly<Record<SettingName, string>> = { nested: "X-Tsbox", live: "X-Tsbox", x11: "X-Tsbox Display", clipboard: "X-Tsbox Display" };
const NAMES = Object.keys(SETTINGS) as readonly SettingName[];
const SUMMARIES: Readonly<Record<SettingName, string>> = {
  nested: "sandboxes that the app makes itself: none, isolate (browsers), full (programs that bring bubblewrap)",
  x11: "what X11 an app with X11 has: a server of its own (nested), the host's as a stranger (untrusted), or the host's whole (host)",
  clipboard: "text between your clipboard and that of an X server of the app's own (x11=nested): none, in (the app pastes yours), both",
  live: "whether places may be granted while the app runs: all, or none",
};

export const setting: EntryGrammar<"setting"> = {
  kind: "setting",
  keys: NAMES.map(readerOf),
  options: NAMES.map(optionOf),
  subject: (entry) => `setting=${entry.name}`,
  render: (entry) => `${entry.name}=${entry.word}`,
  // In a limit a word is the most that is allowed, so all but the widest one take away.
  denies: (entry) => rank(entry) < (entry.origin.layer === "limit" ? words(entry.name).length - 1 : 1),
  isWithin: (older, entry) => rank(entry) <= rank(older.find(({ name }) => name === entry.name) ?? standardOf(entry.name)),
  narrows: (entry) => rank(entry) < rank(standardOf(entry.name)),
  merge: (draft, { name, word, origin }) => void draft.settings.set(name, { word, origin }),
  cut: (draft, entry) => {
    const wanted = draft.settings.get(entry.name);
    if (wanted !== undefined && words(entry.name).indexOf(wanted.word) <= rank(entry)) return [];
    // Where nobody says anything the standard holds, which may be wider than the limit.
    draft.settings.set(entry.name, { word: entry.word, origin: entry.origin });
    return wanted === undefined ? [] : [{ granted: `${entry.name}=${wanted.word}`, wanted: wanted.origin, limit: entry.origin }];
  },
  edit: (keyfile, { name, word }) => setKey(keyfile, GROUPS[name], name, word),
  erase: (keyfile, { name }) => (entryOf(keyfile, GROUPS[name], name) === null ? keyfile : removeKey(keyfile, GROUPS[name], name)),
};

function words(name: SettingName): readonly string[] {
  return SETTINGS[name];
}

function standardOf(name: SettingName): { readonly name: SettingName; readonly word: string } {
  return { name, word: STANDARD_SETTINGS[name] };
}

function rank({ name, word }: { readonly name: SettingName; readonly word: string }): number {
  return words(name).indexOf(word);
}

function readerOf(name: SettingName): KeyReader {
  return {
    group: GROUPS[name],
    key: name,
    form: "text",
    words: SUMMARIES[name],
    choices: words(name),
    read: (entry, reading) => {
      const value = decodeString(entry);
      if (!value.ok) for (const problem of value.problems) reading.report(problem);
      else if (words(name).includes(value.value)) reading.add({ kind: "setting", name, word: value.value, origin: originOf(entry, reading) });
      else {
        const nearest = nearestWord(value.value, words(name));
        const values = { key: name, value: value.value, known: words(name).join(", "), nearest: nearest ?? "" };
        reading.report(
          errorAt({ ...entry, column: entry.valueColumn }, nearest === null ? "manifest.setting-value" : "manifest.setting-value-nearest", values),
        );
      }
    },
  };
}

function optionOf(name: SettingName): PermissionOption {
  const flag = `--${name}` as const;
  return {
    flag,
    argument: "WORD",
    words: SUMMARIES[name],
    choices: words(name),
    parse: (raw, layer) => {
      if (words(name).includes(raw)) {
        const entry: PermissionEntry = { kind: "setting", name, word: raw, origin: optionOrigin(flag, raw, layer) };
        return success([entry]);
      }
      const nearest = nearestWord(raw, words(name));
      const values = { option: flag, word: raw, known: words(name).join(", "), nearest: nearest ?? "" };
      return failure(errorAt(NO_PLACE, nearest === null ? "option.unknown-word" : "option.unknown-word-nearest", values));
    },
  };
}
