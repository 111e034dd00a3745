// Named instances of one app, side by side: each has data, overrides and bus names of its own, and neither sees more of the other than two apps do.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { before, it } from "node:test";
import { busCall, startBus } from "../support/bus.ts";
import { assertOneOf, inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor, killHard } from "../support/process.ts";
import { type App, expectSuccess, makeApp, makeProbe } from "../support/sandbox.ts";
import { backgroundProcesses } from "../support/session.ts";

const ID = "org.example.Editor";
const BUS = "command=python3\n[Context]\nshared=network;\n[Session Bus Policy]\norg.vendor.editor.*=own\norg.mpris.MediaPlayer2.editor=own\n";

/** Owns the names of its program, answers `Echo` on them, takes a file's name over from a second start, and says what it sees. */
const PROGRAM = `
import dbus, dbus.service, json, os, socket, sys
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
heard = []
bus.add_signal_receiver(lambda name, old, new: heard.append([name, new != ""]), "NameOwnerChanged", "org.freedesktop.DBus", "org.freedesktop.DBus", arg0="${ID}")
bus.add_signal_receiver(lambda name: heard.append(["acquired", name]), "NameAcquired", "org.freedesktop.DBus", "org.freedesktop.DBus")
primary = bus.request_name("${ID}", 4) == 1
if not primary:
    read, write = os.pipe()
    os.write(write, b"what rides with it"); os.close(write)
    print("handed over:", bus.call_blocking("${ID}", "/test", "org.example.Test", "Open", "sh", (sys.argv[1], dbus.types.UnixFd(read))), flush=True)
    sys.exit(0)
class Test(dbus.service.Object):
    @dbus.service.method("org.example.Test", in_signature="s", out_signature="s")
    def Echo(self, text): return sys.argv[1] + " hears " + text
    @dbus.service.method("org.example.Test", in_signature="sh", out_signature="s")
    def Open(self, name, fd): return sys.argv[1] + " opens " + name + " with " + os.read(fd.take(), 100).decode()
Test(bus, "/test")
for name in ("org.vendor.editor.window", "org.mpris.MediaPlayer2.editor"): bus.request_name(name, 4)
a = socket.socket(socket.AF_UNIX); a.bind("\\0tsbox-named-" + sys.argv[1]); a.listen(1)
p = socket.socket(socket.AF_UNIX); p.bind(os.environ["XDG_RUNTIME_DIR"] + "/editor"); p.listen(1)
open(os.environ["XDG_DATA_HOME"] + "/diary", "w").write(sys.argv[1])
GLib.timeout_add(300, lambda: (print(json.dumps({
    "names": sorted(str(n) for n in bus.list_names() if not n.startswith(":") and n.startswith("org.")), "unique": bus.get_unique_name(), "heard": heard,
    "id": os.environ["FLATPAK_ID"], "owner": bus.get_name_owner("${ID}"), "data": os.environ["XDG_DATA_HOME"]}), flush=True), False)[1])
GLib.MainLoop().run()
`;

interface Told {
  readonly names: readonly string[];
  readonly heard: readonly (readonly [string, boolean | string])[];
  readonly unique: string;
  readonly id: string;
  readonly owner: string;
  readonly data: string;
}

async function startEditor(app: App, mark: string, ...options: string[]): Promise<{ readonly running: Running; readonly told: Told }> {
  const running = app.start(["-c", PROGRAM, mark], { options, limit: 120_000 });
  const line = await waitFor(`the editor ${mark}`, () => {
    if (running.stderr().includes("Error")) throw new Error(running.stderr());
    return running.stdout().split("\n")[0]?.trim() || undefined;
  });
  return { running, told: JSON.parse(line) as Told };
}

inOrdinarySession("two instances of one app at once", (session) => {
  let app: App;
  let main: Told;
  let work: Told;
  before(async () => {
    await startBus(session());
    app = await makeApp(session(), ID, BUS);
    main = (await startEditor(app, "main")).told;
    work = (await startEditor(app, "work", "--instance=work")).told;
  });

  it("each own the names of their program, which are different ones on the bus", async () => {
    for (const told of [main, work]) {
      assert.deepEqual(
        told.names.filter((name) => name.includes("ditor")),
        [ID, "org.mpris.MediaPlayer2.editor", "org.vendor.editor.window"],
        "inside they are called what the program calls them",
      );
      assert.equal(told.owner, told.unique);
      assert.ok(told.heard.some(([name, is]) => name === "acquired" && is === ID));
      assert.ok(told.heard.some(([name, is]) => name === ID && is === true));
    }
    const outside = (await busCall(session(), "org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames")).stdout;
    for (const name of [ID, `${ID}--work`, "org.vendor.editor.window", "org.vendor.editor--work.window", "org.mpris.MediaPlayer2.editor--work"])
      assert.ok(outside.includes(`'${name}'`), `${name} in ${outside}`);
    const echo = (name: string) => busCall(session(), name, "/test", "org.example.Test.Echo", "outside");
    assert.match((await echo(ID)).stdout, /main hears outside/);
    assert.match((await echo(`${ID}--work`)).stdout, /work hears outside/);
  });

  it("take over what a second start of the same instance is asked, descriptors too, and nothing of another's", async () => {
    const hand = async (...options: string[]) => expectSuccess(await app.run(["-c", PROGRAM, "note.txt"], { options }));
    assert.equal(await hand(), "handed over: main opens note.txt with what rides with it\n");
    assert.equal(await hand("--instance=work"), "handed over: work opens note.txt with what rides with it\n");
  });

  it("keep their names when the bus process is killed", async () => {
    const processes = () => backgroundProcesses(session().runtimeDirectory).filter(({ argv }) => argv.some((word) => word.endsWith("/bus.cjs")));
    const killed = processes().map(({ pid }) => pid);
    assert.equal(killed.length, 1);
    for (const pid of killed) killHard(pid);
    await waitFor("another bus process", () => processes().some(({ pid }) => !killed.includes(pid)));
    for (const [name, mark] of [
      [ID, "main"],
      [`${ID}--work`, "work"],
    ] as const)
      assert.match((await busCall(session(), name, "/test", "org.example.Test.Echo", "again")).stdout, new RegExp(`${mark} hears again`));
    const handed = await app.run(["-c", PROGRAM, "after"], { options: ["--instance=work"] });
    assert.equal(handed.stdout, "handed over: work opens after with what rides with it\n", handed.stderr);
  });

  it("neither find nor call each other on the bus, by name or number", async () => {
    const call = (destination: string, ...options: string[]) =>
      app.run(["call", "--session", "--timeout=5", "--dest", destination, "--object-path", "/test", "--method", "org.example.Test.Echo", "from there"], {
        options: ["--command=gdbus", ...options],
      });
    for (const [other, ...options] of [[work], [main, "--instance=work"]] as const) {
      const direct = await call(other.unique, ...options);
      assert.match(direct.stderr, /NameHasNoOwner|ServiceUnknown|AccessDenied/);
      assert.doesNotMatch(direct.stdout, /hears/);
    }
    assert.match((await call(`${ID}--work`)).stderr, /ServiceUnknown|AccessDenied|NameHasNoOwner/);
    assert.match((await call(ID, "--instance=work")).stdout, /work hears from there/, "the name of the program is always the instance's own");
    assert.match((await call(ID, "--instance=third")).stderr, /ServiceUnknown|NameHasNoOwner|UnknownMethod|AccessDenied/);
  });

  it("are none where Flatpak has an app of that id, whose data such an instance would open", async () => {
    const app = await makeApp(session(), "org.example.Shared", "command=sh\n");
    const folder = ".local/share/flatpak/app/org.example.Shared--theirs";
    session().write(`${folder}/x86_64/stable/c0ffee/metadata`, "[Application]\nname=org.example.Shared--theirs\n");
    const secret = session().write(".var/app/org.example.Shared--theirs/data/secret", "theirs\n");
    const read = ["-c", 'cat "$XDG_DATA_HOME/secret"'];
    assert.equal(expectSuccess(await app.run(read, { options: ["--instance=theirs"] })), "theirs\n", "before Flatpak has it, the folder is the instance's");
    symlinkSync("c0ffee", session().path(`${folder}/x86_64/stable/active`));
    symlinkSync("x86_64/stable", session().path(`${folder}/current`));
    session().write(".local/share/flatpak/.changed", "");
    for (const argv of [["--instance=theirs", app.id], [`${app.id}--theirs`]]) {
      const refused = await session().run([app.tsbox, "run", ...argv, ...read]);
      assert.equal(refused.status, 125);
      assert.match(refused.stderr, /`org\.example\.Shared--theirs` is an app that Flatpak installed, and no instance/);
    }
    assert.equal(readFileSync(secret, "utf8"), "theirs\n");
    expectSuccess(await app.run(["-c", "true"], { options: ["--instance=ours"] }));
  });

  it("neither read the other's data nor reach its sockets, even with home and the network granted", async () => {
    assert.equal(work.id, `${ID}--work`);
    assert.deepEqual(
      [main, work].map(({ data }) => readFileSync(`${data}/diary`, "utf8")),
      ["main", "work"],
    );
    assert.equal(work.data, session().path(`.var/app/${ID}--work/data`));
    const probe = await makeProbe(session(), "[Context]\nshared=network;\nfilesystems=home;\n", "org.example.Looker");
    for (const options of [[], ["--instance=other"]])
      for (const [index, answer] of (
        await probe.act([`read ${main.data}/diary`, `read ${work.data}/diary`, "connect-abstract tsbox-named-main", "connect-abstract tsbox-named-work"], {
          options,
        })
      ).entries())
        assertOneOf(answer, index < 2 ? ["ENOENT", "EACCES"] : ["EPERM"]);
    const look = `cat ${main.data}/diary; cat ${work.data}/diary; ls ~/.var/app`;
    const inside = await app.run(["-c", look], { options: ["--instance=work", "--command=sh", "--filesystem=home"] });
    assert.equal(inside.stdout.split("\n")[0], `work${ID}--work`, `${inside.stdout}\n${inside.stderr}`);
  });

  it("are told apart by what lists and ends them", async () => {
    const listed = async (): Promise<string> => expectSuccess(await session().run([app.tsbox, "ps", "--columns=application"]));
    // Those of the tests before may be about to go.
    await waitFor("the two alone", async () => (await listed()).trim().split("\n").sort().join() === `${ID},${ID}--work`);
    expectSuccess(await session().run([app.tsbox, "kill", `${ID}--work`]));
    await waitFor("the instance to end", async () => !(await listed()).includes("--work"));
    assert.match((await busCall(session(), ID, "/test", "org.example.Test.Echo", "still")).stdout, /main hears still/);
    expectSuccess(await session().run([app.tsbox, "kill", ID]));
  });
});

inOrdinarySession("a named instance", (session) => {
  const sees = async (app: App, file: string, ...options: string[]) => (await app.run(["-c", `cat ~/${file}`], { options })).stdout;

  it("has what was said for its app, and above that what was said for it alone, which no other instance gets", async () => {
    const app = await makeApp(session(), "org.example.Layers", "command=sh\n");
    for (const name of ["for-all", "for-work", "denied"]) session().write(`${name}/file`, name);
    const override = async (...words: string[]) => expectSuccess(await session().run([app.tsbox, "override", ...words]));
    await override("--filesystem=~/for-all:ro", "--filesystem=~/denied:ro", app.id);
    const told = await override("--filesystem=~/for-work:ro", "--nofilesystem=~/denied", `${app.id}--work`);
    assert.match(told, /for-work:ro {2}\(.*overrides\/org\.example\.Layers--work:\d+/);
    const seen = async (...options: string[]) => [
      await sees(app, "for-all/file", ...options),
      await sees(app, "for-work/file", ...options),
      await sees(app, "denied/file", ...options),
    ];
    assert.deepEqual(await seen("--instance=work"), ["for-all", "for-work", ""]);
    assert.deepEqual(await seen(), ["for-all", "", "denied"]);
    assert.deepEqual(await seen("--instance=play"), ["for-all", "", "denied"]);
    const permissions = expectSuccess(await session().run([app.tsbox, "permissions", `${app.id}--work`]));
    assert.match(permissions, /for-work/);
    await override("--reset", `${app.id}--work`);
    assert.deepEqual(await seen("--instance=work"), ["for-all", "", "denied"]);
    const refused = await session().run([app.tsbox, "override", "--system", "--share=network", `${app.id}--work`]);
    assert.match(refused.stderr, /is a named instance, and the administrator's overrides are for apps/);
  });

  it("is started by its id too, and its name is no way out of the folder of data", async () => {
    const app = await makeApp(session(), "org.example.Named", "command=sh\n");
    const print = ["-c", "echo $FLATPAK_ID"];
    assert.equal(expectSuccess(await session().run([app.tsbox, "run", `${app.id}--work`, ...print])), `${app.id}--work\n`);
    assert.equal(expectSuccess(await session().run([app.tsbox, "run", "--instance=work", `${app.id}--work`, ...print])), `${app.id}--work\n`);
    for (const name of ["../x", "..", ".", "a/b", "a.b", "a-b", "a--b", "_a", "a b", "ä", "", "x".repeat(33), "a\nb"]) {
      const refused = await app.run(print, { options: [`--instance=${name}`] });
      assert.equal(refused.status, 125, name);
      assert.equal(refused.stdout, "");
    }
    assert.match((await app.run(print, { options: ["--instance=../x"] })).stderr, /`\.\.\/x` cannot be the name of an instance\nhint: /);
    assert.match((await session().run([app.tsbox, "run", "--instance=play", `${app.id}--work`])).stderr, /is an instance already, and `play` another one/);
    const file = session().write("a.ini", `[Application]\nname=${app.id}--work\ncommand=sh\n`);
    assert.match((await session().run([app.tsbox, "run", file, ...print])).stderr, /is that of a named instance of another app/);
  });

  it("does not start in a folder that is a link, or on one of its folders that became a link in an earlier run", async () => {
    const app = await makeApp(session(), "org.example.Planted", "command=sh\n");
    session().write("elsewhere/file", "theirs");
    mkdirSync(session().path(".var/app"), { recursive: true });
    symlinkSync(session().path("elsewhere"), session().path(".var/app/org.example.Planted--link"));
    const through = await app.run(["-c", 'echo x >"$XDG_DATA_HOME/y"'], { options: ["--instance=link"] });
    assert.notEqual(through.status, 0);
    assert.ok(!existsSync(session().path("elsewhere/data")), "nothing was made at its end");
    expectSuccess(await app.run(["-c", `rm -r "$XDG_DATA_HOME" && ln -s ${session().path("elsewhere")} "$XDG_DATA_HOME"`], { options: ["--instance=work"] }));
    const refused = await app.run(["-c", "true"], { options: ["--instance=work"] });
    assert.equal(refused.status, 125);
    assert.match(refused.stderr, /org\.example\.Planted--work\/data/);
    expectSuccess(await app.run(["-c", "true"]));
  });
});

inOrdinarySession("two versions of one app", (session) => {
  it("run beside each other: another file of the id is an instance with data of its own, and what was granted to the first is not given to it", async () => {
    const app = await makeApp(session(), ID, "command=sh\n");
    session().write("granted/file", "granted");
    expectSuccess(await session().run([app.tsbox, "override", "--filesystem=~/granted:ro", "--nofilesystem=~/closed", ID]));
    for (const place of ["granted", "closed"]) session().write(`${place}/file`, place);
    expectSuccess(await app.run(["-c", 'echo dear >"$XDG_DATA_HOME/diary"; cat ~/granted/file']));
    const newer = session().write("new/next.ini", `[Application]\nname=${ID}\ncommand=sh\n[Context]\nfilesystems=~/closed:ro\n`);
    const look = ["-c", 'cat "$XDG_DATA_HOME/diary" ~/granted/file ~/closed/file; echo $FLATPAK_ID'];
    const refused = await session().run([app.tsbox, "run", newer, ...look]);
    assert.equal(refused.status, 125);
    assert.match(refused.stderr, /already is the app of .*\nhint: .*tsbox run --instance=NAME .*next\.ini/);
    const beside = await session().run([app.tsbox, "run", "--instance=next", newer, ...look]);
    assert.equal(beside.stdout, `${ID}--next\n`, beside.stderr);
    const other = session().write("other/next.ini", `[Application]\nname=${ID}\ncommand=sh\n`);
    expectSuccess(await session().run([app.tsbox, "run", "--instance=next", newer, "-c", 'echo new >"$XDG_DATA_HOME/diary"']));
    assert.match(
      (await session().run([app.tsbox, "run", "--instance=next", other, ...look])).stderr,
      /was written under another manifest of that id, `.*new\/next\.ini`/,
    );
    assert.equal(expectSuccess(await app.run(["-c", 'cat "$XDG_DATA_HOME/diary"'])), "dear\n");
    // What it left behind for a later start, as an autostart entry, is not started with the rights of the installed app.
    for (const words of [[`${ID}--next`], ["--instance=next", ID]])
      assert.match((await session().run([app.tsbox, "run", ...words, "-c", "cat ~/granted/file"])).stderr, /was written under another manifest of that id/);
  });
});
