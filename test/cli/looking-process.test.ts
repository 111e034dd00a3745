// The commands that only look, end to end: the built command line in a process of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const ID = "org.example.App";

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function withHome(work: (cli: (...argv: readonly string[]) => Answer, home: string) => void, more: Readonly<Record<string, string>> = {}): void {
  const home = mkdtempSync(join(tmpdir(), "tsbox-looking-"));
  const folder = `${home}/.local/share/tsbox/manifests`;
  mkdirSync(folder, { recursive: true });
  mkdirSync(`${home}/run`, { mode: 0o700 });
  writeFileSync(`${folder}/${ID}.ini`, `[Application]\nname=${ID}\ncommand=true\n[Context]\nfilesystems=~/notes:ro;\nsockets=waylnd;\n`);
  const env = { PATH: "/usr/bin:/bin", HOME: home, XDG_RUNTIME_DIR: `${home}/run` };
  const cli = (...argv: readonly string[]): Answer =>
    spawnSync(process.execPath, ["build/cli.cjs", ...argv], { encoding: "utf8", timeout: 20_000, env: { ...env, ...more } });
  try {
    work(cli, home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

test("one home, four commands, one story", () => {
  withHome((cli, home) => {
    const manifest = `${home}/.local/share/tsbox/manifests/${ID}.ini`;
    const listed = JSON.parse(cli("list", "--json").stdout) as { application: string; origin: string; file: string }[];
    assert.deepEqual(
      listed.filter(({ origin }) => origin === "user"),
      [{ application: ID, command: "true", origin: "user", file: manifest }],
    );
    assert.ok(
      listed.some(({ application, origin }) => application === "org.tsbox.Tour" && origin === "catalogue"),
      "the catalogue is there",
    );
    const linted = cli("lint", "--strict", manifest);
    assert.equal(linted.status, 1);
    assert.match(linted.stdout, /:6:9: warning: `waylnd` is no word of `sockets=`, and is passed over \[named-unknown\]\n {4}hint: did you mean `wayland`\?\n/);
    assert.equal(cli("info", `--file-access=${home}/notes`, ID).stdout, "hidden\n", "what is not there is not given");
    mkdirSync(`${home}/notes`);
    assert.equal(cli("info", `--file-access=${home}/notes`, ID).stdout, "read-only\n");
    assert.match(
      cli("permissions", ID).stdout,
      /^medium {4}filesystems=~\/notes:ro\n {10}Reads what is in this place\.\n {10}here: .*\/notes\n {10}from the manifest: .*:5\n/m,
    );
    const reaches = JSON.parse(cli("permissions", "--json", "--who-can=filesystem=~/notes").stdout) as { app: string }[];
    assert.deepEqual(
      reaches.map(({ app }) => app),
      [ID],
    );
    assert.deepEqual(readdirSync(`${home}/run`), [], "looking starts nothing and makes nothing");
    // The names for completions, and what listings keep for the next one.
    assert.deepEqual(readdirSync(home).sort(), [".cache", ".local", "notes", "run"]);
  });
});

test("what `--as-command` prints, a shell carries out, and the permissions stay as they were", () => {
  withHome((cli, home) => {
    writeFileSync(
      `${home}/.local/share/tsbox/manifests/${ID}.ini`,
      `[Application]\nname=${ID}\ncommand=true\n[Environment]\nA=it's \\s"$HOME"\n[Context]\nfilesystems=~/a b;\n`,
    );
    mkdirSync(`${home}/a b`);
    const before = cli("permissions", "--as-command", ID).stdout;
    const script = `tsbox() { "$NODE" build/cli.cjs "$@"; }\n${before}`;
    const ran = spawnSync("sh", ["-c", script], { encoding: "utf8", timeout: 20_000, env: { PATH: "/usr/bin:/bin", HOME: home, NODE: process.execPath } });
    assert.deepEqual([ran.status, ran.stderr], [0, ""]);
    assert.equal(cli("permissions", "--as-command", ID).stdout, before);
    assert.match(cli("permissions", ID).stdout, /from your override for this app/);
  });
});

test("every one of them explains itself", () => {
  withHome((cli) => {
    for (const command of ["permissions", "list", "info", "lint"]) {
      const { status, stdout } = cli(command, "--help");
      assert.deepEqual([status, stdout.startsWith(`Usage: tsbox ${command} `), stdout.includes("--json")], [0, true, true]);
    }
  });
});

test("a Chinese environment is answered in Chinese: help, permissions, findings and faults", () => {
  withHome(
    (cli, home) => {
      assert.match(cli("info", "--help").stdout, /^用法： tsbox info \[OPTION…\] <APP>\n\n显示应用的信息\n\n选项：\n/);
      assert.match(cli("permissions", ID).stdout, /^medium {4}filesystems=~\/notes:ro\n {10}读取这个位置中的内容。\n {10}这里是：.*\n {10}来自清单：.*:5$/m);
      assert.match(
        cli("lint", `${home}/.local/share/tsbox/manifests/${ID}.ini`).stdout,
        /:6:9: 警告: `waylnd` 不是 `sockets=` 的词，会被跳过 \[named-unknown\]\n {4}提示：是不是想写 `wayland`？\n/,
      );
      assert.equal(cli("info", "org.example.Absent").stderr.split("\n")[0], "tsbox: 没有 `org.example.Absent` 的清单");
    },
    { LC_ALL: "zh_CN.UTF-8" },
  );
});

test("who reads English loads no Chinese: it is in a bundle of its own", () => {
  const escaped = "\\u6C99\\u76D2";
  for (const name of ["cli", "broker", "planner", "bus"])
    for (const word of ["沙盒", escaped, escaped.toLowerCase()]) assert.ok(!readFileSync(`build/${name}-code.cjs`, "utf8").includes(word), name);
  assert.ok(readFileSync("build/zh_CN.cjs", "utf8").includes("沙盒"));
});
