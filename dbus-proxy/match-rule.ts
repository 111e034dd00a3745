// Match rules (D-Bus specification, "Match Rules"): read into data and written anew, so that what the bus gets is what was judged.
import { isBusName, isInterfaceName, isMemberName, isNamespace, isObjectPath } from "./wire/names.ts";

/** Keys in the order in which they stood. */
export interface MatchRule {
  readonly terms: readonly MatchTerm[];
}

export interface MatchTerm {
  readonly key: string;
  readonly value: string;
}

/** A signal as rules see it; `args` are the leading arguments that are strings. */
export interface MatchedSignal {
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly args: readonly string[];
}

export type ParsedRule = { readonly ok: true; readonly rule: MatchRule; readonly eavesdrops: boolean } | { readonly ok: false; readonly because: string };

const MAX_RULE_CHARS = 1024;
const TYPES = ["signal", "method_call", "method_return", "error"];
const BLANK = " \t\r\n";

/** Quoting as libdbus has it: `'` toggles, a backslash outside quotes keeps the next `'`. */
export function parseMatchRule(text: string): ParsedRule {
  if (text.length > MAX_RULE_CHARS) return refused("rule longer than 1024 characters");
  const terms: MatchTerm[] = [];
  const keys = new Set<string>();
  let at = 0;
  while (true) {
    while (at < text.length && BLANK.includes(text[at] as string)) at++;
    if (at === text.length) break;
    const equals = text.indexOf("=", at);
    if (equals < 0) return refused("key without a value");
    let keyEnd = equals;
    while (keyEnd > at && BLANK.includes(text[keyEnd - 1] as string)) keyEnd--;
    const key = text.slice(at, keyEnd);
    const value = readValue(text, equals + 1);
    if (value === undefined) return refused("quote without an end");
    if (keys.has(key)) return refused(`key \`${key}\` twice`);
    keys.add(key);
    const problem = problemOf(key, value.text);
    if (problem !== "") return refused(problem);
    terms.push({ key, value: value.text });
    at = value.end;
  }
  if (keys.has("path") && keys.has("path_namespace")) return refused("both `path` and `path_namespace`");
  return { ok: true, rule: { terms: terms.filter((term) => term.key !== "eavesdrop") }, eavesdrops: keys.has("eavesdrop") };
}

/** The value from behind `=` and the index behind the comma that ends it. */
function readValue(text: string, from: number): { text: string; end: number } | undefined {
  let value = "";
  let quoted = false;
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at] as string;
    if (quoted) {
      if (char === "'") quoted = false;
      else value += char;
    } else if (char === "'") quoted = true;
    else if (char === ",") return { text: value, end: at + 1 };
    else if (char === "\\" && text[at + 1] === "'") {
      value += "'";
      at++;
    } else value += char;
  }
  return quoted ? undefined : { text: value, end: at };
}

function problemOf(key: string, value: string): string {
  const check = CHECKS.get(key) ?? (isArgumentKey(key) ? anyText : undefined);
  if (check === undefined) return `unknown key \`${key}\``;
  return check(value) ? "" : `malformed value of \`${key}\``;
}

const anyText = (): boolean => true;
const CHECKS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ["type", (value: string) => TYPES.includes(value)],
  ["sender", isBusName],
  ["destination", isBusName],
  ["interface", isInterfaceName],
  ["member", isMemberName],
  ["path", isObjectPath],
  ["path_namespace", isObjectPath],
  ["arg0namespace", isNamespace],
  ["eavesdrop", (value: string) => value === "true" || value === "false"],
]);

/** arg0 to arg63 and arg0path to arg63path, without leading zeros. */
function isArgumentKey(key: string): boolean {
  const number = /^arg(0|[1-9][0-9]?)(path)?$/.exec(key)?.[1];
  return number !== undefined && Number(number) <= 63;
}

/** The rule in our own writing; two rules that mean the same terms give the same text. */
export function encodeMatchRule(rule: MatchRule): string {
  const terms = [...rule.terms].sort((a, b) => (a.key < b.key ? -1 : 1));
  return terms.map((term) => `${term.key}='${term.value.replaceAll("'", "'\\''")}'`).join(",");
}

/** Whether the bus would send this signal for that rule. `owns` tells whether the signal's sender owns a name, for `sender=` with a well-known name. */
export function ruleMatches(rule: MatchRule, signal: MatchedSignal, owns: (name: string) => boolean): boolean {
  return rule.terms.every(({ key, value }) => {
    switch (key) {
      case "type":
        return value === "signal";
      case "sender":
        return value === signal.sender || owns(value);
      case "interface":
        return value === signal.interface;
      case "member":
        return value === signal.member;
      case "path":
        return value === signal.path;
      case "path_namespace":
        return value === "/" || signal.path === value || signal.path.startsWith(`${value}/`);
      case "destination":
        return false;
      case "arg0namespace":
        return signal.args[0] === value || signal.args[0]?.startsWith(`${value}.`) === true;
      default:
        return argumentMatches(key, value, signal.args);
    }
  });
}

function argumentMatches(key: string, value: string, args: readonly string[]): boolean {
  const argument = args[Number.parseInt(key.slice(3), 10)];
  if (argument === undefined) return false;
  if (!key.endsWith("path")) return argument === value;
  return argument === value || (value.endsWith("/") && argument.startsWith(value)) || (argument.endsWith("/") && value.startsWith(argument));
}

function refused(because: string): ParsedRule {
  return { ok: false, because };
}
