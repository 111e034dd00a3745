// What completion scripts and man pages say of the commands, read off the very objects that parse. Pure.
import { PERMISSION_OPTIONS } from "../../manifest/door.ts";
import type { Command } from "../command.ts";

export interface OptionWords {
  /** Long form, with dashes. */
  readonly flag: string;
  readonly short: string | null;
  /** The name of its value; null where it takes none. */
  readonly value: string | null;
  /** Whether the value may be missing; then it stands behind `=` alone. */
  readonly isOptional: boolean;
  readonly choices: readonly string[];
  readonly summary: string;
}

export type ArgumentKind = "app" | "instance" | "file" | "command" | "none";

export function optionWords(command: Command): readonly OptionWords[] {
  const own = command.options.map(({ flags, summary }): OptionWords => {
    const flag = /--[a-z0-9-]+/.exec(flags)?.[0] ?? flags;
    const short = /(?:^|[ ,])(-[A-Za-z])(?=[ ,]|$)/.exec(flags)?.[1] ?? null;
    const value = /[<[]([^>\]]+)(?:[>\]]|$)/.exec(flags.replace(/\[:ro\]/, ""))?.[1] ?? null;
    const choices = PERMISSION_OPTIONS.find((option) => option.flag === flag)?.choices ?? [];
    return { flag, short, value, isOptional: flags.includes("[") && !flags.includes("<"), choices, summary };
  });
  return [...own, { flag: "--help", short: "-h", value: null, isOptional: false, choices: [], summary: "print this help" }];
}

/** What its positional arguments are, behind the actions where it has some. */
export function argumentKind({ positionals }: Command): ArgumentKind {
  if (positionals === "" || /^<(?:SHELL|ACTION)>(?: \[NAME\])?$/.test(positionals)) return "none";
  if (/INSTANCE/.test(positionals)) return "instance";
  if (/APP/.test(positionals)) return "app";
  return /PROGRAM|WHAT/.test(positionals) ? "command" : "file";
}
