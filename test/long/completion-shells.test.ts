// The completion scripts in the shells that they are for.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { allCommands } from "../../launcher/cli/commands.ts";
import { renderCompletion } from "../../launcher/cli/pages/completion.ts";
import { installPackages } from "../support/packages.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbox-completion-"));
const commands = allCommands(() => "");
before(() => {
  installPackages(["zsh", "fish", "man-db", "bash"]);
  mkdirSync(join(folder, "tsbox/manifests"), { recursive: true });
  writeFileSync(join(folder, "tsbox/manifests/org.example.Shown.ini"), "");
  for (const shell of ["bash", "zsh", "fish"] as const) writeFileSync(join(folder, shell), renderCompletion(shell, commands));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function ask(...argv: readonly [string, ...string[]]): string {
  const environment = { PATH: "/usr/bin:/bin", HOME: folder, XDG_DATA_HOME: folder, XDG_DATA_DIRS: "/none" };
  const ran = spawnSync(argv[0], argv.slice(1), { encoding: "utf8", cwd: folder, env: environment, timeout: 20_000 });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}

test("each shell can read its script", () => {
  ask("bash", "-n", join(folder, "bash"));
  ask("zsh", "-n", join(folder, "zsh"));
  ask("fish", "--no-execute", join(folder, "fish"));
});

test("fish offers commands, words of options and ids", () => {
  const offered = (line: string): string => ask("fish", "--no-config", "-c", `source ${join(folder, "fish")}; complete -C '${line}'`);
  assert.match(offered("tsbox overr"), /^override\t/m);
  assert.match(offered("tsbox run --socket=way"), /wayland/);
  assert.match(offered("tsbox run org.ex"), /org\.example\.Shown/);
});

test("zsh finds the ids by its functions", () => {
  const found = ask("zsh", "-f", "-c", `compdef() { :; }; source ${join(folder, "zsh")}; setopt null_glob sh_word_split; _tsbox_apps`);
  assert.match(found, /^org\.example\.Shown$/m);
});
