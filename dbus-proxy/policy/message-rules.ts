// The rule language `[METHOD][@PATH][ WORD…]` of `--call` and `--broadcast`.
// Without words behind a blank it is xdg-dbus-proxy's, read as that reads it. The words, and everything before them then, are ours and strict:
//
//   METHOD    `*`, INTERFACE.* or INTERFACE.MEMBER
//   PATH      an object path, one with `/*` behind it for all below it too, or `granted`: one that an earlier answer granted
//   WORD      a condition on an argument (argument-conditions.ts); `grants=PATH/*`: object paths below PATH in the answer are granted then;
//             `forgets`: the object at the message's path, or in its arguments, is granted no longer
import { type ArgumentCondition, isPlainPath, parseCondition, renderCondition } from "./argument-conditions.ts";
import { isInterfaceName, isMemberName, isObjectPath } from "../wire/names.ts";

export interface ParsedMessageRule {
  /** Empty: any. */
  readonly interface: string;
  /** Empty: any. */
  readonly member: string;
  /** Empty: any. */
  readonly path: string;
  /** The path and everything below it. */
  readonly below: boolean;
  /** Only paths that an earlier answer granted. */
  readonly granted: boolean;
  readonly conditions: readonly ArgumentCondition[];
  /** Empty: nothing. */
  readonly grants: string;
  readonly forgets: boolean;
}

export type RuleReading =
  | { readonly ok: true; readonly rule: ParsedMessageRule }
  /** `at`: index of what is wrong. */
  | { readonly ok: false; readonly fault: "method" | "path" | "word" | "quote"; readonly part: string; readonly at: number };

const PLAIN = { granted: false, conditions: [], grants: "", forgets: false } as const;
const MAX_RULE_CHARS = 2048;

/** A rule of either kind; undefined where one of ours is malformed. */
export function parseMessageRule(rule: string): ParsedMessageRule | undefined {
  if (!rule.includes(" ") && !rule.endsWith("@granted")) return parseOriginalRule(rule);
  const reading = readMessageRule(rule);
  return reading.ok ? reading.rule : undefined;
}

/** As xdg-dbus-proxy reads it: `@` splits at its first occurrence, the text behind the last dot is the member, one without a dot is an interface. */
function parseOriginalRule(rule: string): ParsedMessageRule {
  const at = rule.indexOf("@");
  const method = at < 0 ? rule : rule.slice(0, at);
  let path = at < 0 ? "" : rule.slice(at + 1);
  const below = path.endsWith("/*");
  if (below) path = path.slice(0, -2);
  // `@/*` is everything: an empty rest.
  const where = { ...PLAIN, path, below: below && path !== "" };
  if (method === "" || method.startsWith("*")) return { interface: "", member: "", ...where };
  const dot = method.lastIndexOf(".");
  if (dot < 0) return { interface: method, member: "", ...where };
  const member = method.slice(dot + 1);
  return { interface: method.slice(0, dot), member: member === "*" ? "" : member, ...where };
}

/** Strictly: what would allow nothing, or something else than it seems to, is a fault. */
export function readMessageRule(text: string): RuleReading {
  if (text.length > MAX_RULE_CHARS) return { ok: false, fault: "word", part: `${text.slice(0, 40)}…`, at: 0 };
  const all = splitWords(text);
  if (all === undefined) return { ok: false, fault: "quote", part: text, at: text.lastIndexOf("'") };
  const [first, ...words] = all as [Word, ...Word[]];
  const split = first.text.indexOf("@");
  const method = split < 0 ? first.text : first.text.slice(0, split);
  const path = split < 0 ? "" : first.text.slice(split + 1);
  const named = readMethod(method);
  if (named === undefined) return { ok: false, fault: "method", part: method, at: first.at };
  const where = split < 0 ? { path: "", below: false, granted: false } : readPath(path);
  if (where === undefined) return { ok: false, fault: "path", part: path, at: first.at + split + 1 };
  const conditions: ArgumentCondition[] = [];
  let grants = "";
  let forgets = false;
  for (const word of words) {
    const condition = parseCondition(word.text);
    const granted = /^grants=(\/.*)\/\*$/.exec(word.text)?.[1];
    if (condition !== undefined) conditions.push(condition);
    else if (word.text === "forgets") forgets = true;
    else if (granted !== undefined && isObjectPath(granted) && grants === "") grants = granted;
    else return { ok: false, fault: "word", part: word.text, at: word.at };
  }
  return { ok: true, rule: { ...named, ...where, conditions, grants, forgets } };
}

function readMethod(method: string): Pick<ParsedMessageRule, "interface" | "member"> | undefined {
  if (method === "" || method === "*") return { interface: "", member: "" };
  const dot = method.lastIndexOf(".");
  const named = { interface: method.slice(0, Math.max(dot, 0)), member: method.slice(dot + 1) };
  if (!isInterfaceName(named.interface)) return undefined;
  return named.member === "*" ? { ...named, member: "" } : isMemberName(named.member) ? named : undefined;
}

function readPath(path: string): Pick<ParsedMessageRule, "path" | "below" | "granted"> | undefined {
  if (path === "granted") return { path: "", below: false, granted: true };
  if (path === "/*") return { path: "", below: false, granted: false };
  const below = path.endsWith("/*");
  const stem = below ? path.slice(0, -2) : path;
  return isObjectPath(stem) && isPlainPath(stem) ? { path: stem, below, granted: false } : undefined;
}

interface Word {
  readonly text: string;
  readonly at: number;
}

/** At blanks; `'` toggles quoting, `\'` outside quotes is a quote itself. Undefined where a quote has no end. The first word may be empty. */
function splitWords(text: string): Word[] | undefined {
  const words: Word[] = [];
  let quoted = false;
  let current = "";
  let start = 0;
  const end = (next: number): void => {
    if (current !== "" || words.length === 0) words.push({ text: current, at: start });
    current = "";
    start = next;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "'") quoted = !quoted;
    else if (!quoted && char === "\\" && text[at + 1] === "'") {
      current += "'";
      at++;
    } else if (!quoted && char === " ") end(at + 1);
    else current += char;
  }
  end(text.length);
  return quoted ? undefined : words;
}

/** A rule as a policy carries it. Behind `*` xdg-dbus-proxy's reader looks no further: without it, one that knows no words finds nothing to allow. */
export function ruleForPolicy(rule: string): string {
  return rule.startsWith("* ") ? rule.slice(1) : rule;
}

/** The rule in one writing, whoever wrote it: two that mean the same give the same text. */
export function renderMessageRule(rule: ParsedMessageRule): string {
  const words = [
    ...rule.conditions.map(renderCondition).sort(),
    ...(rule.grants === "" ? [] : [`grants=${rule.grants}/*`]),
    ...(rule.forgets ? ["forgets"] : []),
  ];
  const any = rule.granted || rule.path !== "" ? "" : "*";
  const method = rule.interface === "" ? any : `${rule.interface}.${rule.member === "" ? "*" : rule.member}`;
  const path = rule.granted ? "@granted" : rule.path === "" ? "" : `@${rule.path}${rule.below ? "/*" : ""}`;
  return [`${method}${path}`, ...words].join(" ");
}
