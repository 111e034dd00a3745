// Reads GLib's keyfile dialect into lines and groups, each with its position; keeps everything, so that an edited file differs only where it was edited.
//
// The dialect: https://docs.gtk.org/glib/struct.KeyFile.html and reference behaviour of GKeyFile itself: leading blanks of a line are skipped; a group
// given twice is one group; of a key given twice the last one counts; `Name[de]` is a key of its own. Stricter than GLib in two points: the whole file must
// be UTF-8 (GLib finds out only when a value is asked for), and a NUL byte is refused (GLib would read on behind it).
import type { Problem, Result } from "./origin.ts";
import { errorAt, settle } from "./problem.ts";

export interface KeyfileEntry {
  readonly group: string;
  /** With its locale, as GLib counts it: `Name[de]`. */
  readonly key: string;
  /** The text between `[` and `]` of the key, or null. */
  readonly locale: string | null;
  /** As written, escapes untouched; blanks at the start are gone, blanks at the end are kept. */
  readonly rawValue: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly valueColumn: number;
}

export interface KeyfileGroup {
  readonly name: string;
  /** Where its header stands first. */
  readonly line: number;
  readonly column: number;
  /** The entries in force, in the order of the file: of a repeated key only the last. */
  readonly entries: ReadonlyMap<string, KeyfileEntry>;
}

/** One line of the text: `text` with its line end, so that joining all gives the file back. */
export type KeyfileLine = { readonly text: string } & (
  | { readonly kind: "comment" }
  | { readonly kind: "group"; readonly name: string }
  | { readonly kind: "entry"; readonly entry: KeyfileEntry }
  /** Neither: only in a file that is refused. */
  | { readonly kind: "malformed" }
);

export interface Keyfile {
  readonly file: string;
  readonly lines: readonly KeyfileLine[];
  readonly groups: ReadonlyMap<string, KeyfileGroup>;
}

/** What GLib calls white space (g_ascii_isspace): no vertical tab. */
const LEADING_BLANKS = /^[ \t\n\f\r]*/;
const GROUP_LINE = /^\[([^\]]*)\][ \t]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the dialect refuses in a group's name.
const GROUP_NAME = /^[^[\]\u0000-\u001f\u007f]+$/;
const PLAIN_KEY = /^(?! )[^=[\]]*[^=[\] ]$/;
/** Apart, since a pattern of Unicode classes costs a start half a millisecond, and hardly any key needs it. */
const KEY_WITH_LANGUAGE = /^(?! )[^=[\]]*[^=[\] ]\[([\p{L}\p{N}\-_.@]*)\]$/u;

/** Reads bytes. `file` is only named in what comes back. All malformed lines are told, not only the first. */
export function parseKeyfile(file: string, bytes: Uint8Array): Result<Keyfile> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return { ok: false, problems: [errorAt({ file, line: decoded.line, column: decoded.column }, "manifest.not-utf8")] };
  return parseKeyfileText(file, decoded.text);
}

export function parseKeyfileText(file: string, text: string): Result<Keyfile> {
  if (text.startsWith("\ufeff")) return { ok: false, problems: [errorAt({ file, line: 1, column: 1 }, "manifest.byte-order-mark")] };
  const problems: Problem[] = [];
  const lines: KeyfileLine[] = [];
  const groups = new Map<string, MutableGroup>();
  let group: MutableGroup | null = null;
  for (const raw of splitLines(text)) {
    const line = parseLine(file, lines.length + 1, raw, group?.name ?? null, problems);
    lines.push(line);
    if (line.kind === "group") group = openGroup(groups, line.name, lines.length, raw);
    if (line.kind === "entry" && group !== null) {
      group.entries.delete(line.entry.key);
      group.entries.set(line.entry.key, line.entry);
    }
  }
  return settle({ file, lines, groups }, problems);
}

/** The file as text: exactly what was read, where nothing was edited. */
export function renderKeyfile(keyfile: Keyfile): string {
  return keyfile.lines.map((line) => line.text).join("");
}

export function entryOf(keyfile: Keyfile, group: string, key: string): KeyfileEntry | null {
  return keyfile.groups.get(group)?.entries.get(key) ?? null;
}

export function isGroupName(name: string): boolean {
  return GROUP_NAME.test(name);
}

export function isKeyName(name: string): boolean {
  return PLAIN_KEY.test(name) || (name.endsWith("]") && KEY_WITH_LANGUAGE.test(name));
}

/** Column of the character at `index` of a line, counted in characters (not bytes, not UTF-16 units) from 1. */
export function columnOf(line: string, index: number): number {
  let column = 1;
  for (const _ of line.slice(0, index)) column += 1;
  return column;
}

type MutableGroup = { name: string; line: number; column: number; entries: Map<string, KeyfileEntry> };

function openGroup(groups: Map<string, MutableGroup>, name: string, line: number, raw: string): MutableGroup {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group: MutableGroup = { name, line, column: columnOf(raw, raw.indexOf("[")), entries: new Map() };
  groups.set(name, group);
  return group;
}

function splitLines(text: string): string[] {
  const lines = text.split("\n").map((line) => `${line}\n`);
  const last = (lines.pop() ?? "\n").slice(0, -1);
  if (last !== "") lines.push(last);
  return lines;
}

function parseLine(file: string, line: number, text: string, group: string | null, problems: Problem[]): KeyfileLine {
  const body = text.replace(/\r?\n$/, "");
  const start = LEADING_BLANKS.exec(body)?.[0].length ?? 0;
  const place = { file, line, column: columnOf(body, start) };
  const rest = body.slice(start);
  const refuse = (key: string, values: Record<string, string>, column = place.column): KeyfileLine => {
    // One line before any group says it all: the others stand there for the same reason.
    if (key !== "manifest.no-group-yet" || !problems.some((problem) => problem.key === key)) problems.push(errorAt({ ...place, column }, key, values));
    return { kind: "malformed", text };
  };
  const nul = body.indexOf("\0");
  if (nul >= 0) return refuse("manifest.nul", {}, columnOf(body, nul));
  if (rest === "" || rest.startsWith("#")) return { kind: "comment", text };
  const header = GROUP_LINE.exec(rest);
  if (header !== null) {
    const name = header[1] ?? "";
    return isGroupName(name) ? { kind: "group", name, text } : refuse("manifest.bad-group-name", { group: name });
  }
  const equals = rest.indexOf("=");
  if (equals <= 0) return refuse(rest.startsWith("[") ? "manifest.bad-group-line" : "manifest.bad-line", { line: rest });
  if (group === null) return refuse("manifest.no-group-yet", { line: rest });
  const key = rest.slice(0, equals).replace(/[ \t\f\r]+$/, "");
  if (!isKeyName(key)) return refuse("manifest.bad-key-name", { key });
  const afterEquals = rest.slice(equals + 1);
  const blanks = LEADING_BLANKS.exec(afterEquals)?.[0].length ?? 0;
  const entry: KeyfileEntry = {
    group,
    key,
    locale: key.endsWith("]") ? key.slice(key.indexOf("[") + 1, -1) : null,
    rawValue: afterEquals.slice(blanks),
    file,
    line,
    column: place.column,
    valueColumn: columnOf(body, start + equals + 1 + blanks),
  };
  return { kind: "entry", entry, text };
}

type Decoded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly line: number; readonly column: number };

/** The text, or the place of the first byte that is not UTF-8. A byte order mark is kept as a character. */
function decodeUtf8(bytes: Uint8Array): Decoded {
  const text = decodeStrictly(bytes);
  if (text !== null) return { ok: true, text };
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0 && decodeStrictly(bytes.subarray(start, end)) !== null; end = bytes.indexOf(10, start)) {
    line += 1;
    start = end + 1;
  }
  return { ok: false, line, column: firstBadColumn(bytes.subarray(start)) };
}

function decodeStrictly(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Column of the first ill-formed sequence: where a lenient decoder puts its first replacement that does not stand there as bytes. */
function firstBadColumn(bytes: Uint8Array): number {
  const encoder = new TextEncoder();
  let offset = 0;
  let column = 1;
  for (const character of new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)) {
    const written = encoder.encode(character);
    if (written.some((byte, index) => bytes[offset + index] !== byte)) return column;
    offset += written.length;
    column += 1;
  }
  return column;
}
