// `[X-Tsbox Session Bus Rules]` and `[X-Tsbox System Bus Rules]`: NAME=call RULE;broadcast RULE, for messages that the app may exchange with a service of which it gets
// nothing else. What the rules say is in dbus-proxy/policy/message-rules.ts.
import { readMessageRule, renderMessageRule } from "../../../dbus-proxy/policy/message-rules.ts";
import type { PermissionEntry } from "../../permissions/entries.ts";
import { parseBusPattern } from "../bus-name.ts";
import type { KeyfileEntry } from "../keyfile.ts";
import { replaceItems } from "../keyfile-lists.ts";
import { nearestWord } from "../nearest.ts";
import type { LayerName, Problem, Result } from "../origin.ts";
import { errorAt, failure, NO_PLACE, success } from "../problem.ts";
import { type EntryGrammar, optionOrigin, type PermissionOption, type Reading } from "./entry-grammar.ts";
import { readItems } from "./list-entry.ts";

type Bus = "session" | "system";
type Verb = "call" | "broadcast";

export const RULE_GROUPS: Readonly<Record<Bus, string>> = { session: "X-Tsbox Session Bus Rules", system: "X-Tsbox System Bus Rules" };
const VERBS: readonly Verb[] = ["call", "broadcast"];

export const busRule: EntryGrammar<"bus-rule"> = {
  kind: "bus-rule",
  keys: (["session", "system"] as const).map((bus) => ({
    group: RULE_GROUPS[bus],
    key: null,
    form: "list",
    words: `messages that the app may exchange with the name KEY of the ${bus} bus: \`call METHOD[@PATH][ CONDITION...]\`, \`broadcast SIGNAL[@PATH][ CONDITION...]\``,
    read: (entry, reading) => readRules(bus, entry, reading),
  })),
  options: [
    optionOf(
      "--bus-rule",
      "session",
      true,
      "let the app exchange with NAME on the session bus what RULE says: `call METHOD[@PATH][ CONDITION…]` or `broadcast …`",
    ),
    optionOf("--no-bus-rule", "session", false, "take such a rule away"),
    optionOf("--system-bus-rule", "system", true, "the same on the system bus"),
    optionOf("--no-system-bus-rule", "system", false, "take such a rule away"),
  ],
  subject: (entry) => `${entry.bus}-bus-rules=${entry.name}=${entry.verb} ${entry.rule}`,
  render: (entry) => `${entry.name}=${itemOf(entry)}`,
  denies: (entry) => !entry.allowed,
  merge: (draft, entry) => {
    const key = busRule.subject(entry);
    draft.busRules.delete(key);
    if (entry.allowed) draft.busRules.set(key, entry);
  },
  edit: (keyfile, entry) => replaceItems(keyfile, RULE_GROUPS[entry.bus], entry.name, isAbout(entry), [itemOf(entry)]),
  erase: (keyfile, entry) => replaceItems(keyfile, RULE_GROUPS[entry.bus], entry.name, isAbout(entry), []),
};

type RuleEntry = Extract<PermissionEntry, { kind: "bus-rule" }>;

function itemOf({ allowed, verb, rule }: Pick<RuleEntry, "allowed" | "verb" | "rule">): string {
  return `${allowed ? "" : "!"}${verb} ${rule}`;
}

/** Whatever way the file writes the same rule. */
function isAbout(entry: RuleEntry): (item: string) => boolean {
  return (item) => {
    const read = parseItem(item.startsWith("!") ? item.slice(1) : item);
    return read.ok && read.verb === entry.verb && read.rule === entry.rule;
  };
}

function readRules(bus: Bus, entry: KeyfileEntry, reading: Reading): void {
  const name = parseBusPattern(entry.key);
  if (name === null) {
    reading.report(errorAt(entry, "manifest.bus-name", { name: entry.key, group: entry.group }));
    return;
  }
  readItems(entry, reading, (item, origin) => {
    const allowed = !item.startsWith("!");
    const read = parseItem(allowed ? item : item.slice(1));
    if (reading.layer === "limit") reading.report(errorAt(origin, "manifest.bus-rule-limit", { name, group: bus === "session" ? "Session" : "System" }));
    else if (!read.ok) reading.report(errorAt({ ...origin, column: origin.column + read.at + (allowed ? 0 : 1) }, read.key, read.values));
    else reading.add({ kind: "bus-rule", bus, name, verb: read.verb, rule: read.rule, allowed, origin });
  });
}

type ItemReading =
  | { readonly ok: true; readonly verb: Verb; readonly rule: string }
  | { readonly ok: false; readonly key: string; readonly at: number; readonly values: Problem["values"] };

function parseItem(item: string): ItemReading {
  const blank = item.indexOf(" ");
  const word = blank < 0 ? item : item.slice(0, blank);
  const verb = VERBS.find((one) => one === word);
  if (verb === undefined)
    return { ok: false, key: "manifest.bus-rule-verb", at: 0, values: { word, nearest: nearestWord(word, VERBS) ?? VERBS.join("` or `") } };
  const text = blank < 0 ? "" : item.slice(blank).trimStart();
  const from = item.length - text.length;
  const read = readMessageRule(text);
  // A rule without a word would allow all; `call *` says that.
  if (text === "") return { ok: false, key: "manifest.bus-rule-method", at: 0, values: { part: "" } };
  if (!read.ok) return { ok: false, key: `manifest.bus-rule-${read.fault}`, at: from + read.at, values: { part: read.part } };
  return { ok: true, verb, rule: renderMessageRule(read.rule) };
}

function optionOf(flag: PermissionOption["flag"], bus: Bus, allowed: boolean, words: string): PermissionOption {
  const parse = (raw: string, layer: LayerName): Result<readonly PermissionEntry[]> => {
    const equals = raw.indexOf("=");
    const name = equals < 0 ? null : parseBusPattern(raw.slice(0, equals));
    if (name === null) return failure(errorAt(NO_PLACE, "option.bus-rule-form", { option: flag, value: raw }));
    const read = parseItem(raw.slice(equals + 1));
    if (!read.ok) return failure(errorAt(NO_PLACE, read.key, read.values));
    return success([{ kind: "bus-rule", bus, name, verb: read.verb, rule: read.rule, allowed, origin: optionOrigin(flag, raw, layer) }]);
  };
  return { flag, argument: "NAME=RULE", words, parse };
}
