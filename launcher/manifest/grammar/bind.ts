// `[X-Tsbox Data] bind=`: a place of the host under another name inside. The user's word alone: a manifest says what it wants by its own name (`filesystems=`).
import type { EntryOf } from "../../permissions/entries.ts";
import { firstUnprintable } from "../filesystem-location.ts";
import { replaceItems } from "../keyfile-lists.ts";
import type { Origin, Result } from "../origin.ts";
import { errorAt, failure, success } from "../problem.ts";
import { type EntryGrammar, optionOrigin } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

const GROUP = "X-Tsbox Data";
const KEY = "bind";
const PATH = "~?/[^\\0]*?";

export const bind: EntryGrammar<"bind"> = {
  kind: "bind",
  keys: [
    {
      group: GROUP,
      key: KEY,
      form: "list",
      words:
        "`SRC:DEST` shows the file or folder SRC of the host at DEST inside, `SRC:DEST:ro` to be read only; `!DEST` takes what lower layers show there away",
      pattern: "^!?(?:~?/)",
      only: "override",
      read: (entry, reading) =>
        readItems(entry, reading, (item, origin) => {
          const parsed = item.startsWith("!") ? parsePlace(item.slice(1), origin) : parseBind(item, origin);
          if (reading.layer === "manifest") reading.report(errorAt(origin, "manifest.bind-in-manifest", { value: item }));
          else if (parsed.ok) reading.add(parsed.value);
          else for (const problem of parsed.problems) reading.report(problem);
        }),
    },
  ],
  options: [
    {
      flag: "--bind",
      argument: "SRC:DEST[:ro]",
      words: "show the host's file or folder SRC at DEST inside",
      parse: (raw, layer) => listed(parseBind(raw, optionOrigin("--bind", raw, layer))),
    },
    {
      flag: "--nobind",
      argument: "DEST",
      words: "show nothing of the host at DEST",
      parse: (raw, layer) => listed(parsePlace(raw, optionOrigin("--nobind", raw, layer))),
    },
  ],
  subject: (entry) => `${KEY}=${entry.to}`,
  render: (entry) => `${KEY}=${renderBind(entry)}`,
  denies: (entry) => entry.from === null,
  merge: (draft, { from, to, mode, origin }) => {
    draft.binds.delete(to);
    if (from !== null) draft.binds.set(to, { from, to, mode, origin });
  },
  cut: (draft, entry) => {
    const wanted = draft.binds.get(entry.to);
    draft.binds.delete(entry.to);
    return wanted === undefined ? [] : [{ granted: `${KEY}=${renderBind(wanted)}`, wanted: wanted.origin, limit: entry.origin }];
  },
  edit: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, isAbout(entry.to), [renderBind(entry)]),
  erase: (keyfile, entry) => replaceItems(keyfile, GROUP, KEY, isAbout(entry.to), []),
};

export function renderBind({ from, to, mode }: Pick<EntryOf<"bind">, "from" | "to" | "mode">): string {
  return from === null ? `!${to}` : `${from}:${to}${mode === "ro" ? ":ro" : ""}`;
}

function parseBind(raw: string, origin: Origin): Result<EntryOf<"bind">> {
  const [, from = "", to = "", mode] = new RegExp(`^(${PATH}):(~?/[^:\\0]+?)(?::(ro|rw))?$`, "s").exec(raw) ?? [];
  if (from === "" || isUnfit(from) || isUnfit(to)) return failure(errorAt(origin, "manifest.bind-form", { value: raw }));
  return success({ kind: "bind", from: plain(from), to: plain(to), mode: mode === "ro" ? "ro" : "rw", origin });
}

function parsePlace(raw: string, origin: Origin): Result<EntryOf<"bind">> {
  if (!/^~?\/./s.test(raw) || isUnfit(raw)) return failure(errorAt(origin, "manifest.bind-form", { value: raw }));
  return success({ kind: "bind", from: null, to: plain(raw), mode: "rw", origin });
}

function isUnfit(path: string): boolean {
  return firstUnprintable(path) !== null || path.split("/").includes("..");
}

/** In one spelling, so that two words for one place are one. */
function plain(path: string): string {
  const [first = "", ...rest] = path.split("/");
  return [first, ...rest.filter((component) => component !== "" && component !== ".")].join("/") || "/";
}

function isAbout(to: string): (item: string) => boolean {
  const about = (item: string): string | undefined => {
    const place = item.startsWith("!") ? item.slice(1) : new RegExp(`^${PATH}:(~?/[^:\\0]+?)(?::(?:ro|rw))?$`, "s").exec(item)?.[1];
    return place === undefined ? undefined : plain(place);
  };
  return (item) => about(item) === to;
}

function listed(parsed: Result<EntryOf<"bind">>): Result<readonly EntryOf<"bind">[]> {
  return parsed.ok ? success([parsed.value]) : parsed;
}
