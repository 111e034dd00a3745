// Changes a keyfile in one place and leaves every other byte as it was: comments, order, unknown groups, blanks, line ends.
import { isGroupName, isKeyName, type Keyfile, type KeyfileLine, parseKeyfileText } from "./keyfile.ts";

/** A file with nothing in it. */
export function emptyKeyfile(file: string): Keyfile {
  return { file, lines: [], groups: new Map() };
}

/**
 * Sets a key to a raw (already escaped) value. Where the key stands, only its value changes (of a repeated key, the last: the one in force);
 * else a line is added at the end of the group; else the group at the end of the file.
 * Throws RangeError where group or key cannot be written in this dialect: callers check outside text first.
 */
export function setKey(keyfile: Keyfile, group: string, key: string, rawValue: string): Keyfile {
  if (!isGroupName(group) || !isKeyName(key) || /[\n\r\0]/.test(rawValue)) throw new RangeError(`cannot be written: [${group}] ${key}`);
  const texts = keyfile.lines.map((line) => line.text);
  const end = lineEndOf(keyfile);
  const at = keyfile.lines.findLastIndex((line) => isEntry(line, group, key));
  if (at >= 0) {
    texts[at] = replaceValue(keyfile.lines[at] as KeyfileLine, rawValue);
    return reparse(keyfile, texts);
  }
  const line = `${key}=${rawValue}${end}`;
  const last = lastLineOfGroup(keyfile, group);
  closeLastLine(texts, end);
  if (last >= 0) texts.splice(last + 1, 0, line);
  else texts.push(...(texts.length > 0 ? [end] : []), `[${group}]${end}`, line);
  return reparse(keyfile, texts);
}

/** Takes a key away, every time it stands in the group. Returns the very same value where it is not there. */
export function removeKey(keyfile: Keyfile, group: string, key: string): Keyfile {
  return keepLines(keyfile, (line) => !isEntry(line, group, key));
}

/** The file without the other lines; the very same value where all are kept. An entry needs its group's line. */
export function keepLines(keyfile: Keyfile, isKept: (line: KeyfileLine) => boolean): Keyfile {
  const kept = keyfile.lines.filter(isKept);
  if (kept.length === keyfile.lines.length) return keyfile;
  return reparse(
    keyfile,
    kept.map((line) => line.text),
  );
}

function isEntry(line: KeyfileLine, group: string, key: string): boolean {
  return line.kind === "entry" && line.entry.group === group && line.entry.key === key;
}

function replaceValue(line: KeyfileLine, rawValue: string): string {
  if (line.kind !== "entry") return line.text;
  const lineEnd = /\r?\n$/.exec(line.text)?.[0] ?? "";
  const body = line.text.slice(0, line.text.length - lineEnd.length);
  return `${body.slice(0, body.length - line.entry.rawValue.length)}${rawValue}${lineEnd}`;
}

/** The last entry (or else the header) of a group where it stands last. */
function lastLineOfGroup(keyfile: Keyfile, group: string): number {
  const header = keyfile.lines.findLastIndex((line) => line.kind === "group" && line.name === group);
  if (header < 0) return -1;
  let last = header;
  for (let index = header + 1; index < keyfile.lines.length && keyfile.lines[index]?.kind !== "group"; index += 1) {
    if (keyfile.lines[index]?.kind === "entry") last = index;
  }
  return last;
}

function closeLastLine(texts: string[], end: string): void {
  const last = texts.length - 1;
  if (last >= 0 && !texts[last]?.endsWith("\n")) texts[last] += end;
}

/** The file's own line end: that of its first line. */
function lineEndOf(keyfile: Keyfile): string {
  return keyfile.lines[0]?.text.endsWith("\r\n") === true ? "\r\n" : "\n";
}

function reparse(keyfile: Keyfile, texts: readonly string[]): Keyfile {
  const result = parseKeyfileText(keyfile.file, texts.join(""));
  // INVARIANT: an edit of a well-formed file is well-formed; anything else is a defect here, never the user's.
  if (!result.ok) throw new Error(`an edit broke ${keyfile.file}`);
  return result.value;
}
