// `tsbox data adopt`: settings from outside are copied, shared or left, by question; taken back; and what lies outside is byte for byte what it was.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { dataCommand } from "../../launcher/cli/data.ts";
import { permissionsCommand } from "../../launcher/cli/permissions.ts";
import { loadAddon } from "../../native/addon.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { type LookingHome, withLookingHome } from "./looking-run.ts";

const ID = "org.example.App";
const MANIFEST = `[Application]\nname=${ID}\ncommand=true\n[X-Tsbox Data]\nadopt=~/.config/app;~/.local/share/app/words;~/.apprc;~/.absent\n`;

function inHome(work: (home: LookingHome) => Promise<void>, answers: (string | null)[] = [], manifest = MANIFEST): Promise<void> {
  return withLookingHome(
    dataCommand,
    async (home) => {
      home.write(`.local/share/tsbox/manifests/${ID}.ini`, manifest);
      home.write(".config/app/settings", "settings\n");
      home.write(".local/share/app/words", "words\n");
      home.write(".apprc", "rc\n");
      symlinkSync("/etc/passwd", `${home.path}/.config/app/link`);
      await work(home);
    },
    { others: [permissionsCommand], ask: () => answers.shift() ?? null, addon: () => loadAddon(`${process.cwd()}/build/tsbox.node`) },
  );
}

/** Every name, kind, mode, time and byte below the places outside. */
function outside({ path }: LookingHome): string {
  const list = execFileSync("find", [".config", ".apprc", ".local/share/app", "-printf", "%p %y %m %T@ %l\n"], { cwd: path, encoding: "utf8" });
  return (
    list.split("\n").sort().join("\n") + execFileSync("sh", ["-c", "cat .config/app/settings .local/share/app/words .apprc"], { cwd: path, encoding: "utf8" })
  );
}

const own = ({ path }: LookingHome, name: string): string => `${path}/.var/app/${ID}/${name}`;
const GOLDEN = "messages/data-adopt";
const SHOWN: readonly (readonly [name: string, lines: readonly string[]])[] = [
  [
    "copy",
    [
      `adopt ${ID}`,
      `adopt --copy ${ID}`,
      `adopt --copy ${ID}`,
      `adopt --undo ${ID}`,
      `adopt --undo ${ID}`,
      `adopt --none ${ID}`,
      "adopt org.example.None",
      `size --copy`,
    ],
  ],
  ["share", [`adopt --share ${ID}`, `adopt --undo ${ID}`]],
];

for (const [name, lines] of SHOWN) {
  test(`what is said: ${name}`, async () => {
    await inHome(async (home) => {
      const said: string[] = [];
      for (const line of lines) {
        const ran = await home.run("data", ...line.split(" "));
        said.push(`$ tsbox data ${line}\n${ran.output}${ran.errors}= ${ran.status}\n`);
      }
      assertGolden(GOLDEN, name, said.join(""));
    });
  });
}

test("no golden file is without its case", () => {
  assertNoOrphans(
    GOLDEN,
    SHOWN.map(([name]) => name),
  );
});

test("a copy is where the program looks inside, the original stays byte for byte, and undoing brings back what the app had", async () => {
  await inHome(
    async (home) => {
      home.write(`.var/app/${ID}/config/app/settings`, "of the app\n");
      const before = outside(home);
      const done = await home.run("data", "adopt", ID);
      assert.equal(done.status, 0, done.errors);
      assert.equal(readFileSync(own(home, "config/app/settings"), "utf8"), "settings\n");
      assert.equal(readFileSync(own(home, "data/app/words"), "utf8"), "words\n");
      assert.equal(readFileSync(own(home, ".apprc"), "utf8"), "rc\n");
      assert.equal(execFileSync("readlink", [own(home, "config/app/link")], { encoding: "utf8" }), "/etc/passwd\n", "a link stays a link");
      writeFileSync(own(home, "config/app/settings"), "changed inside\n");
      assert.equal(outside(home), before);
      assert.equal((await home.run("data", "adopt", "--undo", ID)).status, 0);
      assert.equal(readFileSync(own(home, "config/app/settings"), "utf8"), "of the app\n");
      assert.ok(!existsSync(own(home, ".apprc")) && !existsSync(own(home, "data/app/words")));
      assert.equal(outside(home), before);
      const state = `${home.path}/.local/state/tsbox/data`;
      const kept = readdirSync(state).flatMap((name) => readdirSync(`${state}/${name}`).map((one) => `${state}/${name}/${one}`));
      assert.ok(
        kept.some((path) => existsSync(`${path}/settings`) && readFileSync(`${path}/settings`, "utf8") === "changed inside\n"),
        "what the app went on with is set aside, not deleted",
      );
    },
    ["c"],
  );
});

test("sharing is a bind that permissions show, and is gone when it is undone", async () => {
  await inHome(
    async (home) => {
      const before = outside(home);
      assert.equal((await home.run("data", "adopt", ID)).status, 0);
      assert.match(
        (await home.run("permissions", ID)).output,
        /Reads and writes `\/home\/u\/\.config\/app`, which it finds at `\/home\/u\/\.var\/app\/org\.example\.App\/config\/app`/,
      );
      assert.equal((await home.run("data", "adopt", "--undo", ID)).status, 0);
      assert.doesNotMatch((await home.run("permissions", ID)).output, /\.config\/app/);
      assert.equal(outside(home), before);
    },
    ["share"],
  );
});

test("nothing is done without an answer", async () => {
  for (const answer of [null, "", "yes", "x"])
    await inHome(
      async (home) => {
        const before = outside(home);
        assert.equal((await home.run("data", "adopt", ID)).status, 125);
        assert.equal(outside(home), before);
        assert.ok(!existsSync(own(home, "config")));
      },
      [answer],
    );
});

test("what a manifest names is no way to keys, to what runs at login, to other apps' data, or through a link that another app may have left", async () => {
  const names = ["~/.ssh", "~/.config", "~/.config/autostart", "~/.local/share/tsbox", "~/.var", "~/.bashrc", "~/.config/linked", "~/.config/app/link"];
  // Other spellings of such places, which are as long a list: a second name of one place is told once.
  names.push("~/./.gnupg", "~/.config//fish", "~/.local/share/./applications", "~/.var/app/./org.example.Third/");
  await inHome(
    async (home) => {
      const spelled = [".gnupg/x", ".config/fish/x", ".local/share/applications/x", ".var/app/org.example.Third/data/x"];
      for (const file of [...spelled, ".ssh/id", ".config/autostart/x.desktop", ".var/app/org.example.Other/data/x", ".bashrc"]) home.write(file, "x\n");
      symlinkSync(`${home.path}/.ssh`, `${home.path}/.config/linked`);
      const ran = await home.run("data", "adopt", "--copy", ID);
      assert.match(ran.output, /there are no settings outside/);
      assert.equal((ran.errors.match(/is not offered/g) ?? []).length, names.length, ran.errors);
      assert.ok(!existsSync(own(home, "config")));
    },
    [],
    MANIFEST.replace(/adopt=.*/, `adopt=${names.join(";")}`),
  );
});

test("a link that the app left in its own folder leads no copy out of it", async () => {
  await inHome(async (home) => {
    mkdirSync(own(home, "config"), { recursive: true });
    home.write("victim/keep", "keep\n");
    renameSync(own(home, "config"), own(home, "moved"));
    symlinkSync(`${home.path}/victim`, own(home, "config"));
    const ran = await home.run("data", "adopt", "--copy", ID);
    assert.equal(ran.status, 125, ran.output);
    assert.deepEqual(readdirSync(`${home.path}/victim`), ["keep"]);
    assert.ok(!existsSync(own(home, ".apprc")), "all or none");
    rmSync(own(home, "config"));
    assert.equal((await home.run("data", "adopt", "--copy", ID)).status, 0);
  });
});
