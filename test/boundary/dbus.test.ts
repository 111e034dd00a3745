// The session bus through the filter, with the clients that people use, on both bus servers: what the manifest grants works, the rest answers as if it
// were not there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { type BusKind, busCall, startBus, startService } from "../support/bus.ts";
import { inOrdinarySession, inSessionOf } from "../support/cases.ts";
import { allAccounts } from "../support/account.ts";
import { type Running, waitFor } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { backgroundProcesses, type Session } from "../support/session.ts";

const ID = "org.example.Client";
const POLICY = `command=gdbus
[Context]
[Session Bus Policy]
org.example.Talk=talk
org.example.See=see
org.example.Wild.*=talk
org.example.Mine=own
`;
const CLIENT = readFileSync("test/fixtures/servers/bus_client.py", "utf8");
const MPRIS = `org.mpris.MediaPlayer2.${ID}`;

const kinds: readonly BusKind[] = ["dbus-daemon", "dbus-broker"];

for (const kind of kinds) {
  for (const account of allAccounts()) {
    describe(`through the filter on ${kind}`, () => {
      inSessionOf(account, "the session bus", (session) => defineTests(session, kind));
    });
  }
}

function defineTests(session: () => Session, kind: BusKind): void {
  let app: App;
  let service: Running;
  const call = (destination: string, method: string, ...parameters: string[]) =>
    app.run(["call", "--session", "--timeout=5", "--dest", destination, "--object-path", "/test", "--method", `org.example.Test.${method}`, ...parameters]);
  const ask = (method: string, ...parameters: string[]) =>
    app.run([
      "call",
      "--session",
      "--timeout=5",
      "--dest",
      "org.freedesktop.DBus",
      "--object-path",
      "/",
      "--method",
      `org.freedesktop.DBus.${method}`,
      ...parameters,
    ]);
  const python = (...argv: string[]) => app.run(["-c", CLIENT, ...argv], { options: ["--command=python3"] });
  before(async () => {
    await startBus(session(), kind);
    const names = ["org.example.Talk", "org.example.See", "org.example.Hidden", "org.example.Wild", "org.example.Wild.Sub.Deep"];
    service = await startService(session(), ...names);
    app = await makeApp(session(), ID, POLICY);
  });

  it("carries calls to a name with talk, and outside every name is there", async () => {
    for (const name of ["org.example.Talk", "org.example.Hidden", "org.example.See"]) {
      assert.match((await busCall(session(), name, "/test", "org.example.Test.Echo", "outside")).stdout, /outside/);
    }
    const result = await call("org.example.Talk", "Echo", "hello");
    assert.equal(result.stdout.trim(), "('hello',)", result.stderr);
  });

  it("answers for a name without a grant as if nobody owned it, and the call does not arrive", async () => {
    const result = await call("org.example.Hidden", "Echo", "must-not-arrive");
    assert.notEqual(result.status, 0);
    assert.match(result.stderr, /org\.freedesktop\.DBus\.Error\.ServiceUnknown/);
    assert.match((await ask("NameHasOwner", "org.example.Hidden")).stdout, /false/);
    assert.match((await ask("GetNameOwner", "org.example.Hidden")).stderr, /NameHasNoOwner/);
    assert.ok(!service.stdout().includes("must-not-arrive"));
  });

  it("shows a name with see, and refuses calls to it", async () => {
    assert.match((await ask("NameHasOwner", "org.example.See")).stdout, /true/);
    const result = await call("org.example.See", "Echo", "must-not-arrive");
    assert.match(result.stderr, /org\.freedesktop\.DBus\.Error\.AccessDenied/);
    assert.ok(!service.stdout().includes("must-not-arrive"));
  });

  it("takes a wildcard for the name and everything below", async () => {
    for (const name of ["org.example.Wild", "org.example.Wild.Sub.Deep"]) assert.match((await call(name, "Echo", "wild")).stdout, /wild/, name);
    assert.match((await call("org.example.WildElse", "Echo", "wild")).stderr, /ServiceUnknown/);
  });

  it("takes a grant away again where an override says none", async () => {
    const file = session().write(`.local/share/tsbox/overrides/${ID}`, "[Session Bus Policy]\norg.example.Talk=none\n");
    assert.match((await call("org.example.Talk", "Echo", "must-not-arrive")).stderr, /ServiceUnknown/);
    session().write(file, "");
    assert.match((await call("org.example.Talk", "Echo", "again")).stdout, /again/);
  });

  it("lists the names that are granted and no other", async () => {
    const listed = (await ask("ListNames")).stdout.split("'").filter((_, index) => index % 2 === 1);
    for (const name of ["org.freedesktop.DBus", "org.example.Talk", "org.example.See", "org.example.Wild"]) assert.ok(listed.includes(name), name);
    assert.deepEqual(
      listed.filter((name) => ["org.example.Hidden"].includes(name)),
      [],
    );
  });

  it("lets own what is granted: the name with own, the app's id, what is below it, and its player's name", async () => {
    for (const name of ["org.example.Mine", ID, `${ID}.Part`, MPRIS]) {
      const result = await ask("RequestName", name, "uint32 0");
      assert.match(result.stdout, /uint32 1/, `${name}: ${result.stderr}`);
    }
  });

  it("starts the app again right after its end, though the bus has not been told of that end", async () => {
    const owner = app.start(["-c", CLIENT, "own", "org.example.Mine"], { options: ["--command=python3"] });
    await waitFor("the name", () => owner.stdout().includes("ready") || owner.stderr().includes("Error"));
    const [bus] = backgroundProcesses(session().runtimeDirectory).filter(({ argv }) => argv.some((word) => word.endsWith("/bus.cjs")));
    assert.ok(bus !== undefined);
    // It has the connection that owns the name.
    process.kill(bus.pid, "SIGSTOP");
    const resumed = new Promise<void>((done) => setTimeout(() => done(void process.kill(bus.pid, "SIGCONT")), 400));
    owner.kill("SIGTERM");
    await owner.ended;
    const result = await ask("RequestName", "org.example.Mine", "uint32 0");
    await resumed;
    assert.match(result.stdout, /uint32 1/, result.stderr);
  });

  it("lets own nothing else", async () => {
    for (const name of ["org.example.Talk2", "org.example.Talk", "org.example.ClientElse", "org.mpris.MediaPlayer2.other", "org.freedesktop.Notifications"]) {
      const result = await ask("RequestName", name, "uint32 0");
      assert.notEqual(result.status, 0, name);
      assert.match(result.stderr, /ServiceUnknown|AccessDenied/, name);
    }
  });

  it("lets the outside call what the program owns", async () => {
    const owner = app.start(["-c", CLIENT, "own", "org.example.Mine"], { options: ["--command=python3"] });
    await waitFor("the name", () => owner.stdout().includes("ready") || owner.stderr().includes("Error"));
    assert.match((await busCall(session(), "org.example.Mine", "/test", "org.example.Test.Echo", "to you")).stdout, /inside: to you/, owner.stderr());
    owner.kill("SIGTERM");
    await owner.ended;
  });

  it("carries descriptors in both directions", async () => {
    assert.equal((await python("descriptor", "org.example.Talk")).stdout.trim(), "from outside");
    assert.equal((await python("take", "org.example.Talk")).stdout.trim(), "from inside");
  });

  it("carries a descriptor nowhere that a call may not go", async () => {
    const taken = (): number =>
      service
        .stdout()
        .split("\n")
        .filter((line) => line.startsWith("Take ")).length;
    const before = taken();
    const result = await python("take", "org.example.Hidden");
    assert.match(result.stderr, /ServiceUnknown/);
    assert.equal(taken(), before);
  });

  it("carries the service's own errors unchanged", async () => {
    assert.match((await call("org.example.Talk", "Fail")).stderr, /org\.example\.Test\.Error: as asked/);
    assert.match((await call("org.example.Talk", "NoSuchMethod")).stderr, /UnknownMethod/);
  });

  it("carries signals of a name with talk, and none of a hidden one", async () => {
    assert.equal((await python("signal", "org.example.Talk")).stdout.trim(), "signal hello");
    const watcher = app.start(["monitor", "--session", "--dest", "org.example.Hidden"], { limit: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await busCall(session(), "org.example.Hidden", "/test", "org.example.Test.Ping", "must-not-be-seen");
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok(!watcher.stdout().includes("must-not-be-seen"), watcher.stdout());
    watcher.kill("SIGTERM");
    await watcher.ended;
  });

  it("lets nobody listen to what is not for him", async () => {
    for (const rule of ["eavesdrop=true", "type='method_call',eavesdrop='true'"]) {
      assert.match((await ask("AddMatch", rule)).stderr, /AccessDenied/);
    }
    const monitor = await app.run([
      "call",
      "--session",
      "--timeout=5",
      "--dest",
      "org.freedesktop.DBus",
      "--object-path",
      "/",
      "--method",
      "org.freedesktop.DBus.Monitoring.BecomeMonitor",
      "@as []",
      "uint32 0",
    ]);
    assert.match(monitor.stderr, /AccessDenied/);
  });

  it("serves busctl", async () => {
    const busctl = (...argv: string[]) => app.run(["--user", "--timeout=5", ...argv], { options: ["--command=busctl"] });
    const good = await busctl("call", "org.example.Talk", "/test", "org.example.Test", "Echo", "s", "via busctl");
    assert.equal(good.stdout.trim(), 's "via busctl"', good.stderr);
    const bad = await busctl("call", "org.example.Hidden", "/test", "org.example.Test", "Echo", "s", "must-not-arrive");
    assert.notEqual(bad.status, 0);
    assert.ok(!service.stdout().includes("must-not-arrive"));
  });

  it("takes rules of the command line, and the whole bus where the manifest asks for it", async () => {
    const hidden = [
      "call",
      "--session",
      "--timeout=5",
      "--dest",
      "org.example.Hidden",
      "--object-path",
      "/test",
      "--method",
      "org.example.Test.Echo",
      "opened",
    ];
    assert.match((await app.run(hidden, { options: ["--talk-name=org.example.Hidden"] })).stdout, /opened/);
    assert.match((await app.run(hidden, { options: ["--socket=session-bus"] })).stdout, /opened/);
    const talk = ["call", "--session", "--timeout=5", "--dest", "org.example.Talk", "--object-path", "/test", "--method", "org.example.Test.Echo", "closed"];
    assert.match((await app.run(talk, { options: ["--no-talk-name=org.example.Talk"] })).stderr, /ServiceUnknown/);
  });
}

inOrdinarySession("without a session bus on the host", (session) => {
  it("a program starts, and its calls fail at once", async () => {
    const app = await makeApp(session(), ID, POLICY);
    assert.equal((await app.run(["-c", "exit 3"], { options: ["--command=sh"] })).status, 3);
    const result = await app.run(
      ["call", "--session", "--timeout=5", "--dest", "org.example.Talk", "--object-path", "/", "--method", "org.example.Test.Echo", "x"],
      { limit: 10_000 },
    );
    assert.notEqual(result.status, 0);
  });
});
