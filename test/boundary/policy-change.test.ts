// The policy of a running instance is replaced: names come and go for the program without a restart, also when the bus process is killed in between;
// and what the user says by `tsbox override` counts there at once.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { before, it } from "node:test";
import type { BusRequest } from "../../dbus-proxy/control.ts";
import { connectBus } from "../../dbus-proxy/launch.ts";
import type { ProxyPolicy } from "../../dbus-proxy/policy/policy.ts";
import { loadAddon } from "../../native/addon.ts";
import { openFrameStream } from "../../native/frame-stream.ts";
import { BusFrame } from "../../native/frames.ts";
import { allAccounts } from "../support/account.ts";
import { startBus, startService } from "../support/bus.ts";
import { inEachSession, inSessionOf } from "../support/cases.ts";
import { waitFor, killHard } from "../support/process.ts";
import { type App, findTsbox, makeApp } from "../support/sandbox.ts";
import { backgroundProcesses, killBroker } from "../support/session.ts";

const NAME = "org.example.Late";
/** Says what becomes of the name, and of calls for it, whenever that changes. */
const CLIENT = [
  "from gi.repository import Gio, GLib",
  "import sys",
  "bus = Gio.bus_get_sync(Gio.BusType.SESSION)",
  "say = lambda *words: print(*words, flush=True)",
  `Gio.bus_watch_name_on_connection(bus, '${NAME}', 0, lambda *_: say('appeared'), lambda *_: say('vanished'))`,
  "last = [None]",
  "def call():",
  `    try: now = bus.call_sync('${NAME}', '/test', 'org.example.Test', 'Echo', GLib.Variant('(s)', ('x',)), None, 0, 2000, None) and 'answered'`,
  "    except GLib.Error as error: now = Gio.dbus_error_get_remote_error(error).split('.')[-1]",
  "    if now != last[0]: say(now)",
  "    last[0] = now",
  "    return True",
  "GLib.timeout_add(50, call)",
  "GLib.MainLoop().run()",
].join("\n");

// The tests play the broker, which the bus process believes only where it is of its own user.
const account = allAccounts().find(({ uid }) => uid === process.getuid?.());
if (account === undefined) throw new Error("nobody runs the tests");

inSessionOf(account, "another policy", (session) => {
  let app: App;
  const addon = loadAddon(resolve("build/tsbox.node"));
  const set = async (instance: string, level: "talk" | "none"): Promise<void> => {
    const fd = await connectBus({ addon, runtimeDirectory: session().runtimeDirectory, build: resolve("build") });
    const names = level === "none" ? [] : [{ name: NAME, level, because: "granted" } as const];
    const policy: ProxyPolicy = { filter: true, sloppyNames: false, names, calls: [], broadcasts: [], hidden: [] };
    const request: BusRequest = { type: "policy", instance, bus: "session", policy };
    const stream = openFrameStream(addon, fd, { frame: () => {}, end: () => {} });
    stream.send(BusFrame.MESSAGE, Buffer.from(JSON.stringify(request)));
    await new Promise((done) => setTimeout(done, 200));
    stream.close();
  };
  before(async () => {
    await startBus(session());
    await startService(session(), NAME);
    app = await makeApp(session(), "org.example.Changing", "command=python3\n");
  });

  it("shows and hides a name while the program runs, and outlives the bus process", async () => {
    const program = app.start(["-c", CLIENT]);
    const lines = (): string[] => program.stdout().trimEnd().split("\n");
    const said = (count: number, ...words: string[]) =>
      waitFor(words.join(" and "), () => words.every((word) => lines().filter((line) => line === word).length >= count));
    await said(1, "vanished", "ServiceUnknown");
    const instance =
      (await session().run([resolve("build/tsbox"), "ps", "--columns=instance,application"])).stdout.match(/^(\d+)\s+org\.example\.Changing/m)?.[1] ?? "";
    assert.ok(!lines().includes("appeared"), program.stderr());
    await set(instance, "talk");
    await said(1, "appeared", "answered");
    const killed = backgroundProcesses(session().runtimeDirectory).filter(({ argv }) => argv.some((word) => word.endsWith("bus.cjs")));
    for (const { pid } of killed) killHard(pid);
    assert.equal(killed.length, 1);
    // Still answered: the next bus process has the policy from the connector.
    const before = lines().length;
    await new Promise((done) => setTimeout(done, 1500));
    assert.deepEqual(lines().slice(before), [], program.stderr());
    await set(instance, "none");
    await said(2, "vanished");
    await said(2, "ServiceUnknown");
    program.kill("SIGTERM");
    await program.ended;
  });
});

inEachSession("an override of an app that runs", (session) => {
  let tsbox: string;
  let app: App;
  before(async () => {
    await startBus(session());
    await startService(session(), NAME);
    tsbox = await findTsbox(session());
    app = await makeApp(session(), "org.example.Running", "command=python3\n");
  });
  const override = (...words: string[]) => session().run([tsbox, "override", ...words, app.id]);

  it("counts for its buses at once, and takes back what was given", async () => {
    const program = app.start(["-c", CLIENT]);
    const said = (count: number, ...words: string[]) =>
      waitFor(words.join(" and "), () =>
        words.every(
          (word) =>
            program
              .stdout()
              .split("\n")
              .filter((line) => line === word).length >= count,
        ),
      );
    await said(1, "vanished", "ServiceUnknown");
    const given = await override(`--talk-name=${NAME}`);
    assert.equal(given.status, 0, given.stderr);
    assert.match(given.stdout, /^org\.example\.Running \d+: in force at once where it runs: session$/m);
    await said(1, "appeared", "answered");
    const taken = await override(`--no-talk-name=${NAME}`);
    assert.match(taken.stdout, /: session$/m, taken.stderr);
    await said(2, "vanished", "ServiceUnknown");
    const again = await override("--undo");
    assert.match(again.stdout, /: session$/m, again.stderr);
    await said(2, "appeared", "answered");
    // A change that is none of the buses' leaves them as they are.
    const reloaded = await session().run([tsbox, "reload", app.id]);
    assert.match(reloaded.stdout, /^org\.example\.Running \d+: its buses say so already$/m, reloaded.stderr);
    assert.doesNotMatch((await override("--filesystem=xdg-music:ro")).stdout, /in force at once/);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("never reads a manifest again that was named by its path: the app may have written it meanwhile", async () => {
    const manifest = "[Application]\nname=org.example.ByPath\ncommand=python3\n";
    const file = session().write("granted/org.example.ByPath.ini", manifest);
    const program = session().start([tsbox, "run", file, "-c", CLIENT]);
    await waitFor("the program", () => program.stdout().includes("ServiceUnknown"));
    session().write("granted/org.example.ByPath.ini", `${manifest}[Session Bus Policy]\n${NAME}=talk\n`);
    const reloaded = await session().run([tsbox, "reload", "org.example.ByPath"]);
    assert.deepEqual([reloaded.status, reloaded.stdout], [1, ""]);
    assert.match(reloaded.stderr, /was started by its path and keeps what it has on its buses/);
    assert.doesNotMatch(program.stdout(), /appeared|answered/);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("says where it cannot count at once: the broker that started the app is gone", async () => {
    const program = app.start(["-c", CLIENT]);
    await waitFor("the program", () => program.stdout() !== "");
    killBroker(session());
    const taken = await override("--reset");
    assert.equal(taken.status, 0, taken.stderr);
    assert.match(taken.stderr, /keeps what it has on its buses: the broker that started it is gone/);
    const reloaded = await session().run([tsbox, "reload", "--json", app.id]);
    assert.equal(reloaded.status, 1);
    assert.deepEqual(
      (JSON.parse(reloaded.stdout) as { kept: boolean; changed: string[] }[]).map(({ kept, changed }) => ({ kept, changed })),
      [{ kept: true, changed: [] }],
    );
    program.kill("SIGTERM");
    await program.ended;
    assert.match((await session().run([tsbox, "reload", "org.example.Absent"])).stderr, /`org\.example\.Absent` is not running/);
  });
});
