// `[X-Tsbox Accept] lower=`: lower levels that the user or administrator takes. Overrides only: a manifest cannot accept for its user.
import { LOWER_LEVELS } from "../../permissions/lower-levels.ts";
import { replaceItems } from "../keyfile-lists.ts";
import { nearestWord } from "../nearest.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { type EntryGrammar, optionOrigin } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

const GROUP = "X-Tsbox Accept";
const KEY = "lower";
const NAMES: readonly string[] = LOWER_LEVELS.map((level) => level.name);

export const acceptLower: EntryGrammar<"accept-lower"> = {
  kind: "accept-lower",
  keys: [
    {
      group: GROUP,
      key: KEY,
      form: "list",
      words: "weaker forms of one protection that are taken where this host has no full one",
      choices: NAMES,
      only: "override",
      read: (entry, reading) =>
        readItems(entry, reading, (item, origin) => {
          const name = item.startsWith("!") ? item.slice(1) : item;
          if (reading.layer === "manifest") reading.report(errorAt(origin, "manifest.accept-in-manifest", { name }));
          else if (!NAMES.includes(name)) reading.report(errorAt(origin, "manifest.lower-unknown", unknown(name)));
          else reading.add({ kind: "accept-lower", name, accepted: name === item, origin });
        }),
    },
  ],
  options: [
    {
      flag: "--accept-lower",
      argument: "NAME",
      words: "take a weaker form of one protection where this host has no full one",
      choices: NAMES,
      parse: (raw, layer) => {
        if (!NAMES.includes(raw)) return failure(errorAt(NO_PLACE, "option.lower-unknown", unknown(raw)));
        return success([{ kind: "accept-lower", name: raw, accepted: true, origin: optionOrigin("--accept-lower", raw, layer) }]);
      },
    },
  ],
  subject: (entry) => `accept-lower=${entry.name}`,
  render: (entry) => `${KEY}=${entry.accepted ? "" : "!"}${entry.name}`,
  denies: (entry) => !entry.accepted,
  merge: (draft, entry) => {
    if (entry.accepted) draft.acceptedLowerLevels.set(entry.name, entry.origin);
    else draft.acceptedLowerLevels.delete(entry.name);
  },
  cut: (draft, entry) => {
    const wanted = draft.acceptedLowerLevels.get(entry.name);
    draft.acceptedLowerLevels.delete(entry.name);
    return wanted === undefined ? [] : [{ granted: `${KEY}=${entry.name}`, wanted, limit: entry.origin }];
  },
  edit: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, isAbout(entry.name), [`${entry.accepted ? "" : "!"}${entry.name}`]),
  erase: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, isAbout(entry.name), []),
};

function isAbout(name: string): (item: string) => boolean {
  return (item) => item === name || item === `!${name}`;
}

function unknown(name: string): Readonly<Record<string, string>> {
  return { name, known: NAMES.join(", "), nearest: nearestWord(name, NAMES) ?? "" };
}
