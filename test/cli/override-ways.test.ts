// What `tsbox override` does beside changing an entry: taking back, moving from one machine to another, and locking.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { mergeLayers } from "../../launcher/manifest/layers.ts";
import { parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import type { LayerName } from "../../launcher/manifest/origin.ts";
import type { PermissionLayer } from "../../launcher/manifest/layers.ts";
import { renderPermissionsKeyfile } from "../../launcher/manifest/show-permissions.ts";
import { mustSucceed } from "../export/must-succeed.ts";
import { runOverride } from "./override-run.ts";

const ID = "org.example.App";
const MANIFEST = `[Application]\nname=${ID}\ncommand=app\n\n[Context]\nsockets=x11;wayland;\nfilesystems=home;\n\n[Environment]\nA=1\n`;

async function withHome(work: (home: string, file: string) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "tsbox-override-"));
  try {
    mkdirSync(`${home}/catalogue`);
    writeFileSync(`${home}/catalogue/${ID}.ini`, MANIFEST);
    await work(home, `${home}/.local/share/tsbox/overrides/${ID}`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const textOf = (file: string): string | null => (existsSync(file) ? readFileSync(file, "utf8") : null);

test("as many changes as were made are taken back, each to the byte, and then there are none left", async () => {
  const options = fc.constantFrom("--nosocket=x11", "--socket=x11", "--filesystem=~/a", "--env=A=2", "--reset", "--persist=.x", "--lock");
  await fc.assert(
    fc.asyncProperty(fc.array(options, { minLength: 1, maxLength: 6 }), async (lines) => {
      await withHome(async (home, file) => {
        const states: (string | null)[] = [];
        for (const line of lines) {
          const before = textOf(file);
          assert.equal((await runOverride(home, [line, ID])).status, 0);
          if (textOf(file) !== before) states.push(before);
        }
        for (const before of states.reverse()) {
          assert.equal((await runOverride(home, ["--undo", ID])).status, 0);
          assert.equal(textOf(file), before);
        }
        assert.equal((await runOverride(home, ["--undo", ID])).status, 125);
      });
    }),
    { numRuns: 12, seed: 7 },
  );
});

test("what somebody else changed is not taken back", async () => {
  await withHome(async (home, file) => {
    await runOverride(home, ["--nosocket=x11", ID]);
    writeFileSync(file, "[Context]\nsockets=!x11;!wayland;\n");
    assert.match((await runOverride(home, ["--undo", ID])).errors, /has been changed since by something else/);
    assert.equal(textOf(file), "[Context]\nsockets=!x11;!wayland;\n");
  });
});

test("the history is nobody else's to read, and lies where no app can write", async () => {
  await withHome(async (home) => {
    await runOverride(home, ["--nosocket=x11", ID]);
    const folder = `${home}/.local/state/tsbox/history`;
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(`${folder}/${ID}.json`).mode & 0o777, 0o600);
  });
});

test("a change whose history cannot be kept is made, and told", async () => {
  await withHome(async (home, file) => {
    mkdirSync(`${home}/.local/state/tsbox`, { recursive: true });
    writeFileSync(`${home}/.local/state/tsbox/history`, "in the way of the folder");
    const ran = await runOverride(home, ["--nosocket=x11", ID]);
    assert.equal(ran.status, 0);
    assert.match(ran.errors, /notice: what it said before could not be kept: `--undo` will not know of this change\n/);
    assert.equal(textOf(file), "[Context]\nsockets=!x11;\n");
  });
});

test("overrides of Flatpak's own folder are read as Flatpak wrote them, and one that denies an unknown word changes nothing at all", async () => {
  await withHome(async (home, file) => {
    const folder = `${home}/.local/share/flatpak/overrides`;
    mkdirSync(folder, { recursive: true });
    const text = "# of Flatpak\n[Context]\nsockets=!x11;new-word;\n\n[X-Other]\na=1\n";
    writeFileSync(`${folder}/${ID}`, text);
    writeFileSync(`${folder}/global`, "[Context]\nshared=!network;\n");
    writeFileSync(`${folder}/not an id`, "");
    const ran = await runOverride(home, ["--import", folder]);
    assert.equal(ran.status, 0, ran.errors);
    assert.equal(textOf(file), text);
    assert.match(ran.output, /sockets=!x11/);
    assert.match(ran.errors, /new-word/);
    writeFileSync(`${folder}/org.example.Other`, "[Context]\nsockets=!new-word;\n");
    writeFileSync(`${folder}/${ID}`, "[Context]\nsockets=!wayland;\n");
    assert.equal((await runOverride(home, ["--import", folder])).status, 125);
    assert.equal(textOf(file), text);
  });
});

function layerOf(name: LayerName, text: string): PermissionLayer {
  return mustSucceed(parseLayer(mustSucceed(parseKeyfileText(`/${name}`, text)), name));
}

test("a locked override is all that counts, but for limits and the manifest's variables; unlocked it is an override again", async () => {
  await withHome(async (home, file) => {
    await runOverride(home, ["--nosocket=x11", "--filesystem=~/a:ro", ID]);
    const merged = (manifest: string, limit = ""): string =>
      renderPermissionsKeyfile(mergeLayers([layerOf("manifest", manifest), layerOf("user-app", textOf(file) ?? "")], [layerOf("limit", limit)]).permissions);
    const before = merged(MANIFEST);
    await runOverride(home, ["--lock", ID]);
    assert.equal(merged(MANIFEST), before, "the lock itself changes nothing");
    const grown = MANIFEST.replace("x11;wayland;", "x11;wayland;session-bus;").replace("home;", "home;host;/opt;");
    assert.equal(merged(grown), before, "what the manifest gains is not given");
    assert.equal(merged(MANIFEST.replace("A=1", "A=2")), before.replace("A=1", "A=2"));
    assert.doesNotMatch(merged(MANIFEST, "[Context]\nsockets=!wayland;\n"), /wayland/);
    await runOverride(home, ["--unlock", ID]);
    assert.match(merged(grown), /session-bus/);
  });
});
