// Reads a command line that is as plain as those of desktop entries, from the same table of options as commander does, in a fraction of its time.
// Whatever is not plain (a short option, `--`, an unknown word, a value that is missing) is left to commander, which also has the words for it.
import type { Command, GivenOption, Invocation } from "./command.ts";

export interface PlainLine {
  readonly command: Command;
  readonly invocation: Invocation;
  readonly positionalsFrom: number;
}

/** `argv` starts after the program's name. Undefined: ask commander. */
export function readPlainLine(argv: readonly string[], commands: readonly Command[]): PlainLine | undefined {
  const command = commands.find(({ name }) => name === argv[0]);
  if (command === undefined) return undefined;
  const given: GivenOption[] = [];
  const positionals: string[] = [];
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] as string;
    if (!word.startsWith("-")) {
      if (command.optionsFirst) return { command, invocation: { options: given, positionals: argv.slice(at) }, positionalsFrom: at };
      positionals.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const long = equals < 0 ? word : word.slice(0, equals);
    const wants = long.startsWith("--") ? valueWanted(long, command) : undefined;
    if (wants === undefined || (wants === "none" && equals >= 0)) return undefined;
    // Behind a positional argument commander takes the next word for an optional value.
    if (wants === "optional" && positionals.length > 0) return undefined;
    const follows = wants === "needed" && equals < 0;
    const value = follows ? argv[++at] : equals < 0 ? null : word.slice(equals + 1);
    // Commander has its own thoughts about an empty value, and about one that looks like an option.
    if (value === undefined || value === "" || (follows && value?.startsWith("-"))) return undefined;
    given.push({ name: long.slice(2), value });
  }
  if (command.optionsFirst || !hasRoom(command.positionals, positionals.length)) return undefined;
  return { command, invocation: { options: given, positionals }, positionalsFrom: argv.length - positionals.length };
}

/** Whether so many positional arguments are as many as the command takes. */
function hasRoom(notation: string, count: number): boolean {
  const places = notation === "" ? [] : notation.split(" ");
  const needed = places.filter((place) => place.startsWith("<")).length;
  return count >= needed && (count <= places.length || notation.includes("..."));
}

/** What an option of this name takes; undefined where there is none. */
function valueWanted(long: string, command: Command): "needed" | "optional" | "none" | undefined {
  for (const { flags } of command.options) {
    const named = flags.startsWith("-") && !flags.startsWith("--") ? flags.slice(flags.indexOf("--")) : flags;
    if (named !== long && !named.startsWith(`${long} `)) continue;
    return flags.includes("<") ? "needed" : flags.includes("[") ? "optional" : "none";
  }
  return undefined;
}
