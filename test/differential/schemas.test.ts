// The shipped schemas before a validator of others (python3-jsonschema): they are schemas of their dialect, and it judges manifests as our tests' own validator does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { allCommands } from "../../launcher/cli/commands.ts";
import { MANIFEST_JSON } from "../../launcher/cli/manifest-shape.ts";
import { renderSchemas } from "../../launcher/cli/pages/schemas.ts";
import { keyfileAsJson, parseKeyfileText } from "../../launcher/manifest/door.ts";
import { faultsOf } from "../support/json-schema.ts";

const JUDGE = `import json, sys
from jsonschema import Draft202012Validator as V
asked = json.load(sys.stdin)
for schema in asked["schemas"]: V.check_schema(schema)
judge = V(asked["manifest"])
print(json.dumps([judge.is_valid(value) for value in asked["values"]]))`;

const APPS = "test/fixtures/corpus/apps";
const MISSPELT = ["[Context]\nsockets=waylnd;\n", "[X-Tsbox]\nnestd=none\n", "[X-Tsbox Audoi]\nplayback=true\n", "[Session Bus Policy]\na.b=speak\n"];

test("another validator takes the schemas, and judges manifests as ours", () => {
  const texts = [...readdirSync(APPS).map((app) => readFileSync(`${APPS}/${app}/metadata`, "utf8")), ...MISSPELT];
  const values = texts.map((text) => {
    const keyfile = parseKeyfileText("/m", text);
    assert.ok(keyfile.ok);
    return keyfileAsJson(keyfile.value);
  });
  const schemas = [...renderSchemas(allCommands(() => "")).values()].map((text) => JSON.parse(text) as unknown);
  const input = JSON.stringify({ schemas, manifest: MANIFEST_JSON.schema, values });
  const ran = spawnSync("/usr/bin/python3", ["-I", "-c", JUDGE], { input, encoding: "utf8", timeout: 60_000 });
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(
    JSON.parse(ran.stdout),
    values.map((value) => faultsOf(MANIFEST_JSON.schema, value).length === 0),
  );
});
