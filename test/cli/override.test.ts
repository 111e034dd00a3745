import assert from "node:assert/strict";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { type Ran, runOverride } from "./override-run.ts";

const ID = "org.example.App";
const MANIFEST = `[Application]
name=${ID}
command=app

[Context]
shared=network;ipc;
sockets=x11;wayland;
filesystems=home;~/notes:ro;xdg-music;

[Session Bus Policy]
org.example.Service=talk
org.example.*=see
`;

interface Home {
  readonly path: string;
  readonly file: string;
  readonly global: string;
  run(...argv: readonly string[]): Promise<Ran>;
}

async function withHome(work: (home: Home) => Promise<void>): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), "tsbox-override-"));
  const folder = `${path}/.local/share/tsbox/overrides`;
  try {
    mkdirSync(`${path}/catalogue`);
    writeFileSync(`${path}/catalogue/${ID}.ini`, MANIFEST);
    await work({ path, file: `${folder}/${ID}`, global: `${folder}/global`, run: (...argv) => runOverride(path, argv) });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const GOLDEN = "messages/override";
const SHOWN: readonly (readonly [name: string, before: string | null, lines: readonly string[]])[] = [
  ["grant-and-deny", null, [`--nofilesystem=home --nosocket=x11 --env=A=b --talk-name=org.example.Other ${ID}`, `--show ${ID}`, `--nosocket=x11 ${ID}`]],
  ["deny-what-wider-words-give", null, [`--device=all --nodevice=dri ${ID}`, `--no-talk-name=org.example.Service ${ID}`, `--unshare=network ${ID}`]],
  [
    "unset",
    "[Context]\nsockets=!x11;!wayland;\n[Environment]\nA=b\n",
    [`--unset --socket=x11 --env=A ${ID}`, `--unset --socket=x11 --talk-name=org.example.None ${ID}`, `--show ${ID}`],
  ],
  [
    "what-is-not-here",
    null,
    [
      `--filesystem=~/absent --filesystem=xdg-config/absent:ro --filesystem=/nosuch/place --nofilesystem=~/hidden --bind=~/gone:/opt/gone ${ID}`,
      `--unset --filesystem=~/absent ${ID}`,
      `--filesystem=home --filesystem=~/made:create --filesystem=/usr:ro --nofilesystem=/usr ${ID}`,
      "--filesystem=~/absent",
      "--socket=x11 org.example.Ap",
      "--socket=x11 com.nobody.Knows",
    ],
  ],
  ["for-all-apps", "[Context]\nshared=network;\n", ["--unshare=network --persist=.x", "--show", "--show --json"]],
  ["reset", "[Context]\nsockets=!x11;\n", [`--reset ${ID}`, `--reset ${ID}`, `--show ${ID}`]],
  ["nothing-lost-by-a-broken-file", "[Context\nsockets=!x11;\n", [`--socket=x11 ${ID}`, `--show ${ID}`, `--show --json ${ID}`]],
  ["a-file-of-a-newer-tsbox", "[X-Tsbox]\nformat=9\n", [`--socket=x11 ${ID}`]],
  [
    "undo-and-history",
    "[Context]\nsockets=!x11;\n",
    [
      `--history ${ID}`,
      `--undo ${ID}`,
      `--socket=x11 --nofilesystem=home ${ID}`,
      `--reset ${ID}`,
      `--history ${ID}`,
      `--undo ${ID}`,
      `--undo ${ID}`,
      `--undo ${ID}`,
      `--show ${ID}`,
    ],
  ],
  [
    "export-and-import",
    "# mine\n[Context]\nsockets=!x11;\n",
    [
      "--export=taken",
      "--export=taken",
      `--nosocket=wayland ${ID}`,
      "--export=taken",
      `--export=taken org.example.Other`,
      "--import=taken",
      "--import=taken org.example.Other",
      `--import=taken/${ID} org.example.Other`,
      "--show org.example.Other",
      "--import=catalogue/none",
      `--import=catalogue/${ID}.ini`,
    ],
  ],
  ["lock", "[Context]\nsockets=!x11;\n", ["--lock", "--lock org.example.None", `--unlock ${ID}`, `--lock ${ID}`, `--show ${ID}`, `--unlock ${ID}`]],
  ["lock-out-of-place", "[X-Tsbox]\nlock=perhaps\n", [`--socket=x11 ${ID}`]],
  [
    "usage",
    null,
    [
      ID,
      `--show --reset ${ID}`,
      `--show --socket=x11 ${ID}`,
      `--unset ${ID}`,
      `--json --socket=x11 ${ID}`,
      `--user --system --show ${ID}`,
      `--socket=x11 ${ID} org.example.Other`,
      "--socket=x11 notanid",
      "--socket=x12 --share=foo --filesystem=xdg-foo",
      "--sockets=x11",
      `--undo --history ${ID}`,
      `--lock --socket=x11 ${ID}`,
      "--reset=",
    ],
  ],
];

for (const [name, before, lines] of SHOWN) {
  test(`what is said: ${name.replaceAll("-", " ")}`, async () => {
    await withHome(async (home) => {
      if (before !== null) write(home.file, before);
      const said: string[] = [];
      for (const line of lines) {
        const ran = await home.run(...line.split(" "));
        said.push(`$ tsbox override ${line}\n${ran.errors}${ran.output}= ${ran.status}\n`);
      }
      assertGolden(
        GOLDEN,
        name,
        said
          .join("")
          .replaceAll(home.path, "/home/u")
          .replace(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d /gm, "TIME "),
      );
    });
  });
}

test("no golden file is without its case", () => {
  assertNoOrphans(
    GOLDEN,
    SHOWN.map(([name]) => name),
  );
});

test("comments, order, unknown groups and spelling survive every change", async () => {
  await withHome(async (home) => {
    const before = "# mine\n[X-Other Program]\nkey = value \n\n[Context]\n; odd=1\nsockets = !x11;wayland\n# last\n\n[Environment]\nA=1\n";
    write(home.file, before);
    await home.run("--nosocket=wayland", "--env=A=2", "--device=dri", ID);
    const expected = before.replace("!x11;wayland\n", "!x11;!wayland;\ndevices=dri;\n").replace("A=1", "A=2");
    assert.equal(readFileSync(home.file, "utf8"), expected);
    await home.run("--unset", "--device=dri", "--env=A", ID);
    assert.equal(readFileSync(home.file, "utf8"), expected.replace("devices=dri;\n", "").replace("A=2\n", ""));
  });
});

test("the folder is nobody else's to read, nor is the file; a file's own mode is kept", async () => {
  await withHome(async (home) => {
    await home.run("--socket=x11", ID);
    assert.equal(statSync(dirname(home.file)).mode & 0o777, 0o700);
    assert.equal(statSync(home.file).mode & 0o777, 0o600);
    chmodSync(home.file, 0o640);
    await home.run("--socket=wayland", ID);
    assert.equal(statSync(home.file).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(dirname(home.file)), [ID]);
  });
});

test("a link to a file elsewhere stays a link, and its file changes; a link to nowhere is told", async () => {
  await withHome(async (home) => {
    mkdirSync(`${home.path}/dotfiles`);
    mkdirSync(dirname(home.file), { recursive: true });
    symlinkSync(`${home.path}/dotfiles/app`, home.file);
    assert.equal((await home.run("--socket=x11", ID)).status, 0);
    await home.run("--device=dri", ID);
    assert.ok(lstatSync(home.file).isSymbolicLink());
    assert.equal(readFileSync(`${home.path}/dotfiles/app`, "utf8"), "[Context]\nsockets=x11;\ndevices=dri;\n");
    assert.deepEqual(readdirSync(`${home.path}/dotfiles`), ["app"]);
    rmSync(`${home.path}/dotfiles`, { recursive: true });
    const ran = await home.run("--socket=wayland", ID);
    assert.equal(ran.status, 125);
    assert.match(ran.errors, /is a link to `.*\/dotfiles\/app`, where no file can be written: no such file or directory/);
    await home.run("--reset", ID);
    assert.ok(!existsSync(home.file) && lstatSync(home.file, { throwIfNoEntry: false }) === undefined);
  });
});

test("what is not a regular file is neither read nor replaced", async () => {
  await withHome(async (home) => {
    mkdirSync(home.file, { recursive: true });
    const ran = await home.run("--socket=x11", ID);
    assert.match(ran.errors, /this is not a regular file/);
    assert.ok(statSync(home.file).isDirectory());
  });
});

test("XDG_DATA_HOME moves the overrides, where it is absolute", async () => {
  await withHome(async (home) => {
    await runOverride(home.path, ["--socket=x11", ID], { XDG_DATA_HOME: `${home.path}/elsewhere` });
    assert.ok(existsSync(`${home.path}/elsewhere/tsbox/overrides/${ID}`) && !existsSync(home.file));
    await runOverride(home.path, ["--socket=x11", ID], { XDG_DATA_HOME: "relative" });
    assert.ok(existsSync(home.file));
  });
});

test("`--show` prints no control character of the file to the terminal", async () => {
  await withHome(async (home) => {
    write(home.file, "[Environment]\nA=\u001b]0;title\u0007\u202e\n");
    assert.equal((await home.run("--show", ID)).output, "[Environment]\nA=\\x1b]0;title\\x07\\u202e\n");
  });
});
