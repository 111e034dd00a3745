// Reads and writes the values of a keyfile: strings with escapes, lists, booleans. GLib's rules.
import type { Problem, Result } from "./origin.ts";
import { columnOf, type KeyfileEntry } from "./keyfile.ts";
import { errorAt, failure, success } from "./problem.ts";

export interface ListItem {
  /** Escapes undone. */
  readonly value: string;
  /** As written, without the separator. */
  readonly raw: string;
  readonly column: number;
}

const ESCAPES: Readonly<Record<string, string>> = { s: " ", n: "\n", t: "\t", r: "\r", "\\": "\\" };

/** The value with its escapes undone: `\s \n \t \r \\`; any other escape is an error at its place. */
export function decodeString(entry: KeyfileEntry): Result<string> {
  return unescapePiece(entry, 0, entry.rawValue, false);
}

/**
 * The value as GLib gives it beside that error, which Flatpak does not ask for in variables, bus policies and Exec lines: an unknown escape stands for itself, and
 * a backslash at the end is dropped.
 */
export function decodeLeniently(entry: KeyfileEntry): { readonly value: string; readonly problems: readonly Problem[] } {
  const strict = decodeString(entry);
  if (strict.ok) return { value: strict.value, problems: [] };
  const value = entry.rawValue.replace(/\\(.?)/gsu, (whole: string, character: string) => (character === "" ? "" : (ESCAPES[character] ?? whole)));
  return { value, problems: strict.problems };
}

/** The items of a `;`-separated list. `\;` is a semicolon. The last separator may be missing; an empty item in the middle counts. */
export function decodeList(entry: KeyfileEntry): Result<readonly ListItem[]> {
  const items: ListItem[] = [];
  const problems: Problem[] = [];
  for (const piece of splitRaw(entry.rawValue)) {
    const value = unescapePiece(entry, piece.at, piece.raw, true);
    if (!value.ok) problems.push(...value.problems);
    else items.push({ value: value.value, raw: piece.raw, column: entry.valueColumn + columnOf(entry.rawValue, piece.at) - 1 });
  }
  return problems.length === 0 ? success(items) : failure(...problems);
}

/** GLib takes `true`, `false`, `1`, `0`, with blanks after them. */
export function decodeBoolean(entry: KeyfileEntry): Result<boolean> {
  const word = entry.rawValue.replace(/[ \t\f\r]+$/, "");
  if (word === "true" || word === "1") return success(true);
  if (word === "false" || word === "0") return success(false);
  return failure(errorAt({ ...entry, column: entry.valueColumn }, "manifest.not-boolean", { key: entry.key, value: entry.rawValue }));
}

/** A string as GLib writes it: blanks at the start, line ends and backslashes escaped. */
export function encodeString(value: string): string {
  const escaped = value.replace(/[\\\n\r]/g, (character) => (character === "\\" ? "\\\\" : character === "\n" ? "\\n" : "\\r"));
  return escaped.replace(/^[ \t]+/, (blanks) => blanks.replaceAll(" ", "\\s").replaceAll("\t", "\\t"));
}

/** One item of a list, separator not included. */
export function encodeItem(value: string): string {
  return encodeString(value).replaceAll(";", "\\;");
}

/** A list as GLib writes it: each item with its separator behind it. */
export function encodeList(values: readonly string[]): string {
  return values.map((value) => `${encodeItem(value)};`).join("");
}

function splitRaw(raw: string): { readonly raw: string; readonly at: number }[] {
  const pieces: { raw: string; at: number }[] = [];
  let start = 0;
  for (let index = 0; index < raw.length; index += 1) {
    if (raw[index] === "\\") index += 1;
    else if (raw[index] === ";") {
      pieces.push({ raw: raw.slice(start, index), at: start });
      start = index + 1;
    }
  }
  if (start < raw.length) pieces.push({ raw: raw.slice(start), at: start });
  return pieces;
}

function unescapePiece(entry: KeyfileEntry, at: number, raw: string, inList: boolean): Result<string> {
  const problems: Problem[] = [];
  const value = raw.replace(/\\(.?)/gsu, (whole: string, character: string, index: number) => {
    const known = ESCAPES[character] ?? (inList && character === ";" ? ";" : undefined);
    if (known !== undefined) return known;
    const column = entry.valueColumn + columnOf(entry.rawValue, at + index) - 1;
    problems.push(errorAt({ ...entry, column }, "manifest.bad-escape", { escape: whole, key: entry.key }));
    return whole;
  });
  return problems.length === 0 ? success(value) : failure(...problems);
}
