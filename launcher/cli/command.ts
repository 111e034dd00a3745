// What a command is: one object per command, from which the parser, `--help`, and who answers it all derive.
import type { Addon } from "../../native/addon.ts";
import type { Problem } from "../manifest/origin.ts";
import type { Shape } from "./shape.ts";

/** Status of every command where tsbox itself failed, bad usage included. `run` shares it, so that a script can tell it from the app's own. */
export const OWN_FAILURE_STATUS = 125;

/** One option, in commander's notation: `--columns <LIST>`, `-j, --json`, `--dry-run [FORMAT]`. */
export interface CommandOption {
  readonly flags: string;
  readonly summary: string;
}

/** One option as it was given. `name` without dashes; `value` null where none was given. */
export interface GivenOption {
  readonly name: string;
  readonly value: string | null;
}

/** A command line that parsed: options in the order in which they were given, since permissions depend on it. */
export interface Invocation {
  readonly options: readonly GivenOption[];
  readonly positionals: readonly string[];
}

/** Where a command runs: in the command line's own process, or in the broker for a front. */
export interface Surroundings {
  readonly environment: ReadonlyMap<string, string>;
  readonly workingDirectory: string;
  /** Null where no runtime directory was found. */
  readonly runtimeDirectory: string | null;
  readonly stdoutIsTerminal: boolean;
  /** Prints a question and reads a line of the user's; missing or null where there is no terminal to answer at. */
  readonly ask?: (question: string) => string | null;
  /** Prints at once, for a command that goes on. Missing where only the outcome is printed. */
  readonly write?: (text: string) => void;
  /** What an instance waits for, as far as the broker knows; missing where no broker answers. */
  readonly waits?: (instance: string) => Promise<InstanceWaits>;
  /** No part of the app or instance starts until the answer is called; missing where no broker answers. */
  readonly holdParts?: (name: string) => () => void;
  /** Has what manifests and overrides say of buses count for what runs; null: for all. Missing where no broker answers. */
  readonly reload?: (name: string | null) => Promise<readonly Reloaded[]>;
  /** Loaded at first use: most commands never need it. */
  addon(): Addon;
}

/** `buses`: null where the bus process could not be asked. */
export interface InstanceWaits {
  readonly buses: { readonly connections: number; readonly outstandingCalls: number } | null;
  /** Methods of our portals that have not been answered. */
  readonly portalRequests: readonly string[];
}

/** What became of one running instance. `changed`, `later`: buses, by name; the latter it gets when it is started again. `problems`: why it keeps what it has. */
export interface Reloaded {
  readonly instance: string;
  readonly application: string;
  readonly changed: readonly string[];
  readonly later: readonly string[];
  readonly problems: readonly Problem[];
}

/** What a command has to say. `problems` go to standard error. */
export interface Outcome {
  readonly status: number;
  readonly output: string;
  readonly problems: readonly Problem[];
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The positional arguments, in commander's notation. */
  readonly positionals: string;
  /** The words that its first positional argument may be, where they are a fixed few. */
  readonly actions?: readonly string[];
  readonly options: readonly CommandOption[];
  /** Options end at the first positional argument; what follows belongs to the app. */
  readonly optionsFirst: boolean;
  /** Lines after the options in `--help`. */
  readonly details: readonly string[];
  /** What its `--json` prints, by the name of the schema. */
  readonly json?: Readonly<Record<string, Shape<unknown>>>;
  /** A running broker answers it for a front; otherwise the command line does. */
  readonly answeredByBroker: boolean;
  /** Of the broker's commands: whether this line is for it; missing: every line is. */
  readonly isForBroker?: (invocation: Invocation) => boolean;
  /** Whether this line only looks, so that a running broker may have it answered beside itself (launcher/broker/listings.ts); missing: no line does. */
  readonly onlyLooks?: (invocation: Invocation) => boolean;
  answer(invocation: Invocation, surroundings: Surroundings): Outcome | Promise<Outcome>;
}

/** The last value of an option that may be given once. */
export function lastValue(invocation: Invocation, name: string): string | null | undefined {
  return invocation.options.filter((option) => option.name === name).at(-1)?.value;
}

export function isGiven(invocation: Invocation, name: string): boolean {
  return invocation.options.some((option) => option.name === name);
}

export function allValues(invocation: Invocation, name: string): readonly string[] {
  return invocation.options.filter((option) => option.name === name).map((option) => option.value ?? "");
}

/** A problem of a command line: no file, no line. */
export function commandProblem(key: string, values: Readonly<Record<string, string>>): Problem {
  return { key, file: "", line: 0, column: 0, values, severity: "error" };
}

/** What a command says that failed, and printed nothing. */
export function refuse(...problems: readonly Problem[]): Outcome {
  return { status: OWN_FAILURE_STATUS, output: "", problems };
}

export function refuseFor(key: string, values: Readonly<Record<string, string>>): Outcome {
  return refuse(commandProblem(key, values));
}
