// No hand-over: a name that the app may own and that a process outside has. The app does not start then; where the name is taken later, or could be started,
// nothing that the app says gets there. Its own instances speak to each other as before.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { type BusKind, busCall, startBus, startService } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor, killHard } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { serverScript } from "../support/server-script.ts";
import { backgroundProcesses, type Session } from "../support/session.ts";

const ID = "org.example.Client";
const POLICY = `command=gdbus
[Context]
[Session Bus Policy]
org.example.Mine=own
org.example.mine.*=own
org.vendor.*=own
org.example.Both=own
org.example.Both.*=talk
`;
const CLIENT = readFileSync("test/fixtures/servers/bus_client.py", "utf8");
const STARTED = "org.example.mine.Started";

for (const kind of ["dbus-daemon", "dbus-broker"] as const) {
  describe(`a name of the app on ${kind}`, () => {
    inOrdinarySession("in the hands of a process outside", (session) => defineTests(session, kind));
  });
}

/** Numbers of the instances that have a directory. */
function instancesOf({ runtimeDirectory }: Session): readonly string[] {
  const folder = `${runtimeDirectory}/.flatpak`;
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9]+$/.test(name)) : [];
}

/** Listens where a bus would, takes each connection, and says nothing. */
async function startMuteBus(session: Session): Promise<{ readonly running: Running; readonly address: string }> {
  const script = [
    "import os,socket,sys",
    "s=socket.socket(socket.AF_UNIX)",
    "if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])",
    "s.bind(sys.argv[1]); s.listen(); print('ready',flush=True); taken=[]",
    "while True: taken.append(s.accept()); print('asked',flush=True)",
  ].join("\n");
  const socket = `${session.runtimeDirectory}/mute`;
  const running = session.start(["/usr/bin/python3", "-c", script, socket], { limit: 60_000 });
  await waitFor("the mute bus", () => running.stdout().includes("ready"));
  return { running, address: `unix:path=${socket}` };
}

function defineTests(session: () => Session, kind: BusKind): void {
  let app: App;
  const call = (destination: string, text: string, path = "/test", method = "org.example.Test.Echo") =>
    app.run(["call", "--session", "--timeout=5", "--dest", destination, "--object-path", path, "--method", method, text]);
  const end = async (service: Running): Promise<void> => {
    service.kill("SIGTERM");
    await service.ended;
  };
  before(async () => {
    // Without it the bus looks in the home that the account's passwd entry names.
    session().environment["XDG_DATA_HOME"] = session().path(".local/share");
    const program = `/usr/bin/python3 ${serverScript(session(), "service.py")} ${STARTED}`;
    session().write(`.local/share/dbus-1/services/${STARTED}.service`, `[D-BUS Service]\nName=${STARTED}\nExec=${program}\n`);
    await startBus(session(), kind);
    app = await makeApp(session(), ID, POLICY);
  });

  it("stops the start, and says which name and which process", async () => {
    assert.equal((await app.run(["help"])).status, 0, "without anybody outside it starts");
    for (const name of [ID, `${ID}.Part`, "org.example.Mine", "org.example.mine.firefox.abc", `org.mpris.MediaPlayer2.${ID}`]) {
      const service = await startService(session(), name);
      const refused = await app.run(["help"]);
      assert.equal(refused.status, 125, name);
      assert.match(refused.stderr, new RegExp(`\`${name}\` belongs to \`python3\` \\(process \\d+\\), which runs outside this app's sandbox`));
      assert.equal((await app.run(["help"], { options: ["--no-session-bus"] })).status, 0, "without the bus there is nobody to hand over to");
      await end(service);
    }
  });

  it("does not start on a bus that does not say who owns what", async () => {
    const server = await startMuteBus(session());
    const refused = await app.run(["help"], { environment: { DBUS_SESSION_BUS_ADDRESS: server.address } });
    assert.equal(refused.status, 125);
    assert.equal(refused.stdout, "", "it did not run meanwhile");
    assert.match(refused.stderr, /does not say who owns which name/);
    assert.deepEqual(instancesOf(session()), []);
    await end(server.running);
  });

  it("does not start when the broker is killed while the bus is asked and the sandbox is built", async () => {
    const server = await startMuteBus(session());
    const start = app.start(["help"], { environment: { DBUS_SESSION_BUS_ADDRESS: server.address } });
    await waitFor("a front that builds", () => instancesOf(session()).length === 1 && server.running.stdout().includes("asked"));
    const [left = ""] = instancesOf(session());
    for (const { pid, argv } of backgroundProcesses(session().runtimeDirectory)) if (argv.some((word) => word.endsWith("broker.cjs"))) killHard(pid);
    const refused = await start.ended;
    assert.equal(refused.status, 125);
    assert.equal(refused.stdout, "");
    assert.match(refused.stderr, /broker/);
    await end(server.running);
    // What was left goes at a later start, once it is too old to be one that begins.
    await waitFor(
      "what was left to go",
      async () => {
        assert.equal((await app.run(["help"])).status, 0, "the next one starts");
        return !instancesOf(session()).includes(left);
      },
      60_000,
    );
  });

  it("does not stop it for a name of a whole vendor, or one that the manifest lets it call", async () => {
    const service = await startService(session(), "org.vendor.Other", "org.example.Both", "org.example.Else");
    assert.match((await call("org.example.Both", "may be called")).stdout, /may be called/);
    assert.match((await call("org.vendor.Other", "must-not-arrive")).stderr, /AccessDenied: `org\.vendor\.Other` belongs to a program outside this sandbox/);
    assert.ok(!service.stdout().includes("must-not-arrive"));
    await end(service);
  });

  it("is closed where the process takes the name after the start, by its unique name too", async () => {
    const script = `import dbus, sys
bus = dbus.SessionBus()
print("inside", flush=True)
sys.stdin.readline()
owner = bus.get_name_owner("org.example.Mine")
for name in ("org.example.Mine", owner):
    try:
        print(bus.call_blocking(name, "/test", "org.example.Test", "Echo", "s", ("must-not-arrive",)), flush=True)
    except dbus.DBusException as error:
        print(error.get_dbus_name(), flush=True)
bus.call_async(owner, "/test", "org.example.Test", "Echo", "s", ("must-not-arrive",), None, None)
bus.get_name_owner("org.example.Mine")
`;
    const inside = app.start(["-c", script], { options: ["--command=python3"], input: "pipe" });
    await waitFor("the program inside", () => inside.stdout().includes("inside"));
    const service = await startService(session(), "org.example.Mine");
    assert.match((await busCall(session(), "org.example.Mine", "/test", "org.example.Test.Echo", "outside")).stdout, /outside/);
    inside.write("go\n");
    const outcome = await inside.ended;
    const denied = "org.freedesktop.DBus.Error.AccessDenied";
    assert.deepEqual(outcome.stdout.trim().split("\n").slice(1), [denied, denied], outcome.stderr);
    assert.ok(!service.stdout().includes("must-not-arrive"));
    await end(service);
  });

  // The test's dbus-broker has no launcher, so it starts nothing for anybody.
  if (kind === "dbus-daemon")
    it("is started outside by nothing that the app says, though anybody else starts it", async () => {
      const start = ["call", "--session", "--timeout=5", "--dest", "org.freedesktop.DBus", "--object-path", "/", "--method"];
      assert.match((await app.run([...start, "org.freedesktop.DBus.StartServiceByName", STARTED, "0"])).stderr, /ServiceUnknown: this app may own/);
      assert.match((await call(STARTED, "must-not-arrive")).stderr, /ServiceUnknown|NameHasNoOwner/);
      const owned = async (): Promise<boolean> =>
        (await busCall(session(), "org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", STARTED)).stdout.includes("true");
      assert.ok(!(await owned()));
      assert.match((await busCall(session(), STARTED, "/test", "org.example.Test.Echo", "from outside")).stdout, /from outside/);
      assert.ok(await owned());
      const answer = await busCall(session(), "org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetConnectionUnixProcessID", STARTED);
      process.kill(Number(/uint32 (\d+)/.exec(answer.stdout)?.[1]), "SIGTERM");
      await waitFor("the started service to end", async () => !(await owned()));
    });

  it("is open between the app's own instances", async () => {
    const owner = app.start(["-c", CLIENT, "own", "org.example.Mine"], { options: ["--command=python3"] });
    await waitFor("the instance that owns the name", () => owner.stdout().includes("ready"));
    const answer = await call("org.example.Mine", "to myself");
    assert.match(answer.stdout, /inside: to myself/, answer.stderr);
    await end(owner);
  });
}
