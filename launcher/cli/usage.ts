// What is wrong with a command line, from the parser's own findings: keys of our tables where they have the case, else its words.
import type { CommanderError } from "commander";
import { nearestWord } from "../manifest/nearest.ts";
import type { Problem } from "../manifest/origin.ts";
import { type Command, commandProblem } from "./command.ts";

/** The parser's codes, less `commander.`, that have texts of their own. */
const KNOWN = ["unknownOption", "unknownCommand", "optionMissingArgument", "missingArgument", "excessArguments"];

/** Commands of Flatpak's that have another name here. */
const OTHER_NAMES: Readonly<Record<string, string>> = { remove: "uninstall", history: "log", stop: "kill" };
/** Commands of Flatpak's about what it installs: here nothing is fetched. */
const OF_INSTALLATIONS = /^(?:update|upgrade|remotes|remote-[a-z]+|mask|pin|repair|config|make-current|create-usb|build-[a-z]+)$/;

export function usageProblem(error: CommanderError, command: Command | undefined): Problem {
  const [detail = "", ...rest] = error.message
    .replace(/^error: /, "")
    .replace(/'([^']*)'/g, "`$1`")
    .split("\n");
  const kind = error.code.replace("commander.", "");
  const [word = ""] = /(?<=`)[^`]*(?=`)/.exec(detail) ?? [];
  const [wanted = "", given = ""] = detail.replace(/`[^`]*`/g, "").match(/\d+/g) ?? [];
  const help = command === undefined ? "tsbox --help" : `tsbox ${command.name} --help`;
  if (kind === "unknownCommand" && OF_INSTALLATIONS.test(word)) return commandProblem("usage.of-flatpak", { word });
  if (kind === "unknownCommand" && word === "enter") return commandProblem("usage.enter", { word });
  const nearest = nearestOf(kind, word, rest.join(" "), command);
  const key = `${KNOWN.includes(kind) ? `usage.${kind}` : "cli.usage"}${nearest === undefined ? "" : "-nearest"}`;
  return commandProblem(key, { detail, word, wanted, given, help, nearest: nearest ?? "" });
}

/** The parser compares the whole word, value and all. */
function nearestOf(kind: string, word: string, said: string, command: Command | undefined): string | undefined {
  if (kind === "unknownCommand" && OTHER_NAMES[word] !== undefined) return OTHER_NAMES[word];
  if (kind !== "unknownOption" || !word.startsWith("--")) return /Did you mean (?:one of )?(.*)\?\)/.exec(said)?.[1];
  const flags = (command?.options ?? []).map((option) => /--[a-z0-9-]+/.exec(option.flags)?.[0] ?? "");
  return nearestWord(/^--[^=]+/.exec(word)?.[0] ?? word, flags) ?? undefined;
}
