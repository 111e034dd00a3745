// `tsbox run`: its options as an object. Only the broker carries it out, for a front; this file reads what the command line asks.
import { type Command, commandProblem, type Invocation, isGiven, lastValue, type Outcome, refuse } from "./command.ts";
import { APP_SOURCES, type AppSource } from "../manifest/door.ts";
import type { Problem } from "../manifest/origin.ts";
import { COUNT, FLAG, listOf, openRecord, orNull, record, TEXT, wordOf } from "./shape.ts";

export type DryRunFormat = "text" | "json" | "bwrap";

const AFTER_TRY = ["ask", "keep", "drop", "aside"] as const;
export type AfterTry = (typeof AFTER_TRY)[number];

/** What `run`'s own options say; permission options are read by launcher/manifest. */
export interface RunLine {
  readonly command: string | null;
  readonly workingDirectory: string | null;
  readonly inheritEnvironment: boolean;
  readonly keepDescriptors: readonly number[];
  readonly sessionBus: boolean;
  readonly accessibilityBus: boolean;
  readonly dryRun: DryRunFormat | null;
  readonly timing: boolean;
  readonly runtime: string | null;
  readonly from: AppSource | null;
  readonly ephemeral: boolean;
  /** `--try`: what becomes of the changes at the end. */
  readonly layered: AfterTry | null;
  /** `--instance=`: the name as given. */
  readonly instance: string | null;
  readonly fileForwarding: boolean;
  /** `--no-plan-cache`. */
  readonly planAnew: boolean;
  readonly backend: "own" | "bwrap";
}

/** Beside these `run` takes every permission option (launcher/manifest/options.ts). */
export const RUN_OPTIONS = [
  { flags: "--command <PROGRAM>", summary: "start PROGRAM in the sandbox instead of the manifest's command" },
  { flags: "--cwd <DIR>", summary: "working directory inside" },
  { flags: "--dry-run [FORMAT]", summary: "print the exact plan (`text`, `json`, or `bwrap` for a script) and do nothing" },
  { flags: "--timing", summary: "print where the time went" },
  { flags: "--inherit-env", summary: "pass the whole environment of the caller on" },
  { flags: "--fd <N>", summary: "keep the caller's descriptor N open in the app; may be repeated" },
  { flags: "--no-session-bus", summary: "give no session bus, whatever the manifest asks" },
  { flags: "--no-a11y-bus", summary: "give no accessibility bus, even where a screen reader runs" },
  { flags: "--runtime <NAME>", summary: "use this runtime: `host` is the host's own /usr, ID/ARCH/BRANCH one that Flatpak installed" },
  { flags: "--ephemeral", summary: "start with empty data, which goes with the app; what is granted is written as usual" },
  {
    flags: "--try [AFTER]",
    summary: "keep what the app writes aside, and show it at the end: then `ask`, `keep`, `drop`, or leave it `aside` for `tsbox try`",
  },
  { flags: "--instance <NAME>", summary: "start the instance NAME, which has data, overrides and bus names of its own" },
  { flags: "--from <SOURCE>", summary: "`host` or `flatpak`: which app is meant where both have the id; remembered" },
  { flags: "--file-forwarding", summary: "files between `@@` (or `@@u`) and `@@` are given to this start where the app does not see them" },
  { flags: "--backend <NAME>", summary: "who builds the sandbox: `own`, or `bwrap` for the host's bubblewrap, which can say less" },
  { flags: "--no-plan-cache", summary: "make the plan anew, whatever the broker remembers" },
  { flags: "-p, --die-with-parent", summary: "taken for compatibility: the app always ends with its `tsbox run`" },
] as const;

export function parseRunLine(invocation: Invocation): RunLine | Problem {
  let line: RunLine = {
    command: null,
    workingDirectory: null,
    inheritEnvironment: false,
    keepDescriptors: [],
    sessionBus: true,
    accessibilityBus: true,
    dryRun: null,
    timing: false,
    runtime: null,
    from: null,
    ephemeral: false,
    layered: null,
    instance: null,
    fileForwarding: false,
    planAnew: false,
    backend: "own",
  };
  for (const { name, value } of invocation.options) {
    const text = value ?? "";
    if (name === "command") line = { ...line, command: text };
    else if (name === "cwd") {
      if (!text.startsWith("/")) return commandProblem("run.cwd-relative", { directory: text });
      line = { ...line, workingDirectory: text };
    } else if (name === "dry-run") {
      const format = value ?? "text";
      if (format !== "text" && format !== "json" && format !== "bwrap") return commandProblem("run.dry-run-format", { format });
      line = { ...line, dryRun: format };
    } else if (name === "timing") line = { ...line, timing: true };
    else if (name === "inherit-env") line = { ...line, inheritEnvironment: true };
    else if (name === "fd") {
      // 0 to 2 always reach the app.
      if (!/^[0-9]{1,7}$/.test(text) || Number(text) < 3) return commandProblem("run.fd-number", { value: text });
      line = { ...line, keepDescriptors: [...line.keepDescriptors, Number(text)] };
    } else if (name === "no-session-bus") line = { ...line, sessionBus: false };
    else if (name === "no-a11y-bus") line = { ...line, accessibilityBus: false };
    else if (name === "ephemeral") line = { ...line, ephemeral: true };
    else if (name === "try") {
      const after = AFTER_TRY.find((word) => word === (value ?? "ask"));
      if (after === undefined) return commandProblem("run.try-word", { value: text });
      line = { ...line, layered: after };
    } else if (name === "instance") line = { ...line, instance: text };
    else if (name === "runtime") line = { ...line, runtime: text };
    else if (name === "from") {
      const from = APP_SOURCES.find((source) => source === text);
      if (from === undefined) return commandProblem("run.from-word", { value: text });
      line = { ...line, from };
    } else if (name === "file-forwarding") line = { ...line, fileForwarding: true };
    else if (name === "backend") {
      if (text !== "own" && text !== "bwrap") return commandProblem("run.backend-unknown", { name: text });
      line = { ...line, backend: text };
    } else if (name === "no-plan-cache") line = { ...line, planAnew: true };
  }
  return line;
}

/** `permissionOptions`: the options of launcher/manifest, in commander's notation. */
/** `--dry-run=json`. Operations, buses and the rest have keys by their kind (launcher/plan/plan.ts). */
const BECAUSE = record({ reason: TEXT, origin: orNull(openRecord({ file: TEXT, line: COUNT, text: TEXT })) });
const PLAN = openRecord({
  format: COUNT,
  appId: TEXT,
  namespaces: record({ network: FLAG, ipc: FLAG }),
  hostname: orNull(TEXT),
  operations: listOf(openRecord({ kind: TEXT, to: TEXT, because: BECAUSE })),
  environment: openRecord({}),
  workingDirectory: TEXT,
  command: listOf(TEXT),
  filter: TEXT,
  scopes: listOf(wordOf("abstract-unix-socket", "signal")),
  buses: listOf(openRecord({})),
  identity: TEXT,
  lowerLevels: listOf(openRecord({ name: TEXT, because: BECAUSE })),
  notices: listOf(TEXT),
});

/** `ways`: what the command line's own process does; a broker has none of it. */
export function runCommand(
  permissionOptions: readonly { readonly flags: string; readonly summary: string }[],
  ways?: { readonly inBubblewrap: Command["answer"]; readonly layered: Command["answer"] },
): Command {
  return {
    name: "run",
    summary: "start an app in its sandbox",
    positionals: "[APP] [ARG...]",
    options: [...RUN_OPTIONS, ...permissionOptions],
    json: { plan: PLAN },
    optionsFirst: true,
    details: ["APP is an id, `./FILE.ini`, or a program's name where just one manifest is meant.", "Everything after APP goes to the app untouched."],
    answeredByBroker: true,
    answer: (invocation, surroundings) => {
      if (ways !== undefined && isGiven(invocation, "try")) return ways.layered(invocation, surroundings);
      return ways !== undefined && lastValue(invocation, "backend") === "bwrap" ? ways.inBubblewrap(invocation, surroundings) : NOT_ASKED;
    },
  };
}

const NOT_ASKED: Outcome = refuse(commandProblem("cli.run-needs-front", {}));
