// `tsbox instance`, from the command line to the folders, overrides, entries and consents that it leaves.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { overrideCommand } from "../../launcher/cli/override.ts";
import { instanceCommand } from "../../launcher/cli/instance.ts";
import { loadAddon } from "../../native/addon.ts";
import { openPermissionStore, openRecords } from "../../portals/kept.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { installAsFlatpak, type LookingHome, withLookingHome } from "./looking-run.ts";

const ID = "org.example.App";
const MANIFEST = `[Application]\nname=${ID}\ncommand=/usr/bin/true\n`;
const ENTRY = `[Desktop Entry]\nType=Application\nName=App\nName[de]=Das App\nExec=/usr/bin/true %F\nStartupWMClass=app\nDBusActivatable=true\n`;

function inHome(work: (home: LookingHome) => Promise<void>): Promise<void> {
  const instance = (catalogue: () => string) => instanceCommand({ catalogue, systemRoot: "" });
  return withLookingHome(
    instance,
    async (home) => {
      home.write(`.local/share/tsbox/manifests/${ID}.ini`, MANIFEST);
      home.write(`system/applications/${ID}.desktop`, ENTRY);
      await work(home);
    },
    { others: [overrideCommand], addon: () => loadAddon(`${process.cwd()}/build/tsbox.node`) },
  );
}

const GOLDEN = "messages/instance";
const SHOWN: readonly (readonly [name: string, lines: readonly string[]])[] = [
  [
    "words",
    [
      "instance list",
      "instance fly",
      "instance clone",
      `instance clone ${ID}`,
      `instance clone ${ID} ../x`,
      `instance clone ${ID} work`,
      `instance remove ${ID}`,
      `instance rename ${ID}--work play`,
      `instance export not-an-id`,
    ],
  ],
  [
    "life",
    [
      `override --share=network ${ID}--play`,
      `instance clone ${ID}--data work`,
      `instance clone ${ID}--data work`,
      `override --share=ipc ${ID}--data`,
      `instance rename ${ID}--data moved`,
      `instance rename ${ID}--moved`,
      `instance rename ${ID}--moved work`,
      "instance list",
      `instance list --json ${ID}--moved`,
    ],
  ],
  ["flatpak", [`instance clone ${ID} theirs`, `override --show ${ID}--theirs`, `instance clone ${ID} ours`]],
];

for (const [name, lines] of SHOWN) {
  test(`what is said: ${name}`, async () => {
    await inHome(async (home) => {
      if (name === "flatpak") {
        home.write(`.var/app/${ID}/data/note`, "note\n");
        installAsFlatpak(home, `${ID}--theirs`);
      }
      if (name === "life") home.write(`.var/app/${ID}--data/data/note`, "note\n");
      const said: string[] = [];
      for (const line of lines) {
        const ran = await home.run(...line.split(" "));
        said.push(`$ tsbox ${line}\n${ran.output}${ran.errors}= ${ran.status}\n`.replace(/\t\d+\n/g, "\tBYTES\n").replace(/"bytes": \d+/, '"bytes": 0'));
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

test("a clone has the data with links as links and nothing from their ends, its original unchanged, and an instance's overrides", async () => {
  await inHome(async (home) => {
    home.write("outside/secret", "secret\n");
    home.write(`.var/app/${ID}/data/note`, "note\n");
    const folder = `${home.path}/.var/app`;
    symlinkSync(`${home.path}/outside`, `${folder}/${ID}/data/link`);
    execFileSync("mkfifo", [`${folder}/${ID}/data/pipe`]);
    assert.equal((await home.run("instance", "clone", ID, "work")).status, 0);
    assert.equal(readFileSync(`${folder}/${ID}--work/data/note`, "utf8"), "note\n");
    assert.equal(readlinkSync(`${folder}/${ID}--work/data/link`), `${home.path}/outside`);
    assert.deepEqual(readdirSync(`${folder}/${ID}/data`), ["link", "note", "pipe"]);
    await home.run("override", "--share=network", `${ID}--work`);
    assert.equal((await home.run("instance", "clone", `${ID}--work`, "play")).status, 0);
    assert.match(readFileSync(`${home.path}/.local/share/tsbox/overrides/${ID}--play`, "utf8"), /shared=network/);
    assert.deepEqual(readdirSync(folder).sort(), [ID, `${ID}--play`, `${ID}--work`], "nothing unfinished is left");
  });
});

test("an app's own folder that is a link is no data to copy, and a link in the new one's place stays", async () => {
  await inHome(async (home) => {
    home.write("outside/secret", "secret\n");
    home.write(`.var/app/${ID}/data/note`, "note\n");
    const folder = `${home.path}/.var/app`;
    symlinkSync(`${home.path}/outside`, `${folder}/${ID}--link`);
    assert.equal((await home.run("instance", "clone", `${ID}--link`, "work")).status, 125);
    assert.equal((await home.run("instance", "clone", ID, "link")).status, 125);
    assert.ok(lstatSync(`${folder}/${ID}--link`).isSymbolicLink());
    assert.equal((await home.run("instance", "remove", `${ID}--link`)).status, 125);
    assert.equal(readFileSync(`${home.path}/outside/secret`, "utf8"), "secret\n");
  });
});

test("its entry starts it, says its name in every language, and goes with it, as does all that was allowed to it", async () => {
  await inHome(async (home) => {
    home.write(`.var/app/${ID}--work/data/note`, "note\n");
    home.write("catalogue/../build/tsbox", "\x7fELF");
    chmodSync(`${home.path}/../installed/build/tsbox`, 0o755);
    const exported = await home.run("instance", "export", `${ID}--work`);
    assert.equal(exported.status, 0, exported.errors);
    const file = `${home.path}/.local/share/applications/${ID}--work.desktop`;
    const text = readFileSync(file, "utf8");
    assert.match(text, new RegExp(`^Exec=.* run --command=/usr/bin/true --file-forwarding ${ID}--work @@ %F @@$`, "m"));
    for (const line of ["Name=App (work)", "Name[de]=Das App (work)", `StartupWMClass=${ID}--work`, "DBusActivatable=false"])
      assert.ok(text.split("\n").includes(line), line);
    execFileSync("desktop-file-validate", [file]);
    assert.ok(!existsSync(`${home.path}/.local/share/applications/${ID}.desktop`), "its app is not exported with it");
    await home.run("override", "--share=network", `${ID}--work`);
    const state = `${home.path}/.local/state/tsbox`;
    const store = openPermissionStore(state);
    for (const app of [ID, `${ID}--work`]) store.set("background", "background", app, ["yes"]);
    const id = "0".repeat(32);
    openRecords(state).put({ id, path: "/x", isFolder: false, folder: "", apps: { [ID]: { writable: true }, [`${ID}--work`]: { writable: true } } });
    const removed = await home.run("instance", "remove", `${ID}--work`);
    assert.equal(removed.status, 0, removed.errors);
    assert.ok(!existsSync(file));
    assert.ok(!existsSync(`${home.path}/.local/share/tsbox/overrides/${ID}--work`));
    assert.deepEqual(store.table("background")["background"], { [ID]: ["yes"] });
    assert.deepEqual(Object.keys(openRecords(state).get(id)?.apps ?? {}), [ID]);
    const aside = readdirSync(`${state}/data`);
    assert.equal(readFileSync(`${state}/data/${aside[0]}/data/note`, "utf8"), "note\n", "the data is set aside, not deleted");
    assert.equal((await home.run("instance", "list")).output, "");
  });
});
