// `tsbox run --try`: starts a front of its own with the layers' folder, waits for its end, and asks what becomes of the changes.
import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { constants } from "node:os";
import type { Addon } from "../../native/addon.ts";
import { type Problem, wordsOf as systemWords } from "../manifest/door.ts";
import { beginTry, lockTry, readTry, removeTry, TRY_VARIABLE, walkTry } from "../try/door.ts";
import { commandProblem, type Invocation, type Outcome, OWN_FAILURE_STATUS, refuse, type Surroundings } from "./command.ts";
import { frontOf } from "./front.ts";
import { readViewer } from "./known-app.ts";
import { type AfterTry, parseRunLine } from "./run.ts";
import { answerToTry, dropTry, keepTry, renderChanges, sayOfTry } from "./try-output.ts";

const SIGNALLED = 128;
/** From a terminal the front has its own copies of the first two; the others are meant for it where they come to this process alone. */
const WAITED_OUT = ["SIGINT", "SIGQUIT"] as const;
const PASSED_ON = ["SIGTERM", "SIGHUP"] as const;

export async function runLayered(invocation: Invocation, surroundings: Surroundings, catalogue: string): Promise<Outcome> {
  const line = parseRunLine(invocation);
  if ("key" in line) return refuse(line);
  if (line.backend !== "own") return refuse(commandProblem("run.try-backend", {}));
  // Its own front came back to the command line: another turn would not end.
  if (surroundings.environment.has(TRY_VARIABLE)) return refuse(commandProblem("run.try-folder", {}));
  const viewer = readViewer(surroundings, catalogue);
  if (!viewer.ok) return refuse(...viewer.problems);
  const addon = surroundings.addon();
  const { state } = viewer.value.places;
  const begun = begin(addon, state);
  if ("key" in begun) return refuse(begun);
  const { name, folder, lock } = begun;
  const ended = await startFront(frontOf(catalogue), wordsOf(invocation), { keep: line.keepDescriptors, lock, name });
  const kept = readTry(state, name);
  if (kept === null) {
    removeTry(folder);
    return typeof ended === "number" ? { status: ended, output: "", problems: [] } : refuse(ended);
  }
  const status = typeof ended === "number" ? ended : OWN_FAILURE_STATUS;
  const changes = walkTry(addon, kept, { act: false, overwrite: false });
  const say = (text: string): void => void process.stderr.write(text);
  if (changes.length === 0) {
    closeSync(lock);
    removeTry(folder);
    say(sayOfTry("try.nothing", { app: kept.app }));
    return { status, output: "", problems: [] };
  }
  say(renderChanges(changes, kept.app, true));
  const after: AfterTry = line.layered === "ask" || line.layered === null ? answerToTry(surroundings) : line.layered;
  if (after === "aside") say(sayOfTry("try.aside", { name }));
  const done = after === "keep" ? keepTry(addon, kept, false) : after === "drop" ? dropTry(kept) : { status: 0, output: "", problems: [] };
  say(done.output);
  closeSync(lock);
  return { status: done.status === 0 ? status : done.status, output: "", problems: done.problems };
}

function begin(addon: Addon, state: string): (ReturnType<typeof beginTry> & { readonly lock: number }) | Problem {
  try {
    const begun = beginTry(state);
    const lock = lockTry(addon, begun.folder);
    return lock === null ? commandProblem("try.running", { name: begun.name }) : { ...begun, lock };
  } catch (error) {
    return commandProblem("run.try-layers", { system: systemWords(error as NodeJS.ErrnoException) });
  }
}

/** The line as it was given. */
function wordsOf({ options, positionals }: Invocation): readonly string[] {
  return ["run", ...options.map(({ name, value }) => (value === null ? `--${name}` : `--${name}=${value}`)), "--", ...positionals];
}

interface Handed {
  readonly keep: readonly number[];
  readonly lock: number;
  readonly name: string;
}

/** Its status, or why there was none. The front holds the lock as long as it lives, whatever becomes of this process. */
function startFront(program: string, words: readonly string[], { keep, lock, name }: Handed): Promise<number | Outcome["problems"][number]> {
  const last = Math.max(2, ...keep) + 1;
  const stdio = Array.from({ length: last }, (_, at) => (at <= 2 || keep.includes(at) ? at : ("ignore" as const)));
  return new Promise((settle) => {
    const child = spawn(program, words, { stdio: [...stdio, lock], env: { ...process.env, [TRY_VARIABLE]: name } });
    for (const signal of WAITED_OUT) process.on(signal, () => {});
    for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
    child.on("error", (error) => settle(commandProblem("try.no-front", { program, system: error.message })));
    child.on("exit", (status, signal) => settle(status ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal])));
  });
}
