// The kind of permission that is one word of a list: `shared`, `sockets`, `devices`, `features`.
import { itemsOf, replaceItems } from "../keyfile-lists.ts";
import type { Keyfile, KeyfileEntry } from "../keyfile.ts";
import { nearestWord } from "../nearest.ts";
import type { LayerName, Origin, Result } from "../origin.ts";
import { errorAt, failure, NO_PLACE, noticeAt, success } from "../problem.ts";
import type { EntryOf, NamedList, PermissionEntry } from "../../permissions/entries.ts";
import { cutName, cutUse, isInForce, isWithinName } from "./device-cuts.ts";
import { optionOrigin, type EntryGrammar, type PermissionOption, type Reading } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";
import { foldNamedItems, mergeNamedState, type NamedItem, parseNamedItem, renderNamedState } from "./named-list.ts";
import { CONDITIONS, NAMED_WORDS, WIDER_WORDS } from "./words.ts";

type NamedEntry = EntryOf<"named">;

const GROUP = "Context";

/** Flags of each list, in Flatpak's spelling, and what `--help` says. */
const FLAGS: Readonly<Record<NamedList, { readonly grant: string; readonly deny: string; readonly argument: string; readonly what: string }>> = {
  shared: { grant: "share", deny: "unshare", argument: "SHARE", what: "with the host" },
  sockets: { grant: "socket", deny: "nosocket", argument: "SOCKET", what: "to the app" },
  devices: { grant: "device", deny: "nodevice", argument: "DEVICE", what: "to the app" },
  features: { grant: "allow", deny: "disallow", argument: "FEATURE", what: "to the app" },
};
const KEY_WORDS: Readonly<Record<NamedList, string>> = {
  shared: "what the app shares with the host",
  sockets: "sockets of the session that the app gets",
  devices: "devices that the app gets",
  features: "what the app may do beside that",
};
const LISTS = Object.keys(FLAGS) as readonly NamedList[];

export const named: EntryGrammar<"named"> = {
  kind: "named",
  keys: LISTS.map((list) => ({
    group: GROUP,
    key: list,
    form: "list",
    words: `${KEY_WORDS[list]}; \`!WORD\` denies, \`if:WORD:CONDITION\` gives it where the condition holds (${CONDITIONS.join(", ")}; \`!\` in front turns one round)`,
    choices: NAMED_WORDS[list],
    read: (entry, reading) => readNamedList(list, entry, reading),
  })),
  options: LISTS.flatMap(optionsOf),
  subject: (entry) => `${entry.list}=${entry.name}`,
  render: (entry) => `${entry.list}=${renderNamedState(entry.name, entry).join(";")}`,
  denies,
  isWithin,
  fold: (earlier, later) => {
    if (later.reset) return later;
    if (earlier.allowed) return earlier;
    return { ...later, ...mergeNamedState(earlier, later) };
  },
  mergesFirst: displacesFallback,
  merge: (draft, entry) => {
    const permissions = draft.named[entry.list];
    if (displacesFallback(entry)) permissions.delete("fallback-x11");
    const base = permissions.get(entry.name);
    const merged = mergeNamedState({ allowed: base?.allowed ?? false, reset: false, conditions: base?.conditions ?? [] }, entry);
    permissions.set(entry.name, { name: entry.name, allowed: merged.allowed, conditions: merged.conditions, origin: entry.origin });
  },
  cut: (draft, { list, name, origin }) => [
    ...[name, ...(WIDER_WORDS[list][name] ?? [])].flatMap((one) => cutName(draft, list, one, origin, one === name)),
    ...[...draft.deviceUses.keys()].flatMap((word) => (isWithinName(word, list, name) ? cutUse(draft, word, origin) : [])),
  ],
  remaining: (permissions, { list, name }) => [
    ...(WIDER_WORDS[list][name] ?? []).flatMap((wider) => (isInForce(permissions[list].get(wider)) ? [`${list}=${wider}`] : [])),
    ...[...permissions.deviceUses].flatMap(([word, { allowed }]) => (allowed && isWithinName(word, list, name) ? [`device-use=${word}`] : [])),
  ],
  edit: (keyfile, entry) => {
    const about = itemsAbout(keyfile, entry);
    const state = about.length === 0 ? entry : mergeNamedState(foldNamedItems(about), entry);
    const written = replaceItems(keyfile, GROUP, entry.list, (value) => isAbout(value, entry.name), renderNamedState(entry.name, state));
    return displacesFallback(entry) ? replaceItems(written, GROUP, entry.list, (value) => isAbout(value, "fallback-x11"), []) : written;
  },
  erase: (keyfile, entry) => replaceItems(keyfile, GROUP, entry.list, (value) => isAbout(value, entry.name), []),
};

/** As Flatpak's update has it: a plain word beside a plain one, each condition beside itself; some words never need asking. */
function isWithin(older: readonly NamedEntry[], entry: NamedEntry): boolean {
  const mine = older.filter((one) => one.list === entry.list);
  const known = mine.find((one) => one.name === entry.name);
  // `fallback-x11` gives X11 in fewer cases than `x11`.
  const wider = entry.list === "devices" ? (WIDER_WORDS.devices[entry.name] ?? []) : entry.name === "fallback-x11" ? ["x11"] : [];
  if (known?.allowed === true || mine.some((one) => one.allowed && wider.includes(one.name))) return true;
  if (entry.list === "features" && ["multiarch", "per-app-dev-shm"].includes(entry.name)) return true;
  return !entry.allowed && entry.conditions.every((condition) => known?.conditions.includes(condition));
}

function denies(entry: NamedEntry): boolean {
  return !entry.allowed && entry.conditions.length === 0;
}

/** A plain `x11` or `!x11` above takes a `fallback-x11` below away: the higher layer has spoken about X11. */
function displacesFallback(entry: NamedEntry): boolean {
  return entry.list === "sockets" && entry.name === "x11" && entry.reset;
}

function isAbout(value: string, name: string): boolean {
  const item = parseNamedItem(value);
  return item.kind !== "malformed" && item.name === name;
}

function itemsAbout(keyfile: Keyfile, entry: NamedEntry): readonly NamedItem[] {
  return itemsOf(keyfile, GROUP, entry.list)
    .filter((item) => isAbout(item.value, entry.name))
    .map((item) => parseNamedItem(item.value));
}

function readNamedList(list: NamedList, entry: KeyfileEntry, reading: Reading): void {
  const found = new Map<string, { readonly items: NamedItem[]; origin: Origin }>();
  readItems(entry, reading, (value, origin) => {
    const item = parseNamedItem(value);
    if (item.kind === "malformed") {
      reading.report(errorAt(origin, "manifest.named-syntax", { item: value, key: list }));
      return;
    }
    if (!NAMED_WORDS[list].includes(item.name)) {
      reportUnknown(list, item, origin, reading);
      return;
    }
    if (item.kind === "condition") reportCondition(item.condition, origin, reading);
    const known = found.get(item.name);
    found.set(item.name, { items: [...(known?.items ?? []), item], origin });
  });
  for (const [name, about] of found) reading.add({ kind: "named", list, name, ...foldNamedItems(about.items), origin: about.origin });
}

/** A word that would have granted is passed over; one that would have denied stops the run, since what it should take away would stay. */
function reportUnknown(list: NamedList, item: Exclude<NamedItem, { kind: "malformed" }>, origin: Origin, reading: Reading): void {
  const nearest = nearestWord(item.name, NAMED_WORDS[list]);
  const values = { word: item.name, key: list, known: NAMED_WORDS[list].join(", "), nearest: nearest ?? "" };
  const suffix = nearest === null ? "" : "-nearest";
  reading.report(
    item.kind === "deny" ? errorAt(origin, `manifest.named-unknown-denied${suffix}`, values) : noticeAt(origin, `manifest.named-unknown${suffix}`, values),
  );
}

function reportCondition(condition: string, origin: Origin, reading: Reading): void {
  const name = condition.startsWith("!") ? condition.slice(1) : condition;
  if (!CONDITIONS.includes(name)) reading.report(noticeAt(origin, "manifest.condition-unknown", { condition: name, known: CONDITIONS.join(", ") }));
}

function optionsOf(list: NamedList): readonly PermissionOption[] {
  const { grant, deny, argument, what } = FLAGS[list];
  const choices = NAMED_WORDS[list];
  const option = (flag: `--${string}`, words: string, make: (name: string, origin: Origin) => NamedEntry): PermissionOption => ({
    flag,
    argument,
    words,
    choices,
    parse: (raw, layer) => checked(list, flag, raw, raw, (origin) => make(raw, origin), layer),
  });
  return [
    option(`--${grant}`, `give ${argument} ${what}`, (name, origin) => ({ kind: "named", list, name, allowed: true, reset: true, conditions: [], origin })),
    option(`--${deny}`, `do not give ${argument} ${what}`, (name, origin) => ({
      kind: "named",
      list,
      name,
      allowed: false,
      reset: true,
      conditions: [],
      origin,
    })),
    {
      flag: `--${grant}-if`,
      argument: `${argument}:CONDITION`,
      words: `give ${argument} ${what} where CONDITION holds`,
      parse: (raw, layer) => parseConditional(list, `--${grant}-if`, raw, layer),
    },
  ];
}

function parseConditional(list: NamedList, flag: string, raw: string, layer: LayerName): Result<readonly PermissionEntry[]> {
  const colon = raw.indexOf(":");
  if (colon < 0) return failure(errorAt(NO_PLACE, "option.conditional-syntax", { option: flag, value: raw }));
  const name = raw.slice(0, colon);
  if (name === "fallback-x11") return failure(errorAt(NO_PLACE, "option.conditional-fallback", {}));
  const conditions = [raw.slice(colon + 1)];
  return checked(list, flag, raw, name, (origin) => ({ kind: "named", list, name, allowed: false, reset: false, conditions, origin }), layer);
}

function checked(
  list: NamedList,
  flag: string,
  raw: string,
  name: string,
  make: (origin: Origin) => NamedEntry,
  layer: LayerName,
): Result<readonly PermissionEntry[]> {
  const known = NAMED_WORDS[list];
  if (known.includes(name)) return success([make(optionOrigin(flag, raw, layer))]);
  const nearest = nearestWord(name, known);
  return failure(
    errorAt(NO_PLACE, nearest === null ? "option.unknown-word" : "option.unknown-word-nearest", {
      option: flag,
      word: name,
      known: known.join(", "),
      nearest: nearest ?? "",
    }),
  );
}
