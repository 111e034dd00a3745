// The commander program of all commands, used as a parser only: it neither acts, nor writes, nor ends the process, since the broker parses with it too.
import { Command as Commander, CommanderError, type OutputConfiguration } from "commander";
import type { Problem } from "../manifest/origin.ts";
import { type Command, type GivenOption, type Invocation, OWN_FAILURE_STATUS } from "./command.ts";
import type { MessageTable } from "../messages/message.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderPhrase } from "../messages/render.ts";
import { readPlainLine } from "./plain-line.ts";
import { usageProblem } from "./usage.ts";
import { VERSION } from "./version.ts";

export type ParsedLine =
  /** `positionalsFrom`: index in argv of the first positional argument; argv's length where there is none. */
  | { readonly kind: "command"; readonly command: Command; readonly invocation: Invocation; readonly positionalsFrom: number }
  /** `--help` and `--version`. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "problem"; readonly problem: Problem; readonly status: number };

/** `argv` starts after the program's name. `texts`: in whose language help is printed; asked for when it is. */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[], texts: () => MessageTable = () => MESSAGES): ParsedLine {
  const plain = readPlainLine(argv, commands);
  return plain === undefined ? parseWithCommander(argv, commands, texts) : { kind: "command", ...plain };
}

/** Every line, plain or not. */
export function parseWithCommander(argv: readonly string[], commands: readonly Command[], texts: () => MessageTable = () => MESSAGES): ParsedLine {
  const written = { text: "" };
  const parsed: { line: ParsedLine | undefined } = { line: undefined };
  // Help is written beside what it speaks of, in English.
  const inLanguage = (english: string): string => renderPhrase(english, texts());
  const program = buildProgram(argv, commands, inLanguage, parsed, written);
  try {
    program.parse(markBareOptions(argv, commands), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "text", text: written.text };
    // Without a command commander prints the help as an error.
    if (error.code === "commander.help") return { kind: "text", text: written.text };
    const command = commands.find((candidate) => candidate.name === argv.find((word) => !word.startsWith("-")));
    return { kind: "problem", problem: usageProblem(error, command), status: OWN_FAILURE_STATUS };
  }
  if (parsed.line === undefined) throw new Error("commander parsed a line and chose no command");
  return parsed.line;
}

/** What a terminal has at least, as a rule; who parses here does not know the caller's. */
const HELP_WIDTH = 80;
/** Of the column beside the longest option. */
const NARROWEST = 30;

/** Stands for "no value given"; no word of a command line holds a NUL. */
const BARE = "\0";

/**
 * Commander would give `--dry-run APP` the app as the value. As with Flatpak, an optional value is only what follows `=`: bare ones are marked up to the
 * first positional argument.
 */
function markBareOptions(argv: readonly string[], commands: readonly Command[]): string[] {
  const words = [...argv];
  const command = commands.find((candidate) => candidate.name === words[0]);
  for (let at = 1; command !== undefined && at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--" || !word.startsWith("-")) break;
    const flags = command.options.find((option) => option.flags.split(/[ ,]+/).includes(word))?.flags ?? "";
    if (flags.includes("<")) at++;
    else if (flags.includes("[")) words[at] = `${word}=${BARE}`;
  }
  return words;
}

function buildProgram(
  argv: readonly string[],
  commands: readonly Command[],
  inLanguage: (english: string) => string,
  parsed: { line: ParsedLine | undefined },
  written: { text: string },
): Commander {
  const output: OutputConfiguration = {
    writeOut: (text) => {
      written.text += text;
    },
    writeErr: (text) => {
      written.text += text;
    },
    // The text of an error is rendered from the message tables instead.
    outputError: () => {},
    getOutHelpWidth: () => HELP_WIDTH,
    getErrHelpWidth: () => HELP_WIDTH,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  };
  const program = new Commander("tsbox");
  program.description(inLanguage("runs desktop programs in a sandbox")).configureHelp({ styleTitle: inLanguage, subcommandTerm: (command) => command.name() });
  program.version(VERSION, "--version", inLanguage("print the version"));
  program.helpOption("-h, --help", inLanguage("print this help")).helpCommand(false);
  program.enablePositionalOptions().exitOverride().configureOutput(output);
  for (const command of commands) addCommand(program, command, argv, inLanguage, output, parsed);
  return program;
}

function addCommand(
  program: Commander,
  command: Command,
  argv: readonly string[],
  inLanguage: (english: string) => string,
  output: OutputConfiguration,
  parsed: { line: ParsedLine | undefined },
): void {
  const given: GivenOption[] = [];
  const built = new Commander(command.name);
  built
    .configureHelp({ styleTitle: inLanguage, minWidthToWrap: NARROWEST })
    .summary(inLanguage(command.summary))
    .description(inLanguage(command.summary))
    .usage(`[OPTION…] ${command.positionals}`.trim());
  built.helpOption("-h, --help", inLanguage("print this help")).exitOverride().configureOutput(output);
  if (command.positionals !== "") built.arguments(command.positionals);
  for (const option of command.options) {
    built.option(option.flags, inLanguage(option.summary));
    const name = /--([a-z0-9-]+)/.exec(option.flags)?.[1] as string;
    // Events keep the order across different options, which commander's own values lose.
    built.on(`option:${name}`, (value: string | null | undefined) => given.push({ name, value: value === BARE ? null : (value ?? null) }));
  }
  if (command.optionsFirst) built.passThroughOptions();
  else built.allowExcessArguments(false);
  // An example is copied as a whole.
  const wrapped = (line: string): string => (line.startsWith("Example:") ? line : built.createHelp().boxWrap(inLanguage(line), HELP_WIDTH));
  if (command.details.length > 0) built.addHelpText("after", `\n${command.details.map(wrapped).join("\n")}`);
  built.action(() => {
    const positionals = built.args;
    parsed.line = { kind: "command", command, invocation: { options: given, positionals }, positionalsFrom: argv.length - positionals.length };
  });
  program.addCommand(built);
}
