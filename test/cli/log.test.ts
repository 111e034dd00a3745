// `tsbox log`: one event begins one line; what has several lines of its own, as a failed start, goes on indented, and nothing of it is obeyed by a terminal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { logCommand } from "../../launcher/cli/log.ts";
import { withLookingHome } from "./looking-run.ts";

test("a failed start is told with the lines that it had", async () => {
  await withLookingHome(logCommand, async (home) => {
    const text = "tsbox: DISPLAY is not set\nhint: set it\u001b[2J\n2026-11-28 12:00:00 org.example.Other was not started\n";
    const event = { at: "2026-11-28T12:00:00.000Z", event: "start-failed", app: "org.example.App", text };
    home.write(".local/state/tsbox/events", `${JSON.stringify(event)}\n`);
    const told = (await home.run()).output.split("\n");
    assert.match(told[0] ?? "", /^2026-11-2\d \d\d:\d\d:\d\d org\.example\.App was not started: tsbox: DISPLAY is not set$/);
    assert.deepEqual(told.slice(1), ["  hint: set it\\x1b[2J", "  2026-11-28 12:00:00 org.example.Other was not started", ""]);
    assert.equal(JSON.parse((await home.run("--json")).output).text, text);
  });
});
