// A part of an app is less than the app to everybody: what it sees it may give on, and no more; the portals know it; and ending the app ends all of them.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { type Outcome, waitFor } from "../support/process.ts";

const SPAWN = "/usr/libexec/flatpak-xdg-utils/flatpak-spawn";
const ID = "org.example.Whole";
const FLATPAK = ["--name=org.freedesktop.portal.Flatpak", "--path=/org/freedesktop/portal/Flatpak"];
/** Of `--sandbox-flag`: the session bus. */
const WITH_BUS = "--sandbox-flag=8";

inOrdinarySession("what a part of an app is not", (session) => {
  let app: PortalApp;
  let data: string;
  const part = (options: readonly string[], command: readonly string[], outer: readonly string[] = []): Promise<Outcome> =>
    app.run([...options, ...command], { options: [`--command=${SPAWN}`, ...outer], limit: 30_000 });
  const asked = (options: readonly string[], portal: string, args: string, ...more: readonly string[]): Promise<Outcome> =>
    part(options, ["/app/bin/portal_client.py", "request", `org.freedesktop.portal.${portal}`, args, ...more]);
  const answers = (said: object): string => session().write("answers.json", JSON.stringify(said));
  before(async () => {
    await startBareBus(session());
    for (const name of ["shared", "private"]) session().makeFolder(name);
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    app = await makePortalApp(session(), ID, "[Context]\nfilesystems=~/shared;\n");
    assert.equal((await app.run(["-c", "true"], { options: ["--command=sh"] })).status, 0);
    data = `${app.data}/sandbox`;
    mkdirSync(data, { recursive: true });
    for (const name of ["named", "other"]) session().write(`.var/app/${ID}/sandbox/${name}`, `${name}\n`);
  });

  it("a closed part gives on by name what it was given, as it was given, and nothing else of the app's data", async () => {
    const inner = (expose: string, script: string): string => `${SPAWN} --sandbox ${expose} sh -c '${script}'`;
    const done = await part(
      ["--sandbox", WITH_BUS, "--sandbox-expose-ro=named"],
      [
        "sh",
        "-c",
        `${inner("--sandbox-expose=named", `cat ${data}/named; echo more > ${data}/named`)}; ${inner("--sandbox-expose=other", `cat ${data}/other; echo more > ${data}/other`)}`,
      ],
    );
    assert.equal(done.stdout, "named\n", done.stderr);
    assert.match(done.stderr, /Read-only file system[\s\S]*no such file in the folder `sandbox`/);
    assert.equal(session().read(`.var/app/${ID}/sandbox/named`), "named\n");
    assert.equal(session().read(`.var/app/${ID}/sandbox/other`), "other\n");
    const writable = await part(["--sandbox", WITH_BUS, "--sandbox-expose=named"], ["sh", "-c", inner("--sandbox-expose=named", `echo more >> ${data}/named`)]);
    assert.equal(session().read(`.var/app/${ID}/sandbox/named`), "named\nmore\n", writable.stderr);
  });

  it("an app whose changes are kept aside has no parts, which would write beside them", async () => {
    const script = ["sh", "-c", `echo past > ${app.data}/data/past`];
    const plain = await part([], script);
    assert.equal(plain.status, 0, plain.stderr);
    const done = await part([], ["sh", "-c", `echo past > ${app.data}/data/tried`], ["--try=keep"]);
    assert.notEqual(done.status, 0);
    assert.match(done.stderr, /a part of an app in a sandbox of its own is not started/);
    assert.deepEqual([existsSync(`${app.data}/data/past`), existsSync(`${app.data}/data/tried`)], [true, false]);
  });

  it("an app with data of one run gives its parts nothing of earlier runs", async () => {
    const expose = ["--sandbox", "--sandbox-expose=other"];
    const script = ["sh", "-c", `cat ${data}/other; echo more >> ${data}/other`];
    const done = await part(expose, script, ["--ephemeral"]);
    assert.doesNotMatch(done.stdout, /other/);
    assert.match(done.stderr, /no such file in the folder `sandbox`/);
    assert.equal(session().read(`.var/app/${ID}/sandbox/other`), "other\n");
    assert.equal((await part(expose, script)).stdout, "other\n", "with the app's data it is");
  });

  it("the app's documents are shown to its open parts and to no closed one", async () => {
    const file = session().write("private/a.txt", "document\n");
    answers({ files: [file] });
    const picked = await app.request("FileChooser.OpenFile", "('', 'Title', {'handle_token': <'TOKEN'>})");
    assert.match(picked.stdout, /Response \(uint32 0/, picked.stdout + picked.stderr);
    const look = ["sh", "-c", "for n in 1 2 3 4 5 6 7 8 9 10; do cat /run/flatpak/doc/*/a.txt 2>/dev/null && exit; sleep 0.2; done; echo none"];
    const seen = await part([], look);
    assert.equal(seen.stdout, "document\n", `${seen.stderr}${readFileSync(`${session().runtimeDirectory}/tsbox/broker.log`, "utf8").slice(-4000)}`);
    assert.equal((await part(["--sandbox", WITH_BUS], look)).stdout, "none\n");
    const call = ["/app/bin/portal_client.py", "call", "org.freedesktop.portal.Documents.GetMountPoint", "()"];
    const documents = ["--name=org.freedesktop.portal.Documents", "--path=/org/freedesktop/portal/documents"];
    assert.match((await part([], [...call, ...documents])).stdout, /^reply/);
    assert.match((await part(["--sandbox", WITH_BUS], [...call, ...documents])).stdout, /^error/);
  });

  it("no part changes how the app is started, and a closed one has neither the app's key nor its names", async () => {
    const entry = `.config/autostart/${ID}.desktop`;
    const autostart = (word: string): string => `('', {'handle_token': <'TOKEN'>, 'autostart': <true>, 'commandline': <['${word}']>})`;
    answers({ confirm: "yes" });
    assert.match((await app.request("Background.RequestBackground", autostart("whole"))).stdout, /Response \(uint32 0/);
    assert.match(session().read(entry), /whole/);
    for (const options of [[], ["--sandbox", WITH_BUS]]) {
      const tried = await asked(options, "Background.RequestBackground", autostart("part"));
      assert.match(tried.stdout, /^error org\.freedesktop\.DBus\.Error\.UnknownMethod/m, tried.stdout + tried.stderr);
      const launched = await part(options, [
        "/app/bin/portal_client.py",
        "call",
        "org.freedesktop.portal.DynamicLauncher.Launch",
        `('${ID}.x.desktop', @a{sv} {})`,
      ]);
      assert.match(launched.stdout, /^error org\.freedesktop\.DBus\.Error\.UnknownMethod/m, launched.stdout + launched.stderr);
    }
    assert.doesNotMatch(session().read(entry), /command=part/);
    // Nor does a run that was given less than the app has.
    const ask = ["request", "org.freedesktop.portal.Background.RequestBackground", autostart("narrowed")];
    for (const outer of ["--unshare=network", "--nofilesystem=~/shared", "--filesystem=~/shared:ro", "--ephemeral"])
      assert.match((await app.run(ask, { options: [outer] })).stdout, /^error org\.freedesktop\.DBus\.Error\.UnknownMethod/m, outer);
    assert.match((await app.run(ask, { options: ["--filesystem=~/private"] })).stdout, /Response \(uint32 0/);
    const key = ["(handle 0, {'handle_token': <'TOKEN'>})", "--fd=/tmp/key:new"];
    const own = (options: readonly string[]): Promise<Outcome> =>
      part(options, ["gdbus", "call", "--session", "-d", "org.freedesktop.DBus", "-o", "/", "-m", "org.freedesktop.DBus.RequestName", ID, "4"]);
    assert.match((await asked(["--sandbox", WITH_BUS], "Secret.RetrieveSecret", ...(key as [string, string]))).stdout, /^error .*UnknownMethod/m);
    assert.doesNotMatch((await asked([], "Secret.RetrieveSecret", ...(key as [string, string]))).stdout, /UnknownMethod/);
    assert.match((await own([])).stdout, /uint32 1/);
    assert.doesNotMatch((await own(["--sandbox", WITH_BUS])).stdout, /uint32/);
  });

  it("a word or variable that no program takes is refused, and the next part starts", async () => {
    const long = "x".repeat(128 * 1024);
    session().write(
      "shared/long.py",
      `from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
def spawn(words, variables):
    try:
        return bus.call_sync("org.freedesktop.portal.Flatpak", "/org/freedesktop/portal/Flatpak", "org.freedesktop.portal.Flatpak", "Spawn",
            GLib.Variant("(ayaaya{uh}a{ss}ua{sv})", (b"/\\0", words, {}, variables, 0, {})), None, 0, 20000, None)
    except GLib.Error as error: return error.message
print(spawn([b"true\\0", b"${"x"}" * ${long.length} + b"\\0"], {}))
print(spawn([b"true\\0"], {"LONG": "x" * ${long.length}}))
print(spawn([b"true\\0"] + [b"\\0"] * 60000, {}))
print(spawn([b"true\\0"], {}))
`,
    );
    const done = await app.run([session().path("shared/long.py")], { options: ["--command=python3"], limit: 30_000 });
    const lines = done.stdout.split("\n");
    assert.match(lines[0] ?? "", /InvalidArgs/, done.stderr);
    assert.match(lines[1] ?? "", /InvalidArgs/);
    assert.match(lines[2] ?? "", /InvalidArgs/);
    assert.match(lines[3] ?? "", /^\(uint32 \d+,\)/);
  });

  it("ending the app ends the parts that it starts meanwhile", async () => {
    session().write(
      "shared/heirs.py",
      `from gi.repository import Gio, GLib
import sys, time
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
open("${session().path("shared")}/born", "a").write("x")
while True:
    bus.call_sync("org.freedesktop.portal.Flatpak", "/org/freedesktop/portal/Flatpak", "org.freedesktop.portal.Flatpak", "Spawn",
        GLib.Variant("(ayaaya{uh}a{ss}ua{sv})", (b"/\\0", [b"sh\\0", b"-c\\0", b"exec python3 ${session().path("shared/heirs.py")} heir\\0"] if len(sys.argv) < 2 else [b"sleep\\0", b"60\\0"], {}, {}, 0, {})), None, 0, 20000, None)
    time.sleep(0.3)
`,
    );
    const running = app.start([session().path("shared/heirs.py")], { options: ["--command=python3"], limit: 60_000 });
    await waitFor("parts", () => existsSync(session().path("shared/born")) && session().read("shared/born").length > 2);
    const killed = await session().run([app.tsbox, "kill", ID]);
    assert.deepEqual([killed.status, killed.stderr], [0, ""]);
    await running.ended.catch(() => {});
    const left = await session().run([app.tsbox, "ps", "--columns=instance"]);
    assert.equal(left.stdout.trim(), "");
    // What was asked for before the end does not come after it.
    await new Promise((done) => setTimeout(done, 1000));
    assert.equal((await session().run([app.tsbox, "ps", "--columns=instance"])).stdout.trim(), "");
  });

  it("the user is told of no part that does not start, and of an app that does not start only a few times", async () => {
    const seen = session().path("dialogs");
    const zenity = session().write("bin/zenity", `#!/bin/sh\nprintf '%s\\n' "$*" >> ${seen}\n`, 0o755);
    const environment = { DISPLAY: ":987", PATH: `${dirname(zenity)}:/usr/bin:/bin`, GIO_LAUNCHED_DESKTOP_FILE: "/a.desktop" };
    const told = (): readonly string[] =>
      existsSync(seen)
        ? (session()
            .read("dialogs")
            .match(/^--error .*$/gm) ?? [])
        : [];
    const spawned = ["call", "org.freedesktop.portal.Flatpak.Spawn", `(b'/', [b'/nowhere/words-of-the-app'], @a{uh} {}, @a{ss} {}, uint32 0, @a{sv} {})`];
    const until = ["--listen=org.freedesktop.portal.Flatpak", "--until=SpawnExited", "--stay=20000"];
    const failed = await app.run([...spawned, ...FLATPAK, ...until], { environment, limit: 30_000 });
    assert.match(failed.stdout, /SpawnExited/, failed.stdout + failed.stderr);
    const other = await makePortalApp(session(), "org.example.Other", "");
    const fails = (one: PortalApp): Promise<Outcome> => one.run([], { options: ["--filesystem=/"], environment });
    for (let count = 1; count <= 5; count++) {
      assert.equal((await fails(app)).status, 125);
      await waitFor("the dialog", () => told().length >= Math.min(count, 3));
    }
    await fails(other);
    await waitFor("the other app's", () => told().some((line) => line.includes("org.example.Other was not started")));
    assert.deepEqual([told().length, told().filter((line) => line.includes(`${ID} was not started`)).length], [4, 3], told().join("\n"));
    assert.ok(!told().some((line) => line.includes("words-of-the-app")));
  });
});
