// What users read when a manifest, an override or a limit is refused or partly passed over: every text of the reader, in golden files.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKeyfile } from "../../launcher/manifest/keyfile.ts";
import type { LayerName, Problem } from "../../launcher/manifest/origin.ts";
import { findOption } from "../../launcher/manifest/options.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { parseManifest } from "../../launcher/manifest/parse-manifest.ts";
import { MANIFEST_MESSAGES } from "../../launcher/messages/manifest.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";
import { renderOutsideText, renderProblems } from "../../launcher/messages/render.ts";
import { assertGolden, assertNoOrphans } from "../support/golden.ts";
import { BAD_FILES, BAD_OPTIONS } from "./bad-files.ts";
import { must } from "./must.ts";

const FOLDER = "messages/manifest";
const FILES: Readonly<Partial<Record<LayerName, string>>> = {
  manifest: "/usr/share/tsbox/manifests/org.example.App.ini",
  "user-app": "/home/u/.local/share/tsbox/overrides/org.example.App",
  limit: "/etc/tsbox/limits/global",
};

function problemsOf(layer: LayerName, bytes: Uint8Array): readonly Problem[] {
  const file = FILES[layer] ?? "/f";
  if (layer === "manifest") {
    const manifest = parseManifest({ file, bytes, from: "tsbox", expectedId: "org.example.App", programFolder: null });
    return manifest.ok ? manifest.notices : manifest.problems;
  }
  const keyfile = parseKeyfile(file, bytes);
  const parsed = keyfile.ok ? parseLayer(keyfile.value, layer) : keyfile;
  return parsed.ok ? parsed.notices : parsed.problems;
}

for (const { name, layer, text } of BAD_FILES) {
  test(`${layer}: ${name.replaceAll("-", " ")}`, () => {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    const problems = problemsOf(layer, bytes);
    assert.ok(problems.length > 0);
    assert.ok(
      problems.every((problem) => problem.file === FILES[layer] && problem.line > 0 && problem.column > 0),
      "each has file, line and column",
    );
    assertGolden(FOLDER, name, renderProblems(problems, MESSAGES));
  });
}

test("no golden file is without its case", () => {
  assertNoOrphans(
    FOLDER,
    BAD_FILES.map((one) => one.name),
  );
});

test("every text about the contents of a file is shown by a case", () => {
  const shown = new Set(
    BAD_FILES.flatMap(({ layer, text }) => problemsOf(layer, typeof text === "string" ? Buffer.from(text) : text).map((problem) => problem.key)),
  );
  // A boolean is in the reader for the groups to come; a limit is exceeded by a run; the last two come from the command line.
  const elsewhere = ["manifest.not-boolean", "manifest.beyond-limit", "manifest.id-empty", "manifest.filesystem-reset-granted"];
  const all = Object.keys(MANIFEST_MESSAGES).filter((key) => key.startsWith("manifest.") && !elsewhere.includes(key));
  assert.deepEqual(
    all.filter((key) => !shown.has(key)),
    [],
  );
  assert.deepEqual(
    [...shown].filter((key) => MANIFEST_MESSAGES[key] === undefined),
    [],
  );
});

test("options with values that cannot be", () => {
  const lines = BAD_OPTIONS.map((word) => {
    const [flag = "", ...rest] = word.split("=");
    const parsed = must(findOption(flag)).parse(rest.join("="), "command-line");
    return `$ ${renderOutsideText(word)}\n${renderProblems(parsed.ok ? parsed.notices : parsed.problems, MESSAGES)}`;
  });
  assertGolden("messages/option", "options", lines.join(""));
  assertNoOrphans("messages/option", ["options"]);
});
