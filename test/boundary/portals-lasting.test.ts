// Portals through the death of the broker and of the bus process, through thousands of requests, and against what an app may try.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { backgroundProcesses, type Session } from "../support/session.ts";
import { openDescriptors } from "../support/descriptors.ts";

const PROGRAM = resolve("test/fixtures/programs/portal_hostile.py");
const processOf = (session: Session, bundle: string): number | undefined =>
  backgroundProcesses(session.runtimeDirectory).find(({ argv }) => argv.some((word) => word.endsWith(bundle)))?.pid;
const memoryOf = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return [...text.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
};

inOrdinarySession("portals that last", (session) => {
  let app: App;
  const run = (what: string, limit = 60_000) => app.run([what], { limit });
  before(async () => {
    await startBareBus(session());
    app = await makeApp(session(), "org.example.Lasting", "command=portal_hostile.py\n[Context]\nshared=network;\n", [PROGRAM]);
  });

  it("a killed broker: what waits hears of it, the program goes on, and the next broker serves it", async () => {
    const running = app.start(["outlive"], { limit: 60_000, input: "pipe" });
    await waitFor("the session", () => running.stdout().includes("session"));
    process.kill(processOf(session(), "broker.cjs") as number, "SIGKILL");
    await waitFor("the loss", () => running.stdout().includes("lost"));
    running.write("call\n");
    await waitFor("an error", () => running.stdout().includes("error"));
    assert.match(running.stdout(), /error org\.freedesktop\.DBus\.Error\.(ServiceUnknown|NoReply)/);
    // Any other start brings a broker.
    assert.equal((await run("call")).status, 0);
    await waitFor("the new owner", () => running.stdout().includes("found"));
    running.write("call\n");
    await waitFor("an answer", () => running.stdout().includes("answered"));
    running.write("end\n");
    assert.equal((await running.ended).status, 0);
  });

  it("a killed bus process: portals go on under the same name, and a session stays", async () => {
    const running = app.start(["outlive"], { limit: 60_000, input: "pipe" });
    await waitFor("the session", () => running.stdout().includes("session"));
    process.kill(processOf(session(), "bus.cjs") as number, "SIGKILL");
    running.write("call\n");
    await waitFor("an answer", () => running.stdout().includes("answered"));
    running.write("close\n");
    await waitFor("the session's end", () => running.stdout().includes("closed"));
    assert.doesNotMatch(running.stdout(), /lost/);
    running.write("end\n");
    assert.equal((await running.ended).status, 0);
  });

  it("a thousand requests and a hundred sessions leave nothing behind", async () => {
    const keeper = app.start(["outlive"], { limit: 120_000, input: "pipe" });
    await waitFor("the keeper", () => keeper.stdout().includes("session"));
    const broker = processOf(session(), "broker.cjs") as number;
    const bus = processOf(session(), "bus.cjs") as number;
    assert.match((await run("many")).stdout, /1000 requests 100 sessions/);
    const before = { broker: openDescriptors(broker), bus: openDescriptors(bus), memory: memoryOf(broker) + memoryOf(bus) };
    for (let round = 0; round < 2; round++) assert.match((await run("many")).stdout, /1000 requests 100 sessions/);
    await waitFor("descriptors to be closed", () => openDescriptors(broker) <= before.broker && openDescriptors(bus) <= before.bus);
    assert.ok(memoryOf(broker) + memoryOf(bus) < before.memory + 16 * 1024, `${before.memory} kB became ${memoryOf(broker) + memoryOf(bus)} kB`);
    keeper.write("end\n");
    await keeper.ended;
  });

  it("foreign and forged handles, odd tokens, long texts and floods are refused, and others are served meanwhile", async () => {
    const hostile = await run("hostile");
    assert.equal(hostile.status, 0, hostile.stdout + hostile.stderr);
    const lines = new Map(
      hostile.stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(": ") as [string, string]),
    );
    assert.equal(lines.get("foreign request"), "org.freedesktop.DBus.Error.AccessDenied");
    assert.equal(lines.get("foreign session"), "org.freedesktop.DBus.Error.AccessDenied");
    assert.equal(lines.get("forged handle"), "org.freedesktop.DBus.Error.UnknownObject");
    assert.equal(lines.get("session of another portal"), "org.freedesktop.portal.Error.NotFound");
    assert.equal(lines.get("odd token"), "org.freedesktop.portal.Error.InvalidArgument");
    assert.equal(lines.get("long text"), "org.freedesktop.DBus.Error.LimitsExceeded");
    assert.equal(lines.get("too many sessions"), "org.freedesktop.DBus.Error.LimitsExceeded");
    assert.equal(lines.get("wrong types"), "org.freedesktop.DBus.Error.InvalidArgs");
    assert.equal(lines.get("set a property"), "org.freedesktop.DBus.Error.PropertyReadOnly");
    assert.equal(lines.get("forged sender"), "not delivered");
    assert.equal((await run("call")).status, 0);
  });

  it("texts and messages that say they are gigabytes long end their connection, and cost nobody memory", async () => {
    const keeper = app.start(["outlive"], { limit: 60_000, input: "pipe" });
    await waitFor("the keeper", () => keeper.stdout().includes("session"));
    const pids = ["broker.cjs", "bus.cjs"].map((bundle) => processOf(session(), bundle) as number);
    const used = (): number => pids.reduce((sum, pid) => sum + memoryOf(pid), 0);
    const before = used();
    const lies = await run("lies");
    assert.deepEqual(
      lies.stdout.trimEnd().split("\n"),
      ["an honest message: answered", ...["a body of 4 GiB", "a body of 1 GiB", "a string of 4 GiB", "a string of 2 GiB"].map((name) => `${name}: closed`)],
      lies.stderr,
    );
    assert.deepEqual(
      ["broker.cjs", "bus.cjs"].map((bundle) => processOf(session(), bundle)),
      pids,
    );
    assert.ok(used() < before + 64 * 1024, `${before} kB became ${used()} kB`);
    keeper.write("close\n");
    await waitFor("the session's end", () => keeper.stdout().includes("closed"));
    keeper.write("end\n");
    await keeper.ended;
  });

  it("a thousand file dialogs at once are one window at a time and a few in all, and everyone gets an answer", async () => {
    const asked = session().write("asked", "");
    const answer = session().path("answer");
    session().write("bin/zenity", `#!/bin/sh\necho begin >> ${asked}\nuntil [ -e ${answer} ]; do sleep 0.05; done\necho end >> ${asked}\nexit 1\n`, 0o755);
    const running = app.start(["dialogs"], { environment: { PATH: `${session().path("bin")}:/usr/bin:/bin`, DISPLAY: ":9" }, limit: 90_000 });
    // While the first one is open.
    await waitFor("all but a few to be refused", () => running.stdout().includes("flooded"), 60_000);
    assert.equal(session().read(asked), "begin\n");
    session().write(answer, "");
    const flood = await running.ended;
    const counts = [...flood.stdout.matchAll(/'([^']+)': (\d+)/g)].map(([, what, count]) => [what, Number(count)] as const);
    assert.equal(
      counts.reduce((sum, [, count]) => sum + count, 0),
      1000,
      flood.stdout + flood.stderr,
    );
    assert.equal(new Map(counts).get("response 0"), undefined);
    const lines = session().read(asked).trimEnd().split("\n");
    assert.deepEqual(
      lines,
      Array.from(lines, (_, at) => (at % 2 === 0 ? "begin" : "end")),
    );
    assert.ok(lines.length / 2 <= 10, `${lines.length / 2} dialogs`);
  });

  it("another app's request cannot be closed", async () => {
    const other = await makeApp(session(), "org.example.LastingOther", "command=portal_hostile.py\n", [PROGRAM]);
    const running = app.start(["outlive"], { limit: 60_000, input: "pipe" });
    const path = (await waitFor("the session", () => /session (\S+)/.exec(running.stdout())))[1] as string;
    assert.match((await other.run(["close-path", path])).stdout, /UnknownObject/);
    running.write("close\n");
    await waitFor("its own end", () => running.stdout().includes("closed"));
    running.write("end\n");
    await running.ended;
  });
});
