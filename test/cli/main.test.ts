// The command line's own process, as the front executes it where no broker answers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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

test("the front knows each command that changes what the user keeps, and refuses it to root in another user's home", () => {
  const [, list = ""] = /COMMANDS\[\] = \{([^}]*)\}/.exec(readFileSync("native/front.c", "utf8")) ?? [];
  const changing = [...list.matchAll(/"([a-z-]+)"/g)].map(([, name]) => name);
  // `run` is refused as well; these print, or speak with what runs.
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
  assert.deepEqual([...changing, ...others, ...more].sort(), names.sort());
});

test("a listing leaves nothing in the home of somebody else", () => {
  const home = mkdtempSync(join(tmpdir(), "tsbox-home-"));
  const environment = { HOME: home, XDG_RUNTIME_DIR: "/", XDG_CACHE_HOME: `${home}/cache` };
  assert.equal(cli(["list"], environment).status, 0);
  assert.deepEqual(readdirSync(home), ["cache"], "what was worked out is kept in one's own");
  rmSync(`${home}/cache`, { recursive: true });
  if (process.geteuid?.() === 0) {
    chownSync(home, 65534, 65534);
    assert.equal(cli(["list"], environment).status, 0);
    assert.deepEqual(readdirSync(home), []);
  }
  rmSync(home, { recursive: true });
});
