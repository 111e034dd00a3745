// The event log: what an app is refused is written where the user can read it, with the rule that would allow it; and no app can fill it.
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { before, it } from "node:test";
import { startBus, startService } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, findTsbox, makeApp } from "../support/sandbox.ts";

const ID = "org.example.Logged";

inOrdinarySession("the event log", (session) => {
  let app: App;
  let tsbox: string;
  const call = (name: string) => ["call", "--session", "--timeout=5", "--dest", name, "--object-path", "/test", "--method", "org.example.Test.Echo", "x"];
  const log = async (...words: string[]) =>
    (await session().run([tsbox, "log", "--json", ...words])).stdout
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Record<string, string>]));
  before(async () => {
    tsbox = await findTsbox(session());
    await startBus(session());
    await startService(session(), "org.example.Talk", "org.example.Hidden");
    app = await makeApp(session(), ID, "command=gdbus\n[Session Bus Policy]\norg.example.Talk=talk\n");
  });

  it("has what was allowed and what was refused, with the reason, and `why` names the rule that would allow it", async () => {
    assert.equal((await app.run(call("org.example.Talk"))).status, 0);
    assert.notEqual((await app.run(call("org.example.Hidden"))).status, 0);
    // At once: who asks gets all that happened so far.
    const refused = (await log(ID)).find(({ verdict, message }) => verdict === "hide" && message?.startsWith("org.example.Hidden "));
    assert.equal(refused?.["because"], "`org.example.Hidden` does not exist in this sandbox; `org.example.Hidden=talk` would allow it");
    const allowed = (await log(ID)).find(({ verdict, message }) => verdict === "allow" && message?.startsWith("org.example.Talk "));
    assert.match(allowed?.["because"] ?? "", /org\.example\.Logged\.ini:5: org\.example\.Talk=talk$/);
    assert.ok(!JSON.stringify(await log(ID)).includes('"x"'), "no argument is kept");
    const why = await session().run([tsbox, "why", ID]);
    assert.match(
      why.stdout,
      /session: org\.example\.Hidden org\.example\.Test\.Echo at \/test\n {2}`org\.example\.Hidden` does not exist in this sandbox; `org\.example\.Hidden=talk` would allow it/,
    );
    assert.equal((await session().run([tsbox, "log", "--refused", "org.example.Other"])).stdout, "");
    assert.equal(statSync(session().path(".local/state/tsbox/events")).mode & 0o777, 0o600);
  });

  it("tells of the last run alone, and of a start that failed", async () => {
    assert.equal((await app.run(call("org.example.Talk"))).status, 0);
    await waitFor("the end", async () => (await log(ID)).filter(({ event }) => event === "ended").length >= 3);
    assert.match(
      (await session().run([tsbox, "why", ID])).stdout,
      /^nothing was refused to `org\.example\.Logged` in its last run; `tsbox why --all org\.example\.Logged` has the runs before\n$/,
    );
    assert.match((await session().run([tsbox, "why", "--all", ID])).stdout, /org\.example\.Hidden=talk/);
    assert.equal((await app.run([], { options: ["--filesystem=/"] })).status, 125);
    assert.match((await session().run([tsbox, "why", ID])).stdout, /it was not started[\s\S]*cannot be given/);
  });

  it("a start that fails behind a desktop entry, where nobody takes notifications, opens a dialog, and `why` repeats it", async () => {
    const seen = session().path("dialog");
    const zenity = session().write("bin/zenity", `#!/bin/sh\nprintf '%s\\n' "$@" > ${seen}.new && mv ${seen}.new ${seen}\n`, 0o755);
    const environment = { DISPLAY: ":987", PATH: `${dirname(zenity)}:/usr/bin:/bin`, GIO_LAUNCHED_DESKTOP_FILE: "/a.desktop" };
    assert.equal((await app.run([], { options: ["--filesystem=/"], environment })).status, 125);
    await waitFor("the dialog", () => existsSync(seen));
    assert.match(readFileSync(seen, "utf8"), /^--error\n--no-markup\n--title=org\.example\.Logged was not started\n--text=.*cannot be given\n/);
    assert.match((await session().run([tsbox, "why", ID])).stdout, /it was not started[\s\S]*cannot be given/);
    rmSync(seen);
    assert.equal((await app.run([], { options: ["--filesystem=/"], environment: { ...environment, GIO_LAUNCHED_DESKTOP_FILE: "" } })).status, 125);
    assert.equal(existsSync(seen), false, "a script that reads its pipes is told there alone");
  });

  it("is followed while it grows", async () => {
    const follower = session().start([tsbox, "log", "-f", "--refused", ID]);
    await waitFor("the follower", () => follower.stdout().includes("org.example.Hidden"));
    const before = follower.stdout().length;
    await app.run(call("org.example.Absent"));
    await waitFor("the new line", () => follower.stdout().slice(before).includes("refused org.example.Absent"));
    follower.kill("SIGTERM");
    await follower.ended;
  });

  it("grows by no more than a thousand lines a second, however many different things an app is refused", async () => {
    const flood = [
      "import dbus",
      "bus = dbus.SessionBus()",
      "for index in range(20000):",
      "    message = dbus.lowlevel.MethodCallMessage('org.example.Hidden', '/test', 'org.example.Test', 'M%d' % index)",
      "    message.set_no_reply(True)",
      "    bus.send_message(message)",
      "bus.get_name_owner('org.freedesktop.DBus')",
    ].join("\n");
    const lines = (): number => readFileSync(session().path(".local/state/tsbox/events"), "utf8").split("\n").length;
    const before = lines();
    const started = Date.now();
    const result = await app.run(["-c", `import dbus.lowlevel\n${flood}`], { options: ["--command=python3"] });
    assert.equal(result.status, 0, result.stderr);
    const counted = async () =>
      (await log(ID)).filter(
        ({ verdict, message, because }) => verdict === "hide" && (/org\.example\.Test\.M\d/.test(message ?? "") || because === "too many different refusals"),
      );
    const sum = async () => (await counted()).reduce((all, { count }) => all + Number(count), 0);
    await waitFor("all refusals", async () => (await sum()) === 20_000, 10_000);
    const seconds = Math.ceil((Date.now() - started) / 1000);
    assert.ok(lines() - before <= 1010 * (seconds + 1), `${lines() - before} lines in ${seconds} s`);
  });
});
