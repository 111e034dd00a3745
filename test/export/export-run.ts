// For tests: `tsbox export` and `tsbox unexport` from their command lines to their output, in this process, on a host of a few files.
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { exportCommand } from "../../launcher/cli/export.ts";
import { isGiven } from "../../launcher/cli/command.ts";
import { assertPromisedJson } from "../support/json-schema.ts";
import { parseCommandLine } from "../../launcher/cli/program.ts";
import { unexportCommand } from "../../launcher/cli/unexport.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";
import { renderProblems } from "../../launcher/messages/render.ts";
import { loadAddon } from "../../native/addon.ts";

export interface Ran {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

export interface Host {
  readonly folder: string;
  readonly home: string;
  run(line: string): Promise<Ran>;
  write(path: string, text: string, mode?: number): string;
  read(path: string): string;
  exists(path: string): boolean;
  /** Names in a folder, temporary ones too. */
  names(path: string): readonly string[];
}

export const ID = "org.example.Editor";
export const MANIFEST = `[Application]\nname=${ID}\ncommand=editor\n\n[Session Bus Policy]\norg.example.Extra=own\n`;
export const ENTRY = `# the host's own
[Desktop Entry]
Type=Application
Name=Editor
Name[de]=Bearbeiter
Exec=editor %U
TryExec=editor
Icon=/usr/share/pixmaps/editor.png
MimeType=text/plain;
Actions=new;

[Desktop Action new]
Name=New window
Exec=editor --new
`;

/** `work` gets a home, an installation and the host's folders below one folder: `home`, `package`, `share` and `xdg` stand for what their names say. */
export async function onHost(work: (host: Host) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-export-"));
  const path = (name: string): string => join(folder, name);
  const host: Host = {
    folder,
    home: path("home"),
    run: (line) =>
      run(
        folder,
        line.split(" ").filter((word) => word !== ""),
      ),
    write(name, text, mode = 0o644) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
      chmodSync(path(name), mode);
      return path(name);
    },
    read: (name) => readFileSync(path(name), "utf8"),
    exists: (name) => lstatSync(path(name), { throwIfNoEntry: false }) !== undefined,
    names: (name) => readdirSync(path(name)).sort(),
  };
  try {
    mkdirSync(path("home"));
    host.write("package/build/tsbox", "\x7fELF", 0o755);
    host.write(`package/manifests/${ID}.ini`, MANIFEST);
    host.write("share/applications/editor.desktop", ENTRY);
    await work(host);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same output on every machine: the folder is called `/H`. */
async function run(folder: string, argv: readonly string[]): Promise<Ran> {
  const settings = { catalogue: () => `${folder}/package/manifests`, systemRoot: `${folder}/system` };
  const line = parseCommandLine(argv, [exportCommand(settings), unexportCommand(settings)]);
  const tidy = (text: string): string => text.replaceAll(folder, "/H");
  if (line.kind === "text") return { status: 0, output: line.text, errors: "" };
  if (line.kind === "problem") return { status: line.status, output: "", errors: renderProblems([line.problem], MESSAGES) };
  const outcome = await line.command.answer(line.invocation, {
    environment: new Map([
      ["HOME", `${folder}/home`],
      ["XDG_DATA_DIRS", `${folder}/share`],
      ["XDG_CONFIG_DIRS", `${folder}/xdg`],
    ]),
    workingDirectory: folder,
    runtimeDirectory: null,
    stdoutIsTerminal: false,
    addon: () => loadAddon(`${process.cwd()}/build/tsbox.node`),
  });
  if (isGiven(line.invocation, "json") && outcome.output !== "") assertPromisedJson(line.command, outcome.output);
  return { status: outcome.status, output: tidy(outcome.output), errors: tidy(renderProblems(outcome.problems, MESSAGES)) };
}
