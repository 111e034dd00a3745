// What an app would like to have in a desktop entry: its command becomes one that starts it in its sandbox, of the rest a list of harmless keys is taken.
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";
import { checkCommand, escapeValue, quoteWord, runWords } from "./desktop-entry.ts";

/**
 * Nothing that starts a program, names a file, or makes the entry the default for a type of files or a scheme of links; and no text that menus show beside the
 * name, as the user was asked about the name alone.
 */
const KEYS = /^(?:Keywords|Categories|StartupNotify|StartupWMClass)(?:\[[A-Za-z_.@-]{1,32}\])?$/;
const MAX_TEXT_CHARS = 64 * 1024;
/** Desktop Entry Specification: what a file manager puts the opened files or links for. */
const FIELD_CODES = /^%[fFuU]$/;

export interface LauncherText {
  /** A finished value of `Exec`. */
  readonly exec: string;
  readonly lines: readonly string[];
}

export function readLauncher(instance: PortalInstance, text: string): LauncherText {
  if (text.length > MAX_TEXT_CHARS) throw new PortalError("InvalidArgument", "the entry is too long");
  const group = mainGroup(text);
  const words = splitExec(group.get("Exec") ?? "");
  // A field code stays one only as a word of its own.
  const codes = words.map((word) => FIELD_CODES.test(word));
  const command = checkCommand(words);
  if (command.length === 0 || codes[0] === true) throw new PortalError("InvalidArgument", "the entry has no command");
  const started = runWords(instance, command);
  const shift = started.length - command.length;
  const exec = started.map((word, index) => (index > shift && codes[index - shift] === true ? word : quoteWord(word))).join(" ");
  const lines = [...group].filter(([key]) => KEYS.test(key)).map(([key, value]) => `${key}=${escapeValue(value)}`);
  return { exec, lines };
}

/** Keys and values of `[Desktop Entry]`, unescaped. */
function mainGroup(text: string): ReadonlyMap<string, string> {
  const group = new Map<string, string>();
  let current = "";
  for (const line of text.split("\n")) {
    const header = /^\[([^\]]*)\]\s*$/.exec(line)?.[1];
    const at = line.indexOf("=");
    if (header !== undefined) current = header;
    else if (current === "Desktop Entry" && at > 0 && !line.startsWith("#")) group.set(line.slice(0, at).trim(), unescapeValue(line.slice(at + 1).trim()));
  }
  return group;
}

const ESCAPES: Readonly<Record<string, string>> = { s: " ", n: "\n", t: "\t", r: "\r", "\\": "\\" };

function unescapeValue(value: string): string {
  return value.replace(/\\(.)/g, (whole, letter: string) => ESCAPES[letter] ?? whole);
}

/** Words as the specification quotes them: double quotes, with a backslash before what is special in them. `%%` is a percent sign; codes but %f %F %u %U mean nothing here. */
function splitExec(exec: string): readonly string[] {
  const words: string[] = [];
  for (const [, quoted, plain] of exec.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"]+)/g)) {
    const word = quoted === undefined ? (plain as string) : quoted.replace(/\\(.)/g, "$1");
    if (quoted === undefined && FIELD_CODES.test(word)) words.push(word);
    else if (!/^%[a-zA-Z]$/.test(word)) words.push(word.replace(/%(.)/g, (_, code: string) => (code === "%" ? "%" : "")));
  }
  return words;
}
