// The command line's own process: executed by the front for every command that no broker answered.
import { constants, fstatSync, readSync, realpathSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { xdgRuntime } from "xdg-basedir";
import { loadAddon } from "../../native/addon.ts";
import { MESSAGES } from "../messages/messages.ts";
import { renderProblems } from "../messages/render.ts";
import { systemText } from "../broker/system-text.ts";
import { commandProblem, type Outcome, OWN_FAILURE_STATUS, type Surroundings } from "./command.ts";
import { allCommands } from "./commands.ts";
import { parseCommandLine } from "./program.ts";
import { findRuntimeDirectory } from "./runtime-directory.ts";

const { S_IFMT, S_IFCHR } = constants;
/** Serial lines by USB and of consoles by other drivers. */
const OTHER_TERMINALS: readonly number[] = [166, 188, 204, 229];

function surroundings(): Surroundings {
  return {
    environment: new Map(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    workingDirectory: process.cwd(),
    runtimeDirectory: findRuntimeDirectory(xdgRuntime),
    stdoutIsTerminal: isTerminal(1),
    ask: askUser,
    write: (text) => void process.stdout.write(text),
    addon: () => loadAddon(join(buildFolder(), "tsbox.node")),
  };
}

/** Null where standard input or standard error is no terminal. `process.stdin` is not touched: it would make the terminal answer "not yet" instead of waiting. */
function askUser(question: string): string | null {
  if (!isTerminal(0) || !isTerminal(2)) return null;
  process.stderr.write(question);
  const bytes = Buffer.alloc(1024);
  try {
    return bytes.toString("utf8", 0, readSync(0, bytes)).trim();
  } catch {
    // The terminal went, or cannot be waited for: nobody answered.
    return null;
  }
}

/** Majors of terminals: virtual and serial ones, `/dev/tty` and the console, pseudo terminals (devices.txt of the kernel). Node's own answer costs the loading of its network code. */
function isTerminal(descriptor: number): boolean {
  try {
    const { rdev, mode } = fstatSync(descriptor);
    const major = (rdev >> 8) & 0xfff;
    return (mode & S_IFMT) === S_IFCHR && (major === 4 || major === 5 || (major >= 136 && major <= 143) || OTHER_TERMINALS.includes(major));
  } catch {
    return false;
  }
}

/** At once and without a stream of Node's, which takes milliseconds to make; what a pipe has no room for yet is left to one. */
function writeOut(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  let done = 0;
  try {
    while (done < bytes.length) done += writeSync(descriptor, bytes, done);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Who reads no more is owed nothing more.
    if (code === "EAGAIN") (descriptor === 1 ? process.stdout : process.stderr).write(bytes.subarray(done));
    else if (code !== "EPIPE") throw error;
  }
}

/** Where this bundle lies; the addon is beside it. */
function buildFolder(): string {
  return dirname(realpathSync(process.argv[1] as string));
}

async function answer(argv: readonly string[]): Promise<Outcome> {
  const line = parseCommandLine(
    argv,
    allCommands(() => join(buildFolder(), "../manifests")),
  );
  if (line.kind === "text") return { status: 0, output: line.text, problems: [] };
  if (line.kind === "problem") return { status: line.status, output: "", problems: [line.problem] };
  return line.command.answer(line.invocation, surroundings());
}

/** A full disk, a folder that nobody may write to: no fault of ours. Everything else is one, and keeps its trace. */
function systemFailure(error: unknown): Outcome {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) throw error;
  const problem = commandProblem("cli.system", { system: systemText(code) });
  return { status: OWN_FAILURE_STATUS, output: "", problems: [{ ...problem, file: path ?? "" }] };
}

async function main(): Promise<void> {
  const outcome = await answer(process.argv.slice(2)).catch(systemFailure);
  writeOut(2, renderProblems(outcome.problems, MESSAGES));
  process.exitCode = outcome.status;
  try {
    writeOut(1, outcome.output);
  } catch (error) {
    process.exitCode = OWN_FAILURE_STATUS;
    writeOut(2, renderProblems([commandProblem("cli.output", { system: systemText((error as NodeJS.ErrnoException).code ?? "") })], MESSAGES));
  }
}

void main();
