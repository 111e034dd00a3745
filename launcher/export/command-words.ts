// Splits a command line into words as the launchers of desktops do, and writes words as the Desktop Entry specification has them quoted. Pure.

/**
 * The shell's rules of words and quotes, nothing else of a shell (GLib reads every Exec line so; double quotes, which the specification allows, are a part of them).
 * A comment begins at a `#` behind a space or a line end, not behind a tab.
 * Null where a quote stays open, a backslash or a lone `#` ends the line, or no word is there.
 */
export function splitCommand(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    at += 1;
    if (/[ \t\n]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "#" && /^[ \n]?$/.test(text[at - 2] ?? "")) {
      if (at === text.length) return null;
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end + 1;
    } else if (character === "\\") {
      if (at === text.length) return null;
      // A backslash before a line end joins the lines.
      if (text[at] !== "\n") word = (word ?? "") + text[at];
      at += 1;
    } else if (character === "'" || character === '"') {
      const quoted = readQuoted(text, at, character);
      if (quoted === null) return null;
      word = (word ?? "") + quoted.text;
      at = quoted.end;
    } else word = (word ?? "") + character;
  }
  if (word !== null) words.push(word);
  return words.length === 0 ? null : words;
}

function readQuoted(text: string, start: number, quote: string): { readonly text: string; readonly end: number } | null {
  let word = "";
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === quote) return { text: word, end: at + 1 };
    if (character !== "\\" || quote === "'") word += character;
    else {
      at += 1;
      const next = text[at] ?? "";
      // Inside double quotes a backslash speaks for these alone, else it stands for itself.
      word += '$`"\\'.includes(next) ? next : next === "\n" ? "" : `\\${next}`;
    }
  }
  return null;
}

/** Flatpak's list of what needs no quotes; the specification's list of reserved characters lies outside it. */
const BARE_WORD = /^[A-Za-z0-9_%.=:/@-]+$/;

/** One word of an Exec line: bare, or in double quotes as a whole ("The Exec key", Desktop Entry Specification). The keyfile's own escapes come on top. */
export function quoteWord(word: string): string {
  return BARE_WORD.test(word) ? word : `"${word.replace(/["`$\\]/g, "\\$&")}"`;
}

/** A path in a place where field codes are expanded. */
export function escapeFieldCodes(word: string): string {
  return word.replaceAll("%", "%%");
}
