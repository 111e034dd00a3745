// Which files of the host a program reads and writes: nothing without a grant, and with one exactly what its line says.
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { before, it } from "node:test";
import { assertOneOf, inEachSession, inOrdinarySession } from "../support/cases.ts";
import { makeProbe, PROBE_ID, probeHost } from "../support/sandbox.ts";
import type { Session } from "../support/session.ts";

const HIDDEN = ["ENOENT", "EACCES"];
const NOT_WRITABLE = ["EROFS", "EACCES"];

/** A home as people have one. */
function furnish(session: Session): void {
  session.write("Documents/letter", "a letter");
  session.write("Documents/deep/er/note", "a note");
  session.write("Music/song", "a song");
  session.write("secret/key", "canary");
  session.write("plain", "a file");
  session.write(".bashrc", "# shell");
  session.write(".ssh/id", "canary", 0o600);
  session.write(".config/user-dirs.dirs", 'XDG_DOCUMENTS_DIR="$HOME/Documents"\nXDG_MUSIC_DIR="$HOME/Music"\nXDG_DOWNLOAD_DIR="$HOME"\n');
  session.write(".var/app/org.example.Other/data/diary", "canary");
  session.write(`${session.scratch}/outside`, "outside home");
}

inEachSession("a program without a grant", (session) => {
  before(() => furnish(session()));

  it("finds nothing of the home, of other folders and of the host's /tmp", async () => {
    const s = session();
    const paths = [
      s.path("Documents/letter"),
      s.path("plain"),
      s.path(".bashrc"),
      s.path(".ssh/id"),
      s.path(".var/app/org.example.Other/data/diary"),
      `${s.scratch}/outside`,
    ];
    const acts = paths.map((path) => `read ${path}`);
    assert.deepEqual(
      await (await probeHost(s)).act(acts),
      acts.map(() => "ok"),
    );
    const probe = await makeProbe(s, "");
    assert.deepEqual(
      await probe.act(acts),
      acts.map(() => "ENOENT"),
    );
  });

  it("has a home of its own that it may write, kept in its data folder, and nothing of it in the host's home", async () => {
    const s = session();
    const probe = await makeProbe(s, "");
    const { environment } = await probe.facts();
    const home = environment.find((entry) => entry.startsWith("HOME="))?.slice("HOME=".length) ?? "";
    const data = environment.find((entry) => entry.startsWith("XDG_DATA_HOME="))?.slice("XDG_DATA_HOME=".length) ?? "";
    assert.equal(home, s.home);
    assert.ok(data.startsWith(`${s.home}/.var/app/${PROBE_ID}/`), data);
    assert.deepEqual(await probe.act([`create ${home}/planted`, `create ${data}/kept`]), ["ok", "ok"]);
    assert.ok(!existsSync(s.path("planted")));
    assert.deepEqual(await probe.act([`read ${data}/kept`]), ["ok"]);
    assert.ok(existsSync(data.replace(home, s.home)) && readdirSync(data).includes("kept"));
  });

  it("has a /tmp of its own", async () => {
    const probe = await makeProbe(session(), "");
    const name = `/tmp/tsbox-from-inside-${session().account.uid}`;
    assert.deepEqual(await probe.act([`create ${name}`]), ["ok"]);
    assert.ok(!existsSync(name));
  });
});

inEachSession("a grant", (session) => {
  before(() => furnish(session()));
  const granted = async (filesystems: string, acts: readonly string[]): Promise<readonly string[]> =>
    (await makeProbe(session(), `[Context]\nfilesystems=${filesystems};\n`)).act(acts);

  it("of a folder in home opens it, for writing or with :ro for reading", async () => {
    const s = session();
    const acts = [`read ${s.path("Documents/letter")}`, `append ${s.path("Documents/letter")}`, `read ${s.path("Music/song")}`];
    assert.deepEqual(await granted("~/Documents", acts), ["ok", "ok", "ENOENT"]);
    assert.equal(s.read("Documents/letter"), "a letterx");
    assert.deepEqual(await granted("~/Documents:ro", acts), ["ok", "EROFS", "ENOENT"]);
  });

  it("of a user's folder goes by user-dirs.dirs, with a path below it too", async () => {
    const s = session();
    const acts = [`read ${s.path("Documents/letter")}`, `read ${s.path("Documents/deep/er/note")}`, `read ${s.path("Music/song")}`];
    assert.deepEqual(await granted("xdg-documents:ro", acts), ["ok", "ok", "ENOENT"]);
    assert.deepEqual(await granted("xdg-documents/deep", acts), ["ENOENT", "ok", "ENOENT"]);
    assert.deepEqual(await granted("xdg-music", acts), ["ENOENT", "ENOENT", "ok"]);
  });

  it("of a user's folder that is home itself opens nothing", async () => {
    assert.deepEqual(await granted("xdg-download", [`read ${session().path("plain")}`]), ["ENOENT"]);
  });

  it("of an absolute path opens a folder or a single file", async () => {
    const s = session();
    assert.deepEqual(await granted(`${s.scratch}:ro`, [`read ${s.scratch}/outside`, `append ${s.scratch}/outside`]), ["ok", "EROFS"]);
    assert.deepEqual(await granted("~/plain", [`append ${s.path("plain")}`, `read ${s.path("Music/song")}`]), ["ok", "ENOENT"]);
  });

  it("with :create makes what is absent, and without it passes it over", async () => {
    const s = session();
    assert.deepEqual(await granted("~/made/here:create", [`create ${s.path("made/here/file")}`]), ["ok"]);
    assert.ok(existsSync(s.path("made/here/file")));
    assert.deepEqual(await granted("~/not/there", [`read ${s.path("Music/song")}`]), ["ENOENT"]);
    assert.ok(!existsSync(s.path("not")));
  });

  it("of home opens all of it but other apps' data and what belongs to tsbox", async () => {
    const s = session();
    const acts = [
      `read ${s.path("Documents/letter")}`,
      `append ${s.path("plain")}`,
      `create ${s.path("new-file")}`,
      `read ${s.path(".var/app/org.example.Other/data/diary")}`,
    ];
    const [read, write, create, diary] = await granted("home", acts);
    assert.deepEqual([read, write, create], ["ok", "ok", "ok"]);
    assertOneOf(diary, HIDDEN, "the data of another app");
    assert.ok(existsSync(s.path("new-file")));
    rmSync(s.path("new-file"));
    assert.deepEqual(await granted("home:ro", acts.slice(0, 3)), ["ok", "EROFS", "EROFS"]);
  });

  it("of home leaves the login set read-only, and home:rw-all does not", async () => {
    const s = session();
    const acts = [`read ${s.path(".bashrc")}`, `append ${s.path(".bashrc")}`, `append ${s.path(".ssh/id")}`, `create ${s.path(".profile")}`];
    const [read, bashrc, ssh, profile] = await granted("home", acts);
    assert.equal(read, "ok");
    for (const answer of [bashrc, ssh, profile]) assertOneOf(answer, [...NOT_WRITABLE, "EEXIST", "ENOENT"], "the login set");
    assert.equal(s.read(".bashrc"), "# shell");
    const all = await granted("home:rw-all", acts.slice(0, 2));
    assert.deepEqual(all, ["ok", "ok"]);
    s.write(".bashrc", "# shell");
  });

  it("below a broader one wins, in both directions", async () => {
    const s = session();
    const acts = [`append ${s.path("Documents/letter")}`, `append ${s.path("Documents/deep/er/note")}`];
    assert.deepEqual(await granted("~/Documents:ro;~/Documents/deep", acts), ["EROFS", "ok"]);
    assert.deepEqual(await granted("~/Documents;~/Documents/deep:ro", acts), ["ok", "EROFS"]);
    assert.deepEqual(await granted("~/Documents/deep:ro;~/Documents", acts), ["ok", "EROFS"]);
  });

  it("is taken away below by !PATH, for folders and for single files, and given back deeper", async () => {
    const s = session();
    const acts = [
      `read ${s.path("secret/key")}`,
      `read ${s.path("plain")}`,
      `read ${s.path("Music/song")}`,
      `read ${s.path("Documents/letter")}`,
      `read ${s.path("Documents/deep/er/note")}`,
    ];
    assert.deepEqual(await granted("home", acts), ["ok", "ok", "ok", "ok", "ok"]);
    const [folder, file, song, letter, note] = await granted("home;!~/secret;!~/plain;!~/Documents;~/Documents/deep/er:ro", acts);
    assertOneOf(folder, HIDDEN, "a folder");
    assertOneOf(file, HIDDEN, "a file");
    assert.equal(song, "ok");
    assertOneOf(letter, HIDDEN, "in a folder that is open deeper");
    assert.equal(note, "ok");
  });

  it("of a link opens what the link leads to only where that is granted too", async () => {
    const s = session();
    await s.run(["ln", "-sfn", `${s.scratch}`, s.path("Documents/out")]);
    const [through] = await granted("~/Documents", [`read ${s.path("Documents/out/outside")}`]);
    assert.equal(through, "ENOENT");
  });

  it("that a persistent path asks for keeps it between runs, in the app's own folder", async () => {
    const s = session();
    const probe = await makeProbe(s, "[Context]\npersistent=.game;\n", "org.example.Persistent");
    assert.deepEqual(await probe.act([`create ${s.path(".game/score")}`]), ["ok"]);
    assert.ok(existsSync(s.path(".var/app/org.example.Persistent/.game/score")));
    assert.ok(!existsSync(s.path(".game")));
    assert.deepEqual(await probe.act([`read ${s.path(".game/score")}`]), ["ok"]);
  });

  it("on the command line is added, and taken away again by --nofilesystem", async () => {
    const s = session();
    const probe = await makeProbe(s, "[Context]\nfilesystems=~/Documents;\n");
    const acts = [`read ${s.path("Documents/letter")}`, `read ${s.path("Music/song")}`];
    assert.deepEqual(await probe.act(acts, { options: ["--filesystem=~/Music:ro"] }), ["ok", "ok"]);
    assert.deepEqual(await probe.act(acts, { options: ["--nofilesystem=~/Documents"] }), ["ENOENT", "ENOENT"]);
  });
});

inOrdinarySession("host", (session) => {
  before(() => furnish(session()));

  it("opens the user's files and other folders, and the system's below /run/host", async () => {
    const s = session();
    const probe = await makeProbe(s, "[Context]\nfilesystems=host;\n");
    const acts = [`read ${s.path("Documents/letter")}`, "list /srv", "list /opt", "read /run/host/etc/passwd"];
    assert.deepEqual(await probe.act(acts), ["ok", "ok", "ok", "ok"]);
    assert.deepEqual(
      await (await makeProbe(s, "")).act(acts),
      acts.map(() => "ENOENT"),
    );
  });

  it("opens neither the runtime directory nor any socket in it", async () => {
    const s = session();
    const host = await probeHost(s);
    s.write(`${s.runtimeDirectory}/canary`, "canary");
    const acts = [`read ${s.runtimeDirectory}/canary`, `connect ${s.runtimeDirectory}/tsbox/broker-1`];
    const probe = await makeProbe(s, "[Context]\nfilesystems=host;host-root;\n");
    await probe.act(["stat /"]);
    assert.deepEqual(await host.act(acts), ["ok", "ok"]);
    assert.deepEqual(await probe.act(acts), ["ENOENT", "ENOENT"]);
    const elsewhere = acts.map((act) => act.replace(" ", " /run/host/root"));
    for (const answer of await probe.act(elsewhere)) assertOneOf(answer, HIDDEN);
    const { run, runtimeDirectory } = await probe.facts();
    assert.ok(!("systemd" in run) && !("dbus" in run), Object.keys(run).join(" "));
    for (const name of Object.keys(runtimeDirectory)) assert.ok(!["tsbox", ".flatpak", "systemd", "gnupg", "keyring"].includes(name), name);
  });

  it("does not come with the host's processes, settings or devices", async () => {
    const probe = await makeProbe(session(), "[Context]\nfilesystems=host;host-root;\n");
    const answers = await probe.act(["read /run/host/root/proc/1/comm", "list /run/host/root/dev/pts", "write /run/host/root/proc/sys/kernel/domainname"]);
    for (const answer of answers) assertOneOf(answer, [...HIDDEN, "EROFS"]);
  });
});

inEachSession("a grant of the runtime directory", (session) => {
  it("is not given, whatever way it is written, and its line is told", async () => {
    const s = session();
    s.write(`${s.runtimeDirectory}/gnupg/canary`, "canary");
    s.write(`${s.runtimeDirectory}/canary`, "canary");
    for (const location of [s.runtimeDirectory, "xdg-run/gnupg", "xdg-run/bus", `${s.runtimeDirectory}/tsbox`, "/run/user", "/run"]) {
      const probe = await makeProbe(s, `[Context]\nfilesystems=${location};\n`);
      const outcome = await probe.run(["do", `list ${s.runtimeDirectory}`, "list /run/user/4711", `read ${s.runtimeDirectory}/canary`]);
      assert.match(outcome.stderr, /org\.example\.Probe\.ini:5/, location);
      assert.doesNotMatch(outcome.stdout, /^ok$/m, location);
    }
  });
});
