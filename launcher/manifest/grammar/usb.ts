// `[USB Devices]`: which devices the USB portal lists for the app. Hidden wins over enumerable; layers only add.
import type { EntryOf, PermissionEntry } from "../../permissions/entries.ts";
import { replaceItems } from "../keyfile-lists.ts";
import type { LayerName, Result } from "../origin.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { parseUsbQuery } from "../usb-query.ts";
import { type EntryGrammar, optionOrigin, type PermissionOption } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

type UsbList = EntryOf<"usb">["list"];

const GROUP = "USB Devices";
const KEYS: Readonly<Record<UsbList, string>> = { enumerable: "enumerable-devices", hidden: "hidden-devices" };
const KEY_WORDS: Readonly<Record<UsbList, string>> = {
  enumerable: "USB devices that the USB portal lists for the app",
  hidden: "USB devices that it does not list, whatever else is said",
};

export const usb: EntryGrammar<"usb"> = {
  kind: "usb",
  keys: (Object.keys(KEYS) as UsbList[]).map((list) => ({
    group: GROUP,
    key: KEYS[list],
    form: "list",
    words: `${KEY_WORDS[list]}: \`all\`, \`vnd:VENDOR\`, \`dev:PRODUCT\`, \`cls:CLASS:SUBCLASS\`, several joined by \`+\``,
    read: (entry, reading) =>
      readItems(entry, reading, (raw, origin) => {
        const parsed = parseUsbQuery(raw);
        if (parsed.ok) reading.add({ kind: "usb", list, query: parsed.query, origin });
        else reading.report(errorAt(origin, parsed.key, { query: raw }));
      }),
  })),
  options: [
    queryOption("--usb", "let the USB portal list the devices of QUERY", "enumerable"),
    queryOption("--nousb", "hide the devices of QUERY from the USB portal's list", "hidden"),
    { flag: "--usb-list", argument: "LIST", words: "several queries with `;` between them; `!` in front hides", parse: parseUsbList },
  ],
  subject: (entry) => `${KEYS[entry.list]}=${entry.query}`,
  render: (entry) => `${KEYS[entry.list]}=${entry.query}`,
  denies: (entry) => entry.list === "hidden",
  merge: (draft, entry) => {
    if (!draft.usb[entry.list].has(entry.query)) draft.usb[entry.list].set(entry.query, entry.origin);
  },
  cut: (draft, entry) => {
    const wanted = draft.usb.enumerable.get(entry.query);
    draft.usb.hidden.set(entry.query, entry.origin);
    return wanted === undefined ? [] : [{ granted: `${KEYS.enumerable}=${entry.query}`, wanted, limit: entry.origin }];
  },
  edit: (keyfile, entry) => replaceItems(keyfile, GROUP, KEYS[entry.list], isAbout(entry.query), [entry.query]),
  erase: (keyfile, entry) => replaceItems(keyfile, GROUP, KEYS[entry.list], isAbout(entry.query), []),
};

function isAbout(query: string): (item: string) => boolean {
  return (item) => {
    const parsed = parseUsbQuery(item);
    return parsed.ok && parsed.query === query;
  };
}

function queryOption(flag: `--${string}`, words: string, list: UsbList): PermissionOption {
  return {
    flag,
    argument: "QUERY",
    words,
    parse: (raw, layer) => {
      const parsed = parseUsbQuery(raw);
      if (!parsed.ok) return failure(errorAt(NO_PLACE, parsed.key, { query: raw }));
      return success([{ kind: "usb", list, query: parsed.query, origin: optionOrigin(flag, raw, layer) }]);
    },
  };
}

/** Flatpak skips items that are not queries; here they are refused, since nobody would learn of it. */
function parseUsbList(raw: string, layer: LayerName): Result<readonly PermissionEntry[]> {
  const entries: PermissionEntry[] = [];
  for (const line of raw.split("\n").filter((one) => !one.startsWith("#"))) {
    for (const item of line
      .split(";")
      .map((one) => one.trim())
      .filter((one) => one !== "")) {
      const query = item.startsWith("!") ? item.slice(1) : item;
      const parsed = parseUsbQuery(query);
      if (!parsed.ok) return failure(errorAt(NO_PLACE, parsed.key, { query }));
      entries.push({ kind: "usb", list: query === item ? "enumerable" : "hidden", query: parsed.query, origin: optionOrigin("--usb-list", raw, layer) });
    }
  }
  return success(entries);
}
