// `tsbox install`, `uninstall`, `accept`, `diff` and `search`, from the command line to the files that they leave.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadAddon } from "../../native/addon.ts";
import { acceptCommand } from "../../launcher/cli/accept.ts";
import { diffCommand } from "../../launcher/cli/diff.ts";
import { infoCommand } from "../../launcher/cli/info.ts";
import { installCommand } from "../../launcher/cli/install.ts";
import { searchCommand } from "../../launcher/cli/search.ts";
import { uninstallCommand } from "../../launcher/cli/uninstall.ts";
import { copyProgram } from "../../launcher/manifest/copy-program.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { installAsFlatpak, type LookingHome, withLookingHome } from "./looking-run.ts";

const ID = "org.example.App";
const MANIFEST = `# An editor of examples\n[Application]\nname=${ID}\ncommand=true\n\n[Context]\nsockets=wayland;\nfilesystems=home;!~/private;\n`;
const GROWN = MANIFEST.replace("wayland;", "wayland;session-bus;").replace("home;!~/private;", "home:rw-all;");
const INSTALLED = `.local/share/tsbox/manifests/${ID}.ini`;
const ACCEPTED = `.local/state/tsbox/accepted/${ID}`;

function inHome(work: (home: LookingHome) => Promise<void>, answers: (string | null)[] = []): Promise<void> {
  const uninstall = (catalogue: () => string) => uninstallCommand({ catalogue, systemRoot: "" });
  return withLookingHome(installCommand, work, {
    others: [uninstall, acceptCommand, diffCommand, searchCommand, infoCommand],
    ask: () => answers.shift() ?? null,
    addon: () => loadAddon(`${process.cwd()}/build/tsbox.node`),
  });
}

const GOLDEN = "messages/install";
const SHOWN: readonly (readonly [name: string, lines: readonly string[]])[] = [
  [
    "install",
    [
      "install none.ini",
      "install org.example.Shipped",
      "install org.example.None",
      "install none",
      "install app",
      "install many",
      "install -y app/org.example.App.ini",
      "install -y app",
      "install -y new",
      "install --replace new",
    ],
  ],
  ["replace", ["install -y app", "install -y --replace new", "install -y --replace app", "info --show-permissions org.example.App"]],
  [
    "diff",
    ["diff app/org.example.App.ini new/", "diff new/ app/", "diff app/ ./app/org.example.App.ini", "diff --json app/ new/", "diff app/ org.example.None"],
  ],
  ["search", ["install -y app", "search EDITOR examples", "search nothing-like-it", "search --json shipped"]],
  [
    "uninstall",
    [
      "uninstall org.example.Shipped",
      "install -y app",
      "uninstall org.example.App",
      "uninstall org.example.App",
      "install -y app",
      "uninstall --delete-data org.example.App",
      "uninstall --delete-data org.example.App",
    ],
  ],
  ["accept", ["accept org.example.App", "install -y app", "accept org.example.App", "accept org.example.Shipped", "accept org.example.Shipped"]],
];

test("what opens the sandbox stands right above the question, however long the list of a manifest is made", async () => {
  const padding = Array.from({ length: 400 }, (_, index) => `V${index}=${"x".repeat(200)}`).join("\n");
  const asked: string[] = [];
  const ask = (question: string): string => {
    asked.push(question);
    return "n";
  };
  const run = (text: string): Promise<void> =>
    withLookingHome(
      installCommand,
      async (home) => {
        home.write(`app/${ID}.ini`, text);
        assert.equal((await home.run("install", "app")).status, 1);
      },
      { ask, addon: () => loadAddon(`${process.cwd()}/build/tsbox.node`) },
    );
  await run(`${MANIFEST.replace("home;", "home;~/.bashrc;")}[Environment]\n${padding}\n`);
  assert.match(asked[0] ?? "", /\n\nescape: filesystems=~\/\.bashrc\nhigh: filesystems=home\ninstall `org\.example\.App`/);
  await run(MANIFEST.replace("home;", "xdg-music;"));
  assert.doesNotMatch(asked[1] ?? "", /^(?:escape|high): /m);
});

test("what is put there is what was shown, though the file is exchanged meanwhile", async () => {
  let exchange = (): void => {};
  const ask = (): string => {
    exchange();
    return "y";
  };
  await withLookingHome(
    installCommand,
    async (home) => {
      home.write(`app/${ID}.ini`, MANIFEST);
      exchange = () => home.write(`app/${ID}.ini`, GROWN);
      assert.equal((await home.run("install", "app")).status, 0);
      assert.equal(readFileSync(`${home.path}/${INSTALLED}`, "utf8"), MANIFEST);
      assert.doesNotMatch(readFileSync(`${home.path}/${ACCEPTED}`, "utf8"), /session-bus/);
    },
    { ask, addon: () => loadAddon(`${process.cwd()}/build/tsbox.node`) },
  );
});

for (const [name, lines] of SHOWN) {
  test(`what is said: ${name}`, async () => {
    await inHome(async (home) => {
      home.write(`app/${ID}.ini`, MANIFEST);
      home.write(`new/${ID}.ini`, GROWN);
      for (const one of ["A", "B"]) home.write(`many/org.example.${one}.ini`, "");
      home.write("catalogue/org.example.Shipped.ini", "# Shipped\n[Application]\nname=org.example.Shipped\ncommand=true\n[Context]\nsockets=x11;\n");
      const said: string[] = [];
      for (const line of lines) {
        const ran = await home.run(...line.split(" "));
        said.push(`$ tsbox ${line}\n${ran.output}${ran.errors}= ${ran.status}\n`);
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

test("data that was left can be taken away later, of an app that is nobody's any more alone", async () => {
  await inHome(async (home) => {
    home.write(`app/${ID}.ini`, MANIFEST);
    home.write(`.var/app/${ID}/data/note`, "x");
    home.write(".var/app/org.example.Shipped/data/note", "x");
    home.write("catalogue/org.example.Shipped.ini", "[Application]\nname=org.example.Shipped\ncommand=true\n");
    assert.equal((await home.run("install", "-y", "app")).status, 0);
    const kept = await home.run("uninstall", ID);
    assert.match(kept.output, /`tsbox uninstall --delete-data org\.example\.App` takes it away too/);
    assert.ok(existsSync(`${home.path}/.var/app/${ID}/data/note`));
    for (const other of ["org.example.Shipped", "org.example.None", "../app", "org.example.App/data"])
      assert.equal((await home.run("uninstall", "--delete-data", other)).status, 125, other);
    assert.ok(existsSync(`${home.path}/.var/app/org.example.Shipped/data/note`));
    assert.deepEqual(await home.run("uninstall", "--delete-data", ID), {
      status: 0,
      output: "/home/u/.var/app/org.example.App is gone, with all that the app kept there\n",
      errors: "",
    });
    assert.equal(existsSync(`${home.path}/.var/app/${ID}`), false);
  });
});

test("an app that Flatpak installed is Flatpak's to take away, and its data stays", async () => {
  await inHome(async (home) => {
    installAsFlatpak(home, "org.example.Theirs");
    home.write(".var/app/org.example.Theirs/data/note", "x");
    for (const more of [[], ["--delete-data"]]) {
      const refused = await home.run("uninstall", ...more, "org.example.Theirs");
      assert.deepEqual([refused.status, refused.errors.split("\n")[1]], [125, "hint: `flatpak uninstall org.example.Theirs`"]);
    }
    assert.ok(existsSync(`${home.path}/.var/app/org.example.Theirs/data/note`));
  });
});

test("nothing is installed before the user said yes, whom nobody can be where there is no terminal", async () => {
  const answers: (string | null)[] = [null, "", "n", "yes please", "Y"];
  await inHome(async (home) => {
    home.write(`app/${ID}.ini`, MANIFEST);
    for (const status of [125, 1, 1, 1, 0]) {
      assert.equal((await home.run("install", "app")).status, status);
      assert.equal(existsSync(`${home.path}/${INSTALLED}`), status === 0);
      assert.equal(existsSync(`${home.path}/${ACCEPTED}`), status === 0);
    }
  }, answers);
});

test("what is installed is the file, byte for byte, and its program; nobody else may read the manifest", async () => {
  await inHome(async (home) => {
    home.write(`app/${ID}.ini`, MANIFEST);
    home.write(`app/${ID}/bin/program`, "#!/bin/sh\n");
    symlinkSync("/etc/passwd", `${home.path}/app/${ID}/link`);
    assert.equal((await home.run("install", "-y", "app")).status, 0);
    assert.equal(readFileSync(`${home.path}/${INSTALLED}`, "utf8"), MANIFEST);
    assert.equal(statSync(`${home.path}/${INSTALLED}`).mode & 0o777, 0o600);
    const folder = `${home.path}/.local/share/tsbox/manifests`;
    assert.equal(readFileSync(`${folder}/${ID}/bin/program`, "utf8"), "#!/bin/sh\n");
    assert.ok(lstatSync(`${folder}/${ID}/link`).isSymbolicLink(), "a link stays one");
    assert.deepEqual(readdirSync(folder).sort(), [ID, `${ID}.ini`]);
    home.write(`.var/app/${ID}/file`, "data");
    assert.equal((await home.run("uninstall", ID)).status, 0);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(readFileSync(`${home.path}/.var/app/${ID}/file`, "utf8"), "data");
    assert.ok(!existsSync(`${home.path}/${ACCEPTED}`));
  });
});

test("what is installed for all users lies where all look for it and may be read by all; each user accepts for himself", async () => {
  await inHome(async (home) => {
    home.write(`app/${ID}.ini`, MANIFEST);
    home.write(`app/${ID}/bin/program`, "#!/bin/sh\n");
    chmodSync(`${home.path}/app/${ID}/bin/program`, 0o700);
    chmodSync(`${home.path}/app/${ID}`, 0o700);
    // Copied by root it would be everybody's way to be root, out in the host.
    home.write(`app/${ID}/bin/borrowed`, "#!/bin/sh\n");
    chmodSync(`${home.path}/app/${ID}/bin/borrowed`, 0o6755);
    const folder = `${home.path}/system/tsbox/manifests`;
    const installed = await home.run("install", "--system", "-y", "app");
    assert.equal(installed.status, 0, installed.errors);
    assert.equal(readFileSync(`${folder}/${ID}.ini`, "utf8"), MANIFEST);
    assert.deepEqual(
      [`${ID}.ini`, ID, `${ID}/bin`, `${ID}/bin/program`, `${ID}/bin/borrowed`].map((name) => statSync(`${folder}/${name}`).mode & 0o7777),
      [0o644, 0o755, 0o755, 0o755, 0o755],
    );
    assert.ok(!existsSync(`${home.path}/${ACCEPTED}`), "whoever installs it for all accepts it for nobody");
    assert.ok(!existsSync(`${home.path}/${INSTALLED}`));
    assert.match((await home.run("info", ID)).output, /Origin: system/);
    assert.match((await home.run("install", "--system", "-y", "app")).errors, /is there already: /);
    // One's own is beside it, and counts before it.
    assert.equal((await home.run("install", "-y", "--replace", "app")).status, 0);
    assert.match((await home.run("info", ID)).output, /Origin: user/);
    assert.match((await home.run("uninstall", ID)).output, /is gone/);
    assert.match((await home.run("uninstall", ID)).errors, /is none of your own/);
    assert.match((await home.run("uninstall", "--system", ID)).output, /is gone/);
    assert.deepEqual(readdirSync(folder), []);
    assert.match((await home.run("uninstall", "--system", ID)).errors, /was not installed for all users/);
  });
});

test("a manifest that changed where it lies is given what was accepted of it, until the user accepts the rest", async () => {
  await inHome(async (home) => {
    home.write(`app/${ID}.ini`, MANIFEST);
    await home.run("install", "-y", "app");
    const asked = await home.run("info", "--show-permissions", ID);
    home.write(INSTALLED, GROWN);
    const held = await home.run("info", "--show-permissions", ID);
    assert.equal(held.output, asked.output);
    assert.match(held.errors, /`sockets=session-bus` is not given: you have not accepted it/);
    assert.match(held.errors, /`filesystems=!~\/private` still holds/);
    assert.match((await home.run("accept", ID)).output, /session-bus[\s\S]*escape/);
    const given = await home.run("info", "--show-permissions", ID);
    assert.equal(given.errors, "");
    assert.match(given.output, /session-bus;wayland/);
    // Losing what was accepted needs nobody's word.
    home.write(INSTALLED, MANIFEST.replace("wayland;", ""));
    assert.equal((await home.run("info", "--show-permissions", ID)).errors.includes("not given"), false);
  });
});

test("a record that cannot be read gives nothing", async () => {
  await inHome(async (home) => {
    home.write(`app/${ID}.ini`, MANIFEST);
    await home.run("install", "-y", "app");
    home.write(ACCEPTED, "[Context\n");
    const refused = await home.run("info", "--show-permissions", ID);
    assert.equal(refused.status, 125);
    assert.match(refused.errors, /what was accepted cannot be read\nhint: `tsbox accept org.example.App`/);
    assert.equal((await home.run("accept", ID)).status, 0);
    assert.equal((await home.run("info", "--show-permissions", ID)).status, 0);
  });
});

test("a program's folder is copied as it is: what is swapped for a link meanwhile, or belongs to somebody else, is not", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-copy-"));
  try {
    mkdirSync(join(folder, "app/bin"), { recursive: true });
    writeFileSync(join(folder, "secret"), "secret");
    writeFileSync(join(folder, "app/bin/program"), "program", { mode: 0o755 });
    chmodSync(join(folder, "app/bin/program"), 0o4755);
    symlinkSync("../../secret", join(folder, "app/bin/link"));
    copyProgram(join(folder, "app"), join(folder, "copy"), "user");
    assert.equal(statSync(join(folder, "copy/bin/program")).mode & 0o7777, 0o755);
    assert.equal(readlinkSync(join(folder, "copy/bin/link")), "../../secret");
    symlinkSync("app", join(folder, "led"));
    assert.throws(() => copyProgram(join(folder, "led"), join(folder, "second"), "user"), { code: "ENOTDIR" });
    if (process.geteuid?.() !== 0) return;
    chownSync(join(folder, "app/bin/program"), 1, 1);
    assert.throws(() => copyProgram(join(folder, "app"), join(folder, "third"), "system"), { code: "EPERM" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
