// The manifest that the README explains line by line is one: it parses, and nothing in it is passed over.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { parseManifest } from "../../launcher/manifest/parse-manifest.ts";

it("the README's manifest parses without a word", () => {
  const text = /```ini\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  const file = "/m/org.example.Editor.ini";
  const manifest = parseManifest({ file, bytes: new TextEncoder().encode(text), from: "tsbox", expectedId: "org.example.Editor", programFolder: null });
  assert.ok(manifest.ok);
  assert.deepEqual(manifest.notices, []);
  assert.equal(manifest.value.id, "org.example.Editor");
});
