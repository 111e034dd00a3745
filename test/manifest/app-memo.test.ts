// Listings from what earlier ones left: the same as without, whatever changes between two looks.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { loadAddon } from "../../native/addon.ts";
import { openAppMemo } from "../../launcher/manifest/app-memo.ts";
import { knownApps } from "../../launcher/manifest/known-apps.ts";
import { placesOf } from "../../launcher/manifest/places.ts";

const addon = loadAddon(resolve("build/tsbox.node"));

interface Home {
  readonly path: string;
  write(file: string, text: string): void;
  look(): unknown;
  fresh(): unknown;
}

function withHome(work: (home: Home) => void): void {
  const path = mkdtempSync(join(tmpdir(), "tsbox-memo-"));
  const places = { ...placesOf(new Map([["XDG_DATA_DIRS", `${path}/system`]]), path, `${path}/catalogue`), systemConfig: `${path}/etc` };
  try {
    mkdirSync(`${path}/catalogue`);
    work({
      path,
      write(file, text) {
        mkdirSync(join(path, file, ".."), { recursive: true });
        writeFileSync(join(path, file), text);
      },
      look: () => knownApps(places, openAppMemo(addon, { places, cache: `${path}/.cache/tsbox`, name: "apps", salt: "salt", since: Date.now() + LATER })),
      fresh: () => knownApps(places),
    });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Seen from here every file has aged; what has just changed would never be kept. */
const LATER = 60_000;
const FOLDERS = [".local/share/tsbox/manifests", "system/tsbox/manifests", "catalogue"];
const IDS = ["org.example.A", "org.example.B"];

test("after any change a listing is what it would be without anything kept", () => {
  const change = fc.record({
    folder: fc.constantFrom(...FOLDERS),
    id: fc.constantFrom(...IDS),
    what: fc.constantFrom("manifest", "other manifest", "broken manifest", "no manifest", "override", "no override", "nothing"),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      withHome((home) => {
        for (const { folder, id, what } of changes) {
          const manifest = `${folder}/${id}.ini`;
          const override = `.local/share/tsbox/overrides/${id}`;
          if (what === "manifest") home.write(manifest, `[Application]\nname=${id}\ncommand=one\n`);
          else if (what === "other manifest") home.write(manifest, `[Application]\nname=${id}\ncommand=another\n`);
          else if (what === "broken manifest") home.write(manifest, "[Application\n");
          else if (what === "no manifest") rmSync(`${home.path}/${manifest}`, { force: true });
          else if (what === "override") home.write(override, "");
          else if (what === "no override") rmSync(`${home.path}/${override}`, { force: true });
          assert.deepEqual(home.look(), home.fresh());
          assert.deepEqual(home.look(), home.fresh());
        }
      });
    }),
    { numRuns: 40, seed: 11 },
  );
});

test("what is kept is used, and is nobody else's to read; what cannot be read is worked out again", async () => {
  const path = mkdtempSync(join(tmpdir(), "tsbox-memo-"));
  try {
    const places = placesOf(new Map([["XDG_DATA_DIRS", `${path}/system`]]), path, `${path}/catalogue`);
    mkdirSync(`${path}/catalogue`);
    writeFileSync(`${path}/catalogue/org.example.A.ini`, "[Application]\nname=org.example.A\ncommand=one\n");
    // Younger than this nothing is kept.
    await new Promise((done) => setTimeout(done, 2_600));
    const file = `${path}/.cache/tsbox/listings/apps.json`;
    let works = 0;
    const look = (salt = "salt"): void => {
      const memo = openAppMemo<ReadonlyMap<string, number>>(addon, { places, cache: `${path}/.cache/tsbox`, name: "apps", salt });
      assert.deepEqual(
        memo.of("org.example.A", () => {
          works += 1;
          return new Map([["a", 1]]);
        }),
        new Map([["a", 1]]),
      );
      memo.save();
    };
    look();
    look();
    assert.equal(works, 1);
    look("other salt");
    assert.equal(works, 2);
    assert.ok(existsSync(file));
    writeFileSync(file, readFileSync(file, "utf8").slice(0, 20));
    look("other salt");
    assert.equal(works, 3);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});
