// `[X-Tsbox Devices] allow=`: devices by what they are for. `!word` takes one away.
import { DEVICE_WORDS, deviceKindOf, SHOWN_DEVICE_WORDS } from "../../permissions/device-words.ts";
import type { PermissionEntry } from "../../permissions/entries.ts";
import { replaceItems } from "../keyfile-lists.ts";
import { nearestWord } from "../nearest.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { cutName, cutUse, isInForce, widerThanUse } from "./device-cuts.ts";
import { type EntryGrammar, optionOrigin, type PermissionOption } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

const GROUP = "X-Tsbox Devices";
const KEY = "allow";

export const deviceUse: EntryGrammar<"device-use"> = {
  kind: "device-use",
  keys: [
    {
      group: GROUP,
      key: KEY,
      form: "list",
      words: "devices by what they are for, each just its own nodes",
      choices: SHOWN_DEVICE_WORDS,
      pattern: `^!?(?:${Object.keys(DEVICE_WORDS).join("|")})(?::|$)`,
      read: (entry, reading) =>
        readItems(entry, reading, (item, origin) => {
          const word = item.startsWith("!") ? item.slice(1) : item;
          if (deviceKindOf(word) === null) reading.report(errorAt(origin, "manifest.device-unknown", unknown(word)));
          else reading.add({ kind: "device-use", word, allowed: word === item, origin });
        }),
    },
  ],
  options: [
    optionOf("--allow-device", true, "let the app use devices for USE, and no others: `camera`, `usb:1050:0407` …"),
    optionOf("--disallow-device", false, "do not let the app use devices for USE by that word"),
  ],
  subject: (entry) => `device-use=${entry.word}`,
  render: (entry) => `${KEY}=${entry.allowed ? "" : "!"}${entry.word}`,
  denies: (entry) => !entry.allowed,
  merge: (draft, { word, allowed, origin }) => void draft.deviceUses.set(word, { allowed, origin }),
  cut: (draft, { word, origin }) => [
    ...cutUse(draft, word, origin),
    ...widerThanUse(word).flatMap(([list, name]) => cutName(draft, list, name, origin, false)),
  ],
  remaining: (permissions, { word }) => widerThanUse(word).flatMap(([list, name]) => (isInForce(permissions[list].get(name)) ? [`${list}=${name}`] : [])),
  edit: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, isAbout(entry.word), [`${entry.allowed ? "" : "!"}${entry.word}`]),
  erase: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, isAbout(entry.word), []),
};

function isAbout(word: string): (item: string) => boolean {
  return (item) => item === word || item === `!${word}`;
}

function unknown(word: string): Readonly<Record<string, string>> {
  return { word, known: SHOWN_DEVICE_WORDS.join(", "), nearest: nearestWord(word, SHOWN_DEVICE_WORDS) ?? "" };
}

function optionOf(flag: "--allow-device" | "--disallow-device", allowed: boolean, words: string): PermissionOption {
  return {
    flag,
    argument: "USE",
    words,
    choices: SHOWN_DEVICE_WORDS,
    parse: (raw, layer) => {
      if (deviceKindOf(raw) === null) return failure(errorAt(NO_PLACE, "option.device-unknown", { option: flag, ...unknown(raw) }));
      const entry: PermissionEntry = { kind: "device-use", word: raw, allowed, origin: optionOrigin(flag, raw, layer) };
      return success([entry]);
    },
  };
}
