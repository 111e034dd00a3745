// `tsbox run` in a session: the built program where the account can read it, manifests written to the session's own folder, and its answers.
import { accessSync, constants, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, chmodSync } from "node:fs";
import { basename, join } from "node:path";
import { buildProbe, type ProbeFacts } from "./probe.ts";
import type { Outcome, Running } from "./process.ts";
import type { RunOptions, Session } from "./session.ts";
import { TESTED_BUILD } from "./tested-build.ts";

/** Runs of `probe` below are this program's. */
export const PROBE_ID = "org.example.Probe";

export interface AppOptions extends RunOptions {
  /** Options of `run`, before the app. */
  readonly options?: readonly string[];
}

/** The built `tsbox`, as the account may execute it: in place, else in a copy that is removed with the session. */
export async function findTsbox(session: Session): Promise<string> {
  const inPlace = join(TESTED_BUILD, "tsbox");
  const probe = await session.run(["/usr/bin/test", "-x", inPlace, "-a", "-r", join(TESTED_BUILD, "broker.cjs")]);
  if (probe.status === 0) return inPlace;
  accessSync(inPlace, constants.X_OK);
  const copy = mkdtempSync("/var/tmp/tsbox-build-");
  chmodSync(copy, 0o755);
  session.onClose(() => rmSync(copy, { recursive: true, force: true }));
  return copyBuild(join(copy, "build"));
}

/** A copy of everything that a run needs, and the path of the program in it. */
export function copyBuild(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const entry of readdirSync("build", { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    copyFileSync(join("build", entry.name), join(folder, entry.name));
    chmodSync(join(folder, entry.name), entry.name === "tsbox" ? 0o755 : 0o644);
  }
  return join(folder, "tsbox");
}

export interface App {
  readonly id: string;
  readonly file: string;
  /** The program, as the account may execute it. */
  readonly tsbox: string;
  /** `tsbox run [OPTIONS] ID ARGUMENTS`. */
  run(argv?: readonly string[], options?: AppOptions): Promise<Outcome>;
  start(argv?: readonly string[], options?: AppOptions): Running;
  /** The app's own folder on the host. */
  readonly data: string;
}

/**
 * Writes the manifest of `id`; `text` is what follows `[Application] name=`. Programs (name to path on the host) are copied to its `bin`, which is at
 * `/app/bin` inside.
 */
export async function makeApp(session: Session, id: string, text: string, programs: readonly string[] = []): Promise<App> {
  const tsbox = await findTsbox(session);
  const folder = ".local/share/tsbox/manifests";
  const file = session.write(`${folder}/${id}.ini`, `[Application]\nname=${id}\n${text}`);
  for (const program of programs) {
    session.write(`${folder}/${id}/bin/${basename(program)}`, readFileSync(program), 0o755);
  }
  const start = (argv: readonly string[] = [], options: AppOptions = {}): Running =>
    session.start([tsbox, "run", ...(options.options ?? []), id, ...argv], options);
  return { id, file, tsbox, data: session.path(`.var/app/${id}`), start, run: (argv, options) => start(argv, options).ended };
}

export interface Probe extends App {
  facts(options?: AppOptions): Promise<ProbeFacts>;
  calls(options?: AppOptions): Promise<Readonly<Record<string, string>>>;
  /** Each act's answer, in order. */
  act(acts: readonly string[], options?: AppOptions): Promise<readonly string[]>;
}

/** An app whose command is the probe. `context` follows `command=probe`. */
export async function makeProbe(session: Session, context: string, id: string = PROBE_ID): Promise<Probe> {
  const app = await makeApp(session, id, `command=probe\n${context}`, [buildProbe()]);
  return {
    ...app,
    facts: async (options) => JSON.parse(expectSuccess(await app.run(["facts"], options))) as ProbeFacts,
    calls: async (options) => JSON.parse(expectSuccess(await app.run(["calls"], options))) as Record<string, string>,
    act: async (acts, options) => readActs(acts, await app.run(["do", ...acts], options)),
  };
}

/** The same probe outside, as the same account: what the host would have allowed. */
export async function probeHost(session: Session): Promise<Pick<Probe, "facts" | "calls" | "act">> {
  const copy = session.write(`${session.scratch}/programs/probe`, readFileSync(buildProbe()), 0o755);
  return {
    facts: async (options) => JSON.parse(expectSuccess(await session.run([copy, "facts"], options))) as ProbeFacts,
    calls: async (options) => JSON.parse(expectSuccess(await session.run([copy, "calls"], options))) as Record<string, string>,
    act: async (acts, options) => readActs(acts, await session.run([copy, "do", ...acts], options)),
  };
}

/** Standard output of a run that must have ended with 0. */
export function expectSuccess(outcome: Outcome): string {
  if (outcome.status !== 0) throw new Error(`ended with ${outcome.status ?? outcome.signal}\n${outcome.stdout}\n${outcome.stderr}`);
  return outcome.stdout;
}

function readActs(acts: readonly string[], outcome: Outcome): readonly string[] {
  const lines = outcome.stdout.trimEnd().split("\n");
  if (lines.length !== acts.length || (outcome.status ?? 2) > 1)
    throw new Error(`${acts.length} acts, ended with ${outcome.status ?? outcome.signal}\n${outcome.stdout}\n${outcome.stderr}`);
  return lines;
}
