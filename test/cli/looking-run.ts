// For tests: a command that only looks, from its command line to its output, in this process; the caller's home is a folder of the test.
import { dirname } from "node:path";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadAddon } from "../../native/addon.ts";
import { type Command, isGiven, type Surroundings } from "../../launcher/cli/command.ts";
import { parseCommandLine } from "../../launcher/cli/program.ts";
import { assertPromisedJson } from "../support/json-schema.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";
import { renderProblems } from "../../launcher/messages/render.ts";

export interface Ran {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

export interface LookingHome {
  readonly path: string;
  /** Below the home, or `catalogue/…`; parents are made. */
  write(file: string, text: string): void;
  run(...argv: readonly string[]): Promise<Ran>;
}

/** `make`: the command under test; Paths of the home are shown as `/home/u`. */
export async function withLookingHome(
  make: (catalogue: () => string) => Command,
  work: (home: LookingHome) => Promise<void>,
  more: Pick<Surroundings, "ask"> & {
    readonly stdoutIsTerminal?: boolean;
    readonly addon?: Surroundings["addon"];
    readonly others?: readonly ((catalogue: () => string) => Command)[];
  } = {},
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "tsbox-looking-"));
  // Beside the home, not in it: where tsbox itself lies no app may write.
  const installed = `${root}/installed`;
  const path = `${root}/home`;
  mkdirSync(`${installed}/manifests`, { recursive: true });
  mkdirSync(path);
  mkdirSync(`${path}/run`, { mode: 0o700 });
  const write = (file: string, text: string): void => {
    const place = file.startsWith("catalogue/") ? `${installed}/manifests/${file.slice("catalogue/".length)}` : `${path}/${file}`;
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  };
  const run = async (...argv: readonly string[]): Promise<Ran> => {
    const commands = [make, ...(more.others ?? [])].map((one) => one(() => `${installed}/manifests`));
    const command = commands.find(({ name }) => name === argv[0]) ?? (commands[0] as Command);
    const shown = (text: string): string => text.replaceAll(path, "/home/u").replaceAll(installed, "/usr/lib/tsbox");
    const line = parseCommandLine(command.name === argv[0] ? argv : [command.name, ...argv], [command]);
    if (line.kind === "text") return { status: 0, output: line.text, errors: "" };
    if (line.kind === "problem") return { status: line.status, output: "", errors: renderProblems([line.problem], MESSAGES) };
    const outcome = await line.command.answer(line.invocation, {
      environment: new Map(Object.entries({ HOME: path, PATH: "/usr/bin:/bin", XDG_DATA_DIRS: `${path}/system` })),
      workingDirectory: path,
      runtimeDirectory: `${path}/run`,
      stdoutIsTerminal: more.stdoutIsTerminal ?? false,
      ...(more.ask === undefined ? {} : { ask: more.ask }),
      addon: more.addon ?? (() => loadAddon(resolve("build/tsbox.node"))),
    });
    if (isGiven(line.invocation, "json") && outcome.output !== "") assertPromisedJson(line.command, outcome.output);
    return { status: outcome.status, output: shown(outcome.output), errors: shown(renderProblems(outcome.problems, MESSAGES)) };
  };
  try {
    await work({ path, write, run });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** As Flatpak lays an app out, with an id that it allows. */
export function installAsFlatpak({ path, write }: LookingHome, id: string): void {
  const folder = `.local/share/flatpak/app/${id}`;
  write(`${folder}/x86_64/stable/c0ffee/metadata`, `[Application]\nname=${id}\nruntime=org.example.Platform/x86_64/1\n`);
  symlinkSync("c0ffee", `${path}/${folder}/x86_64/stable/active`);
  symlinkSync("x86_64/stable", `${path}/${folder}/current`);
}
