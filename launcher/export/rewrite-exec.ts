// Turns the Exec line of a program into one that starts it in its sandbox. Pure. The rules are Flatpak's, but for the quotes (see README.md, Decisions).
import { escapeFieldCodes, quoteWord, splitCommand } from "./command-words.ts";

export interface Launcher {
  /** Absolute path of `tsbox`, checked by `isSafeProgramPath`. */
  readonly tsbox: string;
  readonly id: string;
}

export type Rewritten = { readonly ok: true; readonly exec: string } | { readonly ok: false; readonly word: string };

/** What an entry's `X-Flatpak-RunOptions` can ask for. Its other word, `no-documents-portal`, has no option of `run` here. */
export const RUN_OPTIONS = { "no-a11y-bus": "--no-a11y-bus" } as const;
export type RunOption = (typeof RUN_OPTIONS)[keyof typeof RUN_OPTIONS];

/** A field code that stands for files or addresses, when it is a word of its own, and what opens its list. */
const FORWARDED: ReadonlyMap<string, string> = new Map([
  ["%f", "@@"],
  ["%F", "@@"],
  ["%u", "@@u"],
  ["%U", "@@u"],
]);

/** What else of the entry matters to its line. */
export interface EntryWords {
  /** Options of `run`, before the program's. */
  readonly runOptions?: readonly RunOption[];
  /** Names and icons, by which `%c` and `%i` are expanded. */
  readonly shown?: readonly string[];
}

/**
 * `exec`: the old line with the keyfile's escapes undone; null where there is none. One that does not split starts the app without arguments, as with Flatpak.
 * A word that starts with `@@`, or may when its field codes are expanded, is refused: `run` would take it for the mark of a list of files.
 * `kind`: in a D-Bus service there are no field codes, so that a percent sign stands for itself.
 */
export function rewriteExec(
  exec: string | null,
  { tsbox, id }: Launcher,
  kind: "desktop" | "service",
  { runOptions = [], shown = [] }: EntryWords = {},
): Rewritten {
  const start = [quoteWord(kind === "desktop" ? escapeFieldCodes(tsbox) : tsbox), "run", ...runOptions];
  const [program, ...given] = (exec === null ? null : splitCommand(exec)) ?? [];
  if (program === undefined) return { ok: true, exec: [...start, id].join(" ") };
  const isForwarding = kind === "desktop" && given.some((word) => FORWARDED.has(word));
  const forged = given.find((word) => word.startsWith("@@") || (isForwarding && mayForge(word, shown)));
  if (forged !== undefined) return { ok: false, word: forged };
  const words = given.flatMap((word) => {
    const opening = kind === "desktop" ? FORWARDED.get(word) : undefined;
    return opening === undefined ? [kind === "desktop" ? withoutCodesInQuotes(word) : quoteWord(word)] : [opening, word, "@@"];
  });
  const forwarding = isForwarding ? ["--file-forwarding"] : [];
  const command = kind === "desktop" ? `--command=${escapeFieldCodes(program.replaceAll("%%", "%"))}` : `--command=${program}`;
  return { ok: true, exec: [...start, quoteWord(command), ...forwarding, id, ...words].join(" ") };
}

/**
 * INVARIANT: no field code stands in quotes, nor in an option of ours. Launchers put the text in as it is ("The result is undefined", says the specification), and a quote
 * in a name, or in that of a file, ends ours: what follows would be options of `run`, and open the sandbox.
 */
function withoutCodesInQuotes(word: string): string {
  const quoted = quoteWord(word);
  return quoted === word ? quoted : quoteWord(withoutCodes(word));
}

function withoutCodes(word: string): string {
  return word.replace(/%%|%.?/gsu, (code) => (code === "%%" ? code : ""));
}

/** Codes that are deprecated or unknown stand for nothing. */
function mayForge(word: string, shown: readonly string[]): boolean {
  if (withoutCodes(word).startsWith("@@")) return true;
  return /%[ci]/.test(word) && shown.some((text) => text.startsWith("@"));
}

/** Whether a path can be the first word of an Exec line: absolute, no control characters, and no `=`, which the specification forbids there. */
export function isSafeProgramPath(path: string): boolean {
  return path.startsWith("/") && !/[\p{Cc}\p{Cs}=]/u.test(path);
}
