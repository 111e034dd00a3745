// The command line's own process, as the front executes it where no broker answers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { allCommands } from "../../launcher/cli/commands.ts";

function cli(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, ["build/cli.cjs", ...argv], {
    encoding: "utf8",
    timeout: 20_000,
    env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", ...environment },
  });
}

test("help lists the commands that work, on standard output", () => {
  const { status, stdout, stderr } = cli(["--help"]);
  assert.equal(status, 0);
  assert.equal(stderr, "");
  for (const command of ["run", "override", "permissions", "list", "info", "lint", "explain", "ps", "kill"])
    assert.match(stdout, new RegExp(`^  ${command} `, "m"));
});

test("run is not its work", () => {
  const { status, stderr } = cli(["run", "org.example.App"]);
  assert.equal(status, 125);
  assert.equal(stderr, "tsbox: `run` is the work of the `tsbox` binary, which was not asked\nhint: start `tsbox run` itself, not its parts\n");
});

test("nothing runs in an empty runtime directory, and none is made", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbox-cli-"));
  assert.deepEqual([cli(["ps"], { XDG_RUNTIME_DIR: directory }).status, cli(["ps"], { XDG_RUNTIME_DIR: directory }).stdout], [0, ""]);
  assert.equal(cli(["ps", "--json"], { XDG_RUNTIME_DIR: directory }).stdout, "[]\n");
  assert.equal(cli(["kill", "1"], { XDG_RUNTIME_DIR: directory }).status, 1);
  rmSync(directory, { recursive: true });
});

test("a runtime directory that is not the caller's own is told, not taken for an empty one", () => {
  const { status, stderr } = cli(["ps"], { XDG_RUNTIME_DIR: "/" });
  assert.equal(status, 125);
  assert.match(stderr, /^tsbox: no runtime directory was found\n/);
});

test("what the system refuses a command is told in words, with the status of own failures and without a trace", () => {
  for (const argv of [
    ["permission-set", "background", "background", "org.example.App", "yes"],
    ["document-export", "--app=org.example.App", "/etc/hostname"],
  ]) {
    const { status, stdout, stderr } = cli(argv, { XDG_STATE_HOME: "/dev/null", XDG_RUNTIME_DIR: "/" });
    assert.deepEqual([status, stdout], [125, ""], argv[0]);
    assert.match(stderr, /^tsbox: \S+: the command could not be carried out: not a directory \(ENOTDIR\)\nhint: [^\n]*\n$/);
  }
});

/** Lines of each command that changes what the user keeps. */
const CHANGING: readonly string[] = [
  "accept org.example.App",
  "data reset org.example.App",
  "document-export --app=org.example.App /etc/hostname",
  "document-unexport /etc/hostname",
  "export org.example.App",
  "install -y /etc/hostname",
  "instance clone org.example.App work",
  "override --share=network org.example.App",
  "permission-remove background background",
  "permission-reset --all",
  "permission-set background background org.example.App yes",
  "try drop",
  "unexport --all",
  "uninstall org.example.App",
];

test("in another user's home root, or who came by sudo, changes nothing: files would be root's there, and links of apps be followed with his rights", () => {
  const isRoot = process.geteuid?.() === 0;
  const home = isRoot ? mkdtempSync(join(tmpdir(), "tsbox-home-")) : "/usr";
  if (isRoot) chownSync(home, 65534, 65534);
  const environment = { HOME: home, SUDO_UID: "65534", XDG_RUNTIME_DIR: "/" };
  const refused = `tsbox: \`${home}\` belongs to another user: nothing was changed\nhint: run it as that user, without sudo or su\n`;
  for (const line of CHANGING) assert.deepEqual([line, cli(line.split(" "), environment).stderr], [line, refused]);
  assert.equal(cli(["override", "--show", "org.example.App"], environment).status, 0, "looking is everybody's");
  assert.equal(cli(["list"], environment).status, 0);
  // What is for all users is root's own.
  assert.match(cli(["uninstall", "--system", "org.example.App"], environment).stderr, /was not installed for all users/);
  if (!isRoot) return;
  assert.deepEqual(readdirSync(home), [], "nor is anything remembered there");
  rmSync(home, { recursive: true });
});

test("each command says whether it changes what the user keeps", () => {
  const changing = allCommands(() => "").filter(({ changes }) => changes !== undefined);
  assert.deepEqual(
    changing.map(({ name }) => name).sort(),
    CHANGING.map((line) => line.split(" ")[0]),
  );
  // `run` is refused by the front; these print, or speak with what runs.
  const others = [
    "answer",
    "completion",
    "devices",
    "diff",
    "doctor",
    "document-info",
    "document-list",
    "documents",
    "explain",
    "info",
    "init",
    "kill",
    "lint",
  ];
  const more = ["list", "log", "permission-show", "permissions", "ps", "questions", "reload", "run", "search", "why"];
  const names = allCommands(() => "").map(({ name }) => name);
  assert.deepEqual(names.filter((name) => !changing.some((one) => one.name === name)).sort(), [...others, ...more]);
});
