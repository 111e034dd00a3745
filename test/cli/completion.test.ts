// Completion scripts answer as a shell asks them, and man pages are roff that man reads.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Surroundings } from "../../launcher/cli/command.ts";
import { allCommands } from "../../launcher/cli/commands.ts";
import { renderCompletion } from "../../launcher/cli/pages/completion.ts";
import { renderManPages } from "../../launcher/cli/pages/man-page.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbox-completion-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "tsbox/manifests"), { recursive: true });
writeFileSync(join(folder, "tsbox/manifests/org.example.Shown.ini"), "");
writeFileSync(join(folder, "tsbox/manifests/org.example.$(touch made; echo x).ini"), "");
writeFileSync(join(folder, "tsbox/manifests/org.example.`touch made`.ini"), "");
const commands = allCommands(() => "");

/** What bash offers for the words of a line; `=` is a word of its own there. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${renderCompletion("bash", commands)}
compopt() { :; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}) COMP_CWORD=${words.length - 1}
_tsbox
printf '%s\\n' "\${COMPREPLY[@]}"`;
  // Nothing of tsbox's is to be started by a key press: there is no such program on this path.
  const ran = spawnSync("bash", ["-c", script], {
    encoding: "utf8",
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: folder, XDG_DATA_HOME: folder, XDG_DATA_DIRS: "/none" },
  });
  assert.equal(ran.stderr, "");
  return ran.stdout.split("\n").filter(Boolean);
}

test("bash is offered commands, options, words of options and ids", () => {
  assert.deepEqual(offered("tsbox", "overr"), ["override"]);
  assert.ok(offered("tsbox", "run", "--sock").includes("--socket="));
  assert.ok(offered("tsbox", "run", "--socket", "=", "way").includes("wayland"));
  assert.ok(offered("tsbox", "run", "--share", "=").includes("network"));
  assert.deepEqual(offered("tsbox", "run", "org.ex"), ["org.example.Shown"]);
  assert.ok(!existsSync(join(folder, "made")), "a name of a file is no command");
  assert.deepEqual(offered("tsbox", "run", "--socket", "=", "x11", "org.ex"), ["org.example.Shown"]);
  assert.deepEqual(offered("tsbox", "try", ""), ["list", "show", "keep", "drop"]);
  assert.deepEqual(offered("tsbox", "try", "show", ""), []);
  assert.deepEqual(offered("tsbox", "completion", "f"), ["fish"]);
  assert.deepEqual(offered("tsbox", "data", "--json", "ba"), ["backup"]);
  assert.deepEqual(offered("tsbox", "data", "backup", "org.ex"), ["org.example.Shown"]);
  assert.deepEqual(offered("tsbox", "instance", "org.ex"), []);
  assert.ok(offered("tsbox", "kill", "org.ex").includes("org.example.Shown"));
});

test("every command and option stands in each script and in its man page", () => {
  const pages = renderManPages(commands, "1");
  const scripts = (["bash", "zsh", "fish"] as const).map((shell) => renderCompletion(shell, commands));
  for (const command of commands) {
    const page = pages.get(`tsbox-${command.name}.1`) ?? "";
    assert.match(pages.get("tsbox.1") ?? "", new RegExp(`tsbox\\\\-${command.name.replaceAll("-", "\\\\-")}\\\\fR`));
    for (const { flags } of command.options) {
      const flag = (/--[a-z0-9-]+/.exec(flags)?.[0] ?? "").slice(2);
      assert.ok(page.includes(flag.replaceAll("-", "\\-")), `${command.name} --${flag}`);
      for (const script of scripts) assert.ok(script.includes(flag), `${command.name} --${flag}`);
    }
  }
});

test("no line of a man page is a request by accident", () => {
  for (const [name, text] of renderManPages(commands, "1"))
    for (const line of text.split("\n")) assert.doesNotMatch(line, /^(?:'|\.(?!TH |SH |TP$|PP$|nf$|fi$))/, name);
});

test("a shell that is none of the three is refused with their names", async () => {
  const command = commands.find(({ name }) => name === "completion");
  const outcome = await command?.answer({ options: [], positionals: ["tcsh"] }, { environment: new Map() } as unknown as Surroundings);
  assert.equal(outcome?.status, 125);
  assert.equal(outcome?.problems[0]?.key, "cli.no-shell");
});
