// What `info --show-permissions` prints, where Flatpak has no word for it (its own words are compared with its own print in test/differential).
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKeyfileText } from "../../launcher/manifest/keyfile.ts";
import { mergeLayers } from "../../launcher/manifest/layers.ts";
import { parseLayer } from "../../launcher/manifest/parse-layer.ts";
import { renderPermissionsKeyfile } from "../../launcher/manifest/show-permissions.ts";
import { mustSucceed } from "../export/must-succeed.ts";

const TEXT = `[Context]
sockets=pulseaudio;

[USB Devices]
enumerable-devices=vnd:0fd9;
hidden-devices=cls:09:*;

[X-Tsbox]
nested=isolate
live=none

[X-Tsbox Audio]
microphone=true

[X-Tsbox Accept]
lower=backend-bwrap;
`;

test("permissions that only tsbox or newer releases know are printed once each, and read back the same", () => {
  const read = (text: string): string =>
    renderPermissionsKeyfile(mergeLayers([mustSucceed(parseLayer(mustSucceed(parseKeyfileText("/x", text)), "user-app"))]).permissions);
  assert.equal(read(TEXT), TEXT);
  assert.equal(read(read(TEXT)), TEXT);
});

test("what a policy of another program's denies is not printed, as with the other denials", () => {
  const layer = mustSucceed(parseLayer(mustSucceed(parseKeyfileText("/x", "[Policy Sub]\na=x;!y;\nb=!z;\n")), "user-app"));
  assert.equal(renderPermissionsKeyfile(mergeLayers([layer]).permissions), "[Policy Sub]\na=x;\n");
});
