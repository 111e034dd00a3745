// Desktop entries that portals write for an app: they start it in its sandbox, whatever the app would like to have in them.
import { lstatSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { PortalInstance } from "../core/instance.ts";
import { PortalError } from "../core/portal-error.ts";
import { makeFolders } from "../../native/make-folders.ts";

const MAX_WORDS = 64;
const MAX_WORD_CHARS = 4096;

/** What the app says it is started by. The first word is a program's name, and must not look like an option of whoever starts it. */
export function checkCommand(words: readonly string[]): readonly string[] {
  const [program] = words;
  if (program === undefined) return [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  const isOdd = words.length > MAX_WORDS || words.some((word) => word.length > MAX_WORD_CHARS || /[\u0000-\u001f\u007f]/.test(word));
  if (isOdd || program === "" || /^[\s-]/.test(program)) throw new PortalError("InvalidArgument", "no command line that can be started");
  return words;
}

/** The words that start the app in its sandbox by that command. */
export function runWords({ appId, origin }: PortalInstance, command: readonly string[]): readonly [string, ...string[]] {
  const [program, ...words] = command;
  return [origin.tsbox, "run", ...(program === undefined ? [] : [`--command=${program}`]), appId, ...words];
}

/** Desktop Entry Specification, "The Exec key": quoted always, the keyfile's own escapes on top, `%` doubled. */
export function quoteWord(word: string): string {
  const quoted = word.replace(/["`$\\]/g, "\\$&").replaceAll("%", "%%");
  return `"${quoted.replaceAll("\\", "\\\\")}"`;
}

/** One line of a keyfile's value. */
export function escapeValue(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t").replace(/^ /, "\\s");
}

/** INVARIANT: an entry that the user or another program wrote under the app's name is neither replaced nor taken away. */
export function isOurEntry({ appId }: PortalInstance, file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && readFileSync(file, "utf8").split("\n").includes(`X-Tsbox=${appId}`);
}

export function mayReplace(instance: PortalInstance, file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) === undefined || isOurEntry(instance, file);
}

/** `lines`: of the group, beside the type and whose it is. */
export function writeEntry({ appId }: PortalInstance, file: string, lines: readonly string[]): void {
  makeFolders(dirname(file), 0o755);
  writeFileSync(`${file}.tsbox`, `[Desktop Entry]\nType=Application\n${lines.map((line) => `${line}\n`).join("")}X-Tsbox=${appId}\n`, { mode: 0o644 });
  renameSync(`${file}.tsbox`, file);
}
