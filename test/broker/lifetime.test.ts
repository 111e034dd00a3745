// Who lives as long as whom: front, broker, bus process and instance, with the built programs, as an ordinary user.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor, killHard } from "../support/process.ts";
import { type App, copyBuild, makeApp } from "../support/sandbox.ts";
import { backgroundProcesses, type Session } from "../support/session.ts";

function processes(session: Session, bundle: string): readonly number[] {
  return backgroundProcesses(session.runtimeDirectory)
    .filter(({ argv }) => argv.some((word) => word.endsWith(`/${bundle}`)))
    .map(({ pid }) => pid);
}

function instances(session: Session): readonly string[] {
  const folder = join(session.runtimeDirectory, ".flatpak");
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9]+$/.test(name)) : [];
}

async function startWaiting(app: App): Promise<Running> {
  const child = app.start(["-c", "echo on; read line; exit 6"], { input: "pipe" });
  await waitFor("the app", () => child.stdout().includes("on"));
  return child;
}

inOrdinarySession("front, broker and instance", (session) => {
  let app: App;
  let tsbox = "";
  const tell = (...argv: string[]) => session().run([tsbox, ...argv]);
  before(async () => {
    tsbox = copyBuild(join(session().scratch, "build"));
    app = await makeApp(session(), "org.example.Waits", "command=sh\n");
    session().write(".config/tsbox/config.ini", "[Broker]\nidle-seconds=1\n");
  });

  it("starts one broker for twenty starts at once, and leaves nothing but it", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => app.run(["-c", `exit ${index + 1}`], { limit: 60_000 })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map((_, index) => index + 1),
    );
    assert.equal(processes(session(), "broker.cjs").length, 1);
    await waitFor("all instances to go", () => instances(session()).length === 0);
  });

  it("leaves after its idle time, as the settings file says, with its socket", async () => {
    await waitFor("the broker to leave", () => processes(session(), "broker.cjs").length === 0, 10_000);
    assert.ok(!existsSync(join(session().runtimeDirectory, "tsbox/broker-1")));
  });

  it("stays as long as an instance lives, and removes the instance with its end", async () => {
    const child = await startWaiting(app);
    await new Promise((done) => setTimeout(done, 2500));
    assert.equal(processes(session(), "broker.cjs").length, 1);
    assert.equal(instances(session()).length, 1);
    child.write("go\n");
    assert.equal((await child.ended).status, 6);
    await waitFor("the instance to go", () => instances(session()).length === 0);
  });

  it("lists and ends what runs, with a broker and without one", async () => {
    for (const withBroker of [true, false]) {
      const child = await startWaiting(app);
      if (!withBroker) for (const pid of processes(session(), "broker.cjs")) killHard(pid);
      const [id = ""] = instances(session());
      const listed = await tell("ps", "--columns=instance,application,pid");
      assert.equal(listed.stdout, `${id}\torg.example.Waits\t${child.pid}\n`);
      assert.equal((JSON.parse((await tell("ps", "--json")).stdout) as unknown[]).length, 1);
      assert.equal((await tell("kill", "org.example.Waits")).status, 0);
      assert.equal((await child.ended).status, 137);
      if (withBroker) await waitFor("it to be known as ended", async () => (await tell("kill", id)).status === 1);
    }
  });

  it("finds the instances of a broker that was killed, and cleans up after them and after those that ended meanwhile", async () => {
    const first = await startWaiting(app);
    const second = await startWaiting(app);
    for (const pid of processes(session(), "broker.cjs")) killHard(pid);
    second.kill("SIGKILL");
    await second.ended;
    assert.equal((await app.run(["-c", "exit 0"])).status, 0);
    await waitFor("only the living one to stay", () => instances(session()).length === 1);
    first.write("go\n");
    assert.equal((await first.ended).status, 6);
    await waitFor("it to go too", () => instances(session()).length === 0);
  });

  it("ends the app with its front", async () => {
    const child = await startWaiting(app);
    const [id = ""] = instances(session());
    const inside = Number(/"child-pid": ([0-9]+)/.exec(readFileSync(join(session().runtimeDirectory, ".flatpak", id, "bwrapinfo.json"), "utf8"))?.[1]);
    assert.ok(existsSync(`/proc/${inside}/status`));
    child.kill("SIGKILL");
    await waitFor("the instance to go", () => instances(session()).length === 0);
    await waitFor("its first process to end", () => !existsSync(`/proc/${inside}/status`) || /State:\s+Z/.test(readFileSync(`/proc/${inside}/status`, "utf8")));
  });

  it("leaves nothing behind where the program cannot be executed", async () => {
    const missing = await app.run([], { options: ["--command=no-such-program"] });
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /^tsbox: `no-such-program` was not found in the sandbox\n/);
    assert.equal((await app.run([], { options: ["--command=/etc/passwd"] })).status, 126);
    await waitFor("the instances to go", () => readdirSync(join(session().runtimeDirectory, ".flatpak")).length === 0);
  });

  it("starts no app with a bus where the bus process cannot be started, and says why", async () => {
    // The broker until now belongs to another copy of the program.
    await waitFor("that one to leave", () => processes(session(), "broker.cjs").length === 0, 10_000);
    await startBus(session());
    const bundle = join(dirname(tsbox), "bus.cjs");
    const kept = readFileSync(bundle);
    rmSync(bundle);
    const talking = await makeApp(session(), "org.example.Talks", "command=true\n[Session Bus Policy]\norg.example.Other=talk\n");
    const outcome = await session().run([tsbox, "run", "org.example.Talks"], { limit: 60_000 });
    assert.equal(outcome.status, 125);
    assert.match(outcome.stderr, /^tsbox: the bus process could not be started: /);
    assert.equal((await talking.run([], { options: ["--no-session-bus"] })).status, 0);
    session().write(bundle, kept);
    assert.equal((await session().run([tsbox, "run", "org.example.Talks"])).status, 0);
    assert.equal(processes(session(), "bus.cjs").length, 1);
    await waitFor("the instances to go", () => instances(session()).length === 0);
  });

  it("leaves with the bus process when nothing is left to do", async () => {
    await waitFor("both to leave", () => backgroundProcesses(session().runtimeDirectory).length === 0, 20_000);
  });
});
