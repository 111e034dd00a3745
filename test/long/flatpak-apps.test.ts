// Apps with random finish-args of real ones: what Flatpak's `build-finish` of this machine writes, beside what our options say.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { findOption, parseOptions } from "../../launcher/manifest/options.ts";
import { parseManifest } from "../../launcher/manifest/parse-manifest.ts";
import { plainEntries, plainLayer } from "../manifest/permission-values.ts";

const APPS = Number(process.env["TSBOX_DIFFERENTIAL_APPS"] ?? 600);
const RESULTS = "test/fixtures/corpus/flatpak-1.14-flag-results.tsv";

/** Options about permissions that 1.14 takes, each as often as apps use it. */
function realFlags(): readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<string> }[] {
  const rows = readFileSync(RESULTS, "utf8").trim().split("\n").slice(1);
  return rows.flatMap((row) => {
    const [flag = "", uses = "", status = ""] = row.split("\t");
    const isOurs = findOption(flag.split("=")[0] ?? "") !== null;
    return status === "0" && isOurs && !flag.includes("\\n") ? [{ weight: 1 + Math.ceil(Math.sqrt(Number(uses) || 0)), arbitrary: fc.constant(flag) }] : [];
  });
}

/** 1.14 writes `x11` beside every `fallback-x11`, for releases before it; it means nothing there. */
function withoutFiller(plain: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const sockets = plain["sockets"] as readonly (readonly [name: string, allowed: boolean])[];
  const hasFallback = sockets.some(([name, allowed]) => name === "fallback-x11" && allowed);
  return { ...plain, sockets: sockets.filter(([name]) => name !== "x11" || !hasFallback) };
}

test("an app built with random options of real apps has the permissions that the options say", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-apps-"));
  const environment = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: folder,
    LANG: "C.UTF-8",
    FLATPAK_USER_DIR: `${folder}/user`,
    FLATPAK_SYSTEM_DIR: `${folder}/system`,
  };
  let options = 0;
  try {
    for (const [at, words] of fc.sample(fc.array(fc.oneof(...realFlags()), { minLength: 5, maxLength: 25, size: "max" }), APPS).entries()) {
      const app = `${folder}/${at}`;
      const id = `org.example.App${at}`;
      mkdirSync(`${app}/files`, { recursive: true });
      writeFileSync(`${app}/metadata`, `[Application]\nname=${id}\nruntime=org.example.Platform/x86_64/1\nsdk=org.example.Platform/x86_64/1\n`);
      const built = spawnSync("flatpak", ["build-finish", "--command=app", ...words, app], { env: environment, timeout: 20_000, encoding: "utf8" });
      assert.equal(built.status, 0, `${words.join(" ")}: ${built.stderr}`);
      const bytes = readFileSync(`${app}/metadata`);
      const manifest = parseManifest({ file: "/metadata", bytes, from: "flatpak", expectedId: id, programFolder: null });
      assert.ok(manifest.ok, `${words.join(" ")}: ${JSON.stringify(manifest)}`);
      const given = words.map((word) => {
        const equals = word.indexOf("=");
        const option = findOption(equals < 0 ? word : word.slice(0, equals));
        assert.ok(option);
        return { option, raw: equals < 0 ? "" : word.slice(equals + 1) };
      });
      const entries = parseOptions(given, "manifest");
      assert.ok(entries.ok, `${words.join(" ")}: ${JSON.stringify(entries)}`);
      assert.deepEqual(withoutFiller(plainEntries(entries.value)), withoutFiller(plainLayer(manifest.value.layer)), words.join(" "));
      options += words.length;
      rmSync(app, { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  context.diagnostic(`${APPS} apps with ${options} options compared`);
});
