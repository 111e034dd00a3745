// Conditions on the arguments of a message: how they are written, and whether a body fulfils one.
//
//   argN=TEXT          the argument is this text (a string, path or signature; a number or boolean in its usual writing)
//   argNprefix=TEXT    it begins with this text
//   argNpath=PATH      it is this path or one below it
//   argN[KEY]          the dictionary has this key, once; [KEY][KEY] looks into a dictionary in it, =, prefix= and path= at its value
//   argNonly=KEY,KEY   it is a dictionary whose keys are these, each at most once, and no other
//   argNgranted        it is an object path, or an array of them, that an earlier answer granted (rule word `grants=`)
//   argNown            it is the unique name of a connection of the sandbox that asks, or a struct that begins with it
//
// TEXT holds no blank and no quote, or stands in single quotes; a quote in it is written '\''.
import { endOfType } from "../wire/signature.ts";
import type { Value, VariantValue } from "../wire/reader.ts";

export type Comparison = "is" | "prefix" | "path" | "present" | "only" | "granted" | "own";

/** Where a condition looks, and how it compares. */
export interface Selector {
  readonly index: number;
  readonly keys: readonly string[];
  readonly comparison: Comparison;
  /** The keys that there may be, for `only`; it is part of the place, so that the number of such rules is bounded as that of forms is. */
  readonly allowed?: readonly string[];
}

export interface ArgumentCondition extends Selector {
  /** "" for `present`, `only`, `granted` and `own`. */
  readonly text: string;
}

export interface MessageBody {
  readonly signature: string;
  readonly values: readonly Value[];
}

const HIGHEST_ARGUMENT = 63;
const MAX_TEXT = 255;
const HEAD = /^arg(0|[1-9][0-9]?)((?:\[[^\][\s']+\])*)(?:(prefix|path|only)?=(.*)|(granted|own))?$/s;

/** Undefined where the word is no condition. Quotes are undone by the caller of words. */
export function parseCondition(word: string): ArgumentCondition | undefined {
  const [, digits, brackets = "", operator, text, granted] = HEAD.exec(word) ?? [];
  if (digits === undefined || Number(digits) > HIGHEST_ARGUMENT) return undefined;
  const keys = brackets === "" ? [] : brackets.slice(1, -1).split("][");
  const place = { index: Number(digits), keys };
  if (granted !== undefined) return keys.length === 0 ? { ...place, comparison: granted as "granted" | "own", text: "" } : undefined;
  if (text === undefined) return keys.length === 0 ? undefined : { ...place, comparison: "present", text: "" };
  if (text.length > MAX_TEXT || (operator !== undefined && text === "")) return undefined;
  if (operator === "path" && !isPlainPath(text)) return undefined;
  if (operator === "only") return text.split(",").includes("") ? undefined : { ...place, comparison: operator, text: "", allowed: text.split(",").sort() };
  return { ...place, comparison: operator === undefined ? "is" : (operator as "prefix" | "path"), text };
}

export function renderCondition({ index, keys, comparison, text: plain, allowed }: ArgumentCondition): string {
  const text = allowed?.join(",") ?? plain;
  const place = `arg${index}${keys.map((key) => `[${key}]`).join("")}`;
  if (comparison === "present") return place;
  if (comparison === "granted" || comparison === "own") return `${place}${comparison}`;
  return `${place}${comparison === "is" ? "" : comparison}=${/^[^\s'\\]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`}`;
}

/** One text for what the selector looks at: rules of one form share it. */
export function renderSelector({ index, keys, comparison, allowed = [] }: Selector): string {
  return `${index}${keys.map((key) => `[${key}]`).join("")}${comparison}${allowed.join(",")}`;
}

/** Absolute, and no component that would lead elsewhere: a text that is compared as a path must be one. */
export function isPlainPath(text: string): boolean {
  if (!text.startsWith("/")) return false;
  return (
    text === "/" ||
    text
      .slice(1)
      .split("/")
      .every((part) => part !== "" && part !== "." && part !== "..")
  );
}

interface Found {
  readonly type: string;
  readonly value: Value;
}

/** The texts at the selector's place: one for a plain value, all for `granted`, an empty one where there need be none; undefined where there is nothing that compares. */
export function selectTexts(body: MessageBody, selector: Selector): readonly string[] | undefined {
  let found = argumentAt(body, selector.index);
  for (const key of selector.keys) found = found === undefined ? undefined : entryOf(unwrap(found), key);
  if (found === undefined) return undefined;
  const { type, value } = unwrap(found);
  if (selector.comparison === "present") return [""];
  if (selector.comparison === "only") {
    const keys = isDictionary(type) ? (value as readonly (readonly [string, Value])[]).map(([key]) => key) : undefined;
    return keys !== undefined && new Set(keys).size === keys.length && keys.every((key) => selector.allowed?.includes(key)) ? [""] : undefined;
  }
  if (selector.comparison === "granted") {
    if (type === "o") return [value as string];
    return type === "ao" ? (value as readonly string[]) : undefined;
  }
  if (selector.comparison === "own" && type.startsWith("(s")) return [(value as readonly Value[])[0] as string];
  if ("sog".includes(type)) return [value as string];
  return "ynqiuxtb".includes(type) ? [String(value)] : undefined;
}

function argumentAt({ signature, values }: MessageBody, index: number): Found | undefined {
  let next = 0;
  for (let at = 0; next < signature.length; at++) {
    const end = endOfType(signature, next);
    if (at === index) return { type: signature.slice(next, end), value: values[index] as Value };
    next = end;
  }
  return undefined;
}

function unwrap(found: Found): Found {
  let { type, value } = found;
  while (type === "v") ({ signature: type, value } = value as VariantValue);
  return { type, value };
}

/** With texts for keys. */
function isDictionary(type: string): boolean {
  return /^a\{[so]/.test(type);
}

/** INVARIANT: a key that is there twice is not there: nobody knows which of the two the receiver would take. */
function entryOf({ type, value }: Found, key: string): Found | undefined {
  if (!isDictionary(type)) return undefined;
  const entries = (value as readonly (readonly [string, Value])[]).filter(([name]) => name === key);
  const [entry] = entries;
  return entries.length === 1 && entry !== undefined ? { type: type.slice(3, -1), value: entry[1] } : undefined;
}
