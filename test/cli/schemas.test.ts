// The schemas that are shipped: of manifests as JSON, and of every `--json` output. What commands print is held to them wherever a test runs one (looking-run.ts).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { allCommands } from "../../launcher/cli/commands.ts";
import { MANIFEST_JSON } from "../../launcher/cli/manifest-shape.ts";
import { renderManifestPage } from "../../launcher/cli/pages/manifest-page.ts";
import { renderSchemas } from "../../launcher/cli/pages/schemas.ts";
import { KEY_MEANINGS, keyfileAsJson, parseKeyfileText } from "../../launcher/manifest/door.ts";
import { assertGolden } from "../support/golden.ts";
import { faultsOf } from "../support/json-schema.ts";

const CORPUS = "test/fixtures/corpus";
const commands = allCommands(() => "");

function manifestFaults(text: string): readonly string[] {
  const keyfile = parseKeyfileText("/m.ini", text);
  assert.ok(keyfile.ok, text);
  return faultsOf(MANIFEST_JSON.schema, keyfileAsJson(keyfile.value));
}

test("every command that prints JSON says in which shape", () => {
  for (const command of commands) {
    const prints = command.options.some(({ flags }) => /--json\b|--dry-run/.test(flags));
    assert.equal(Object.keys(command.json ?? {}).length > 0, prints, command.name);
  }
  const names = commands.flatMap(({ json }) => Object.keys(json ?? {}));
  assert.equal(new Set(names).size, names.length, "no name twice");
  assert.equal(renderSchemas(commands).size, names.length);
});

test("every manifest of the corpus and of the catalogue fits the schema", () => {
  const files = [
    ...["apps", "history"].flatMap((folder) => readdirSync(`${CORPUS}/${folder}`).map((app) => `${CORPUS}/${folder}/${app}/metadata`)),
    ...readdirSync(`${CORPUS}/newer-syntax`).map((name) => `${CORPUS}/newer-syntax/${name}`),
    ...readdirSync("manifests")
      .filter((name) => name.endsWith(".ini"))
      .map((name) => `manifests/${name}`),
  ];
  assert.ok(files.length > 170);
  for (const file of files) assert.deepEqual(manifestFaults(readFileSync(file, "utf8")), [], file);
});

test("what the reader refuses or passes over does not fit the schema", () => {
  const wrong = [
    "[Context]\nsockets=waylnd;\n",
    "[Context]\nfilesystems=xdg-documnets;\n",
    "[Session Bus Policy]\norg.example.A=speak\n",
    "[X-Tsbox]\nnestd=none\n",
    "[X-Tsbox]\nnested=som\n",
    "[X-Tsbox Audoi]\nplayback=true\n",
    "[X-Tsbox Audio]\nplayback=yes\n",
    "[X-Tsbox Devices]\nallow=camrea;\n",
  ];
  for (const text of wrong) assert.notDeepEqual(manifestFaults(text), [], text);
  const right = [
    "[Context]\nsockets=!x11;if:wayland:!has-wayland;\nfilesystems=!host:reset;!~/a;/b:ro;xdg-run/c;home:create;\n",
    "[X-Tsbox Devices]\nallow=!usb:1050:0407;camera;\n",
    "[Anybody Else]\nkey=value\n",
  ];
  for (const text of right) assert.deepEqual(manifestFaults(text), [], text);
});

test("manifest(5) has every key that is read, and reads as it should", () => {
  const page = renderManifestPage("0");
  for (const { group, key } of KEY_MEANINGS) {
    assert.ok(page.includes(`.SH [${group.replace(/\*$/, "NAME").replaceAll("-", "\\-")}]\n`), group);
    if (key !== null) assert.ok(page.includes(`\\fB${key.replaceAll("-", "\\-")}\\fR=`), `${group} ${key}`);
  }
  assertGolden("pages", "tsbox-manifest.5", page);
});
