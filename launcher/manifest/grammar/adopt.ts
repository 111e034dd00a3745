// `[X-Tsbox Data] adopt=`: settings that the program may have outside, which the user is asked about. It gives nothing by itself.
import { firstUnprintable } from "../filesystem-location.ts";
import { replaceItems } from "../keyfile-lists.ts";
import { errorAt } from "../problem.ts";
import type { EntryGrammar } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

const GROUP = "X-Tsbox Data";
const KEY = "adopt";

export const adopt: EntryGrammar<"adopt"> = {
  kind: "adopt",
  keys: [
    {
      group: GROUP,
      key: KEY,
      form: "list",
      words: "`~/PATH` of settings that the program has outside: `tsbox data adopt` asks whether they are copied, shared or left",
      pattern: "^~/",
      only: "manifest",
      read: (entry, reading) =>
        readItems(entry, reading, (path, origin) => {
          const place = plain(path);
          const isFit = path.startsWith("~/") && place !== "~" && !path.split("/").includes("..") && firstUnprintable(path) === null;
          if (reading.layer !== "manifest") reading.report(errorAt(origin, "manifest.adopt-place", {}));
          else if (!isFit) reading.report(errorAt(origin, "manifest.adopt-form", { value: path }));
          else reading.add({ kind: "adopt", path: place, origin });
        }),
    },
  ],
  options: [],
  subject: (entry) => `${KEY}=${entry.path}`,
  render: (entry) => `${KEY}=${entry.path}`,
  isWithin: "always",
  denies: () => false,
  merge: () => {},
  edit: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, (item) => plain(item) === entry.path, [entry.path]),
  erase: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, (item) => plain(item) === entry.path, []),
};

/** In one spelling: guarded places are known by theirs, and `~/./.ssh` is none of another name. */
function plain(path: string): string {
  return path
    .split("/")
    .filter((component) => component !== "" && component !== ".")
    .join("/");
}
