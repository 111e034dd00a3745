// `persistent=`: paths of the home that live in the app's own data. Layers only add; nothing takes one away but `override --unset` of the same file.
import { firstUnprintable } from "../filesystem-location.ts";
import { replaceItems } from "../keyfile-lists.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { type EntryGrammar, optionOrigin } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

const GROUP = "Context";
const KEY = "persistent";

export const persistent: EntryGrammar<"persistent"> = {
  kind: "persistent",
  keys: [
    {
      group: GROUP,
      key: KEY,
      form: "list",
      words: "paths of the home that live in the app's own data, below `~/.var/app/ID`",
      read: (entry, reading) =>
        readItems(entry, reading, (path, origin) => {
          const character = firstUnprintable(path);
          if (character !== null) reading.report(errorAt(origin, "manifest.filesystem-character", { value: path, character }));
          else reading.add({ kind: "persistent", path, origin });
        }),
    },
  ],
  options: [
    {
      flag: "--persist",
      argument: "PATH",
      words: "keep PATH of the home in the app's own data",
      parse: (raw, layer) => {
        const character = firstUnprintable(raw);
        if (character !== null) return failure(errorAt(NO_PLACE, "manifest.filesystem-character", { value: raw, character }));
        return success([{ kind: "persistent", path: raw, origin: optionOrigin("--persist", raw, layer) }]);
      },
    },
  ],
  subject: (entry) => `${KEY}=${entry.path}`,
  render: (entry) => `${KEY}=${entry.path}`,
  isWithin: "always",
  denies: () => false,
  merge: (draft, entry) => {
    if (!draft.persistent.has(entry.path)) draft.persistent.set(entry.path, entry.origin);
  },
  edit: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, (value) => value === entry.path, [entry.path]),
  erase: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, (value) => value === entry.path, []),
};
