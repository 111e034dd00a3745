// `tsbox log`: one event begins one line; what has several lines of its own, as a failed start, goes on indented, and nothing of it is obeyed by a terminal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { logCommand } from "../../launcher/cli/log.ts";
import { whyCommand } from "../../launcher/cli/why.ts";
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

test("`why` speaks of the last run, and says so where the runs before were refused something", async () => {
  const at = "2026-11-28T12:00:00.000Z";
  const app = "org.example.App";
  const message = "org.example.Service org.example.Service.Do at /";
  const verdict = { at, event: "verdict", app, instance: "1", bus: "session", verdict: "deny", message, because: "no line allows it", count: 1 };
  const started = (instance: string): object => ({ at, event: "started", app, instance });
  await withLookingHome(whyCommand, async (home) => {
    home.write(`.local/share/tsbox/manifests/${app}.ini`, `[Application]\nname=${app}\ncommand=true\n`);
    home.write(".local/state/tsbox/events", [started("1"), verdict, started("2")].map((event) => `${JSON.stringify(event)}\n`).join(""));
    const lately = await home.run(app);
    assert.equal(lately.output, `nothing was refused to \`${app}\` in its last run; \`tsbox why --all ${app}\` has the runs before\n`);
    assert.match((await home.run("--all", app)).output, /org\.example\.Service\.Do at \/\n {2}no line allows it\n$/);
  });
});

test("`log` and `why` take a program's name as every command does, and say so where it means nobody, or several", async () => {
  const started = (app: string): string => `${JSON.stringify({ at: "2026-11-28T12:00:00.000Z", event: "started", app, instance: "1234567890" })}\n`;
  const manifest = (id: string, command: string): string => `[Application]\nname=${id}\ncommand=${command}\n`;
  await withLookingHome(
    logCommand,
    async (home) => {
      home.write(".local/state/tsbox/events", started("org.example.App") + started("org.example.Gone"));
      for (const [id, command] of [
        ["org.example.App", "editor"],
        ["org.example.One", "viewer"],
        ["org.example.Two", "viewer"],
      ] as const)
        home.write(`.local/share/tsbox/manifests/${id}.ini`, manifest(id, command));
      assert.match((await home.run("editor")).output, /^\S+ \S+ org\.example\.App 1234567890 started\n$/);
      assert.match((await home.run("org.example.Gone")).output, /org\.example\.Gone 1234567890 started/, "its manifest went, its events stay");
      assert.equal((await home.run("1234567890")).output.split("\n").length, 3);
      assert.match((await home.run("why", "editor")).output, /^nothing in the log was refused to `org\.example\.App`\n$/);
      assert.deepEqual(await home.run("org.example.One"), { status: 0, output: "", errors: "" });
      for (const command of ["log", "why"]) {
        assert.match((await home.run(command, "editr")).errors, /^tsbox: no manifest starts a program named `editr`/);
        assert.match((await home.run(command, "org.example.Nobody")).errors, /^tsbox: there is no manifest of `org\.example\.Nobody`/);
        const several = await home.run(command, "viewer");
        assert.deepEqual([several.status, several.errors.split("\n")[0]], [125, "tsbox: several manifests start `viewer`: org.example.One, org.example.Two"]);
      }
    },
    { others: [whyCommand] },
  );
});
