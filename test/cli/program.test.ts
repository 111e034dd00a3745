import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Problem } from "../../launcher/manifest/origin.ts";
import { allCommands } from "../../launcher/cli/commands.ts";
import { parseCommandLine, type ParsedLine } from "../../launcher/cli/program.ts";
import { layerFromOptions, pickPermissionOptions } from "../../launcher/manifest/door.ts";
import { parseRunLine, runCommand } from "../../launcher/cli/run.ts";
import { VERSION } from "../../launcher/cli/version.ts";

const COMMANDS = allCommands(() => "/catalogue");
const SAMPLE = [
  runCommand([
    { flags: "--socket <SOCKET>", summary: "" },
    { flags: "--nosocket <SOCKET>", summary: "" },
    { flags: "--env <VAR=VALUE>", summary: "" },
  ]),
];

function parse(...argv: string[]): Extract<ParsedLine, { kind: "command" }> {
  const line = parseCommandLine(argv, SAMPLE);
  assert.equal(line.kind, "command");
  return line as Extract<ParsedLine, { kind: "command" }>;
}

function problemOf(...argv: string[]): Problem {
  const line = parseCommandLine(argv, COMMANDS);
  assert.equal(line.kind, "problem");
  return (line as Extract<ParsedLine, { kind: "problem" }>).problem;
}

test("everything after the app's name belongs to the app (CVE-2020-17367)", () => {
  const line = parse("run", "--command=sh", "org.example.App", "--command=x", "-c", "--", "--help", "");
  assert.deepEqual(line.invocation.positionals, ["org.example.App", "--command=x", "-c", "--", "--help", ""]);
  assert.equal(line.positionalsFrom, 2);
  assert.deepEqual(line.invocation.options, [{ name: "command", value: "sh" }]);
});

test("two dashes before the app end the options and vanish", () => {
  const line = parse("run", "--timing", "--", "--odd-name", "-x");
  assert.deepEqual(line.invocation.positionals, ["--odd-name", "-x"]);
  assert.equal(line.positionalsFrom, 3);
});

test("options keep their order across names, since a later permission wins over an earlier one", () => {
  const line = parse("run", "--socket=x11", "--env=A=1=2", "--nosocket=x11", "--socket", "wayland", "app");
  assert.deepEqual(line.invocation.options, [
    { name: "socket", value: "x11" },
    { name: "env", value: "A=1=2" },
    { name: "nosocket", value: "x11" },
    { name: "socket", value: "wayland" },
  ]);
});

test("an optional value is taken only with an equals sign or stands alone", () => {
  const alone = parse("run", "--dry-run", "org.example.App");
  // Commander gives a bare word to an option that may take one; `--dry-run APP` must not swallow the app.
  assert.deepEqual(alone.invocation.positionals, ["org.example.App"]);
  assert.deepEqual(alone.invocation.options, [{ name: "dry-run", value: null }]);
  assert.deepEqual(parse("run", "--dry-run=json", "app").invocation.options, [{ name: "dry-run", value: "json" }]);
});

test("a command line that does not parse is a value, and nothing is written or ended", () => {
  assert.deepEqual([problemOf("rum").key, problemOf("rum").values["nearest"]], ["usage.unknownCommand-nearest", "run"]);
  assert.equal(problemOf("run", "--nonsense-option", "x").key, "usage.unknownOption");
  assert.equal(problemOf("ps", "extra").key, "usage.excessArguments");
  assert.equal(problemOf("kill").key, "usage.missingArgument");
});

test("what Flatpak's users type is answered in its own words", () => {
  for (const word of ["update", "remote-add", "remotes", "config", "build-init"])
    assert.deepEqual([problemOf(word, "x").key, problemOf(word, "x").values["word"]], ["usage.of-flatpak", word]);
  assert.equal(problemOf("enter", "x").key, "usage.enter");
  assert.deepEqual([problemOf("remove", "x").key, problemOf("remove", "x").values["nearest"]], ["usage.unknownCommand-nearest", "uninstall"]);
  // A command of ours has no such name, or it could never be called.
  for (const { name } of COMMANDS) assert.equal(parseCommandLine([name, "--help"], COMMANDS).kind, "text", name);
});

test("help fits a terminal of eighty columns, but for examples", () => {
  for (const { name } of [{ name: "" }, ...COMMANDS]) {
    const help = parseCommandLine(name === "" ? ["--help"] : [name, "--help"], COMMANDS);
    assert.ok(help.kind === "text");
    for (const line of help.text.split("\n")) assert.ok(line.length <= 80 || line.startsWith("Example:"), `${name}: ${line}`);
  }
});

test("help and version are texts", () => {
  const help = parseCommandLine(["run", "--help"], COMMANDS);
  assert.equal(help.kind, "text");
  assert.match((help as { text: string }).text, /--dry-run/);
  assert.deepEqual(parseCommandLine(["--version"], COMMANDS), { kind: "text", text: `${VERSION}\n` });
});

test("parsing one line leaves nothing for the next", () => {
  parse("run", "--socket=x11", "a");
  assert.deepEqual(parse("run", "b").invocation.options, []);
});

test("the version is the package's", () => {
  assert.equal(VERSION, (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version);
});

test("run's own options are read, or refused with their key", () => {
  const read = (...options: [string, string | null][]) => parseRunLine({ options: options.map(([name, value]) => ({ name, value })), positionals: [] });
  assert.deepEqual(read(["command", "sh"], ["fd", "7"], ["fd", "3"], ["no-session-bus", null], ["no-a11y-bus", null], ["dry-run", null]), {
    command: "sh",
    workingDirectory: null,
    inheritEnvironment: false,
    keepDescriptors: [7, 3],
    sessionBus: false,
    accessibilityBus: false,
    dryRun: "text",
    timing: false,
    runtime: null,
    from: null,
    ephemeral: false,
    layered: null,
    instance: null,
    fileForwarding: false,
    planAnew: false,
    backend: "own",
  });
  const keyOf = (result: ReturnType<typeof read>): string | undefined => ("key" in result ? result.key : undefined);
  assert.equal(keyOf(read(["cwd", "relative"])), "run.cwd-relative");
  for (const wrong of ["", "/a", "a:/b", "/a:b", "/a:/b:rx", "/a/../b:/c", "/a:/b/.."]) {
    const layer = layerFromOptions(pickPermissionOptions([{ name: "bind", value: wrong }]));
    assert.equal(layer.ok ? "read" : layer.problems[0]?.key, "manifest.bind-form", wrong);
  }
  assert.equal(keyOf(read(["dry-run", "xml"])), "run.dry-run-format");
  assert.equal(keyOf(read(["try", "later"])), "run.try-word");
  for (const wrong of ["0", "2", "-1", "x", "", "3.5"]) assert.equal(keyOf(read(["fd", wrong])), "run.fd-number");
});
