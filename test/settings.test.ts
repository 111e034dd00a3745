import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MESSAGES } from "../launcher/messages/messages.ts";
import { renderProblems } from "../launcher/messages/render.ts";
import { DEFAULT_SETTINGS, interpretSettings, readSettings } from "../launcher/settings.ts";

test("no file is the default", async () => {
  assert.deepEqual(await readSettings("/nowhere/config.ini"), { settings: DEFAULT_SETTINGS, notices: [] });
});

test("a file is read with its groups", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbox-settings-"));
  const file = join(directory, "config.ini");
  writeFileSync(file, "; a comment\n[Broker]\nidle-seconds = 5\n[Log]\nlevel=debug\n");
  assert.deepEqual(await readSettings(file), { settings: { idleSeconds: 5, logLevel: "debug" }, notices: [] });
  rmSync(directory, { recursive: true });
});

test("what is not understood keeps the default and is told", () => {
  const { settings, notices } = interpretSettings({ Broker: { "idle-seconds": "soon" }, Log: { level: "loud" }, Nonsense: "x" }, "/c.ini");
  assert.deepEqual(settings, DEFAULT_SETTINGS);
  assert.deepEqual(
    notices.map(({ values }) => values["name"]),
    ["[Broker] idle-seconds", "[Log] level", "Nonsense"],
  );
  assert.match(renderProblems(notices, MESSAGES), /^tsbox: notice: \/c\.ini: `\[Broker\] idle-seconds=soon` is no setting of this tsbox\n/);
});
