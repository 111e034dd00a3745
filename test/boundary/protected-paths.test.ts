// What no program may change although it may write the folder around it: tsbox's own files, the login set, the other apps' data, and `!PATH`.
// A mask on a path is undone by renaming a parent, by exchanging it, or by replacing a link on the way: each is tried, and then a second run reads.
import assert from "node:assert/strict";
import { chownSync, existsSync, lstatSync, readFileSync, readlinkSync } from "node:fs";
import { before, it } from "node:test";
import { assertOneOf, inEachSession } from "../support/cases.ts";
import { copyBuild, makeProbe, probeHost } from "../support/sandbox.ts";
import { serverScript } from "../support/server-script.ts";
import type { Session } from "../support/session.ts";

const KEPT = ["EBUSY", "EROFS", "EACCES", "EPERM", "EXDEV", "ENOENT", "EEXIST", "ENOTEMPTY"];
const GOOD = "[Context]\nsockets=!x11;\n";
const OVERRIDE = ".local/share/tsbox/overrides/global";

function furnish(session: Session): void {
  session.write(OVERRIDE, GOOD);
  session.write(".local/share/data-of-the-user", "x");
  session.write(".config/autostart/one.desktop", "[Desktop Entry]\n");
  session.write(".bashrc", "# shell");
  session.write("bin/tool", "#!/bin/sh\n", 0o755);
  session.write(".local/bin/shim", "#!/bin/sh\n", 0o755);
  session.write(".local/share/applications/exported.desktop", "[Desktop Entry]\n");
  session.write(".local/share/dbus-1/services/org.example.Exported.service", "[D-BUS Service]\n");
  session.makeFolder("spare");
}

/** Ways to put something else in the place of `path`, a folder below home, each of which succeeds where nothing protects it. */
function replacements(home: string, path: string): readonly string[] {
  return [`rename ${home}/${path} ${home}/spare/moved`, `exchange ${home}/${path} ${home}/spare`];
}

inEachSession("below a writable grant", (session) => {
  before(() => furnish(session()));

  it("the host would allow every one of these replacements", async () => {
    const s = session();
    const host = await probeHost(s);
    s.write("try/local/share/tsbox/overrides/global", "x");
    assert.deepEqual(await host.act([`exchange ${s.path("try/local/share")} ${s.path("spare")}`, `exchange ${s.path("try/local/share")} ${s.path("spare")}`]), [
      "ok",
      "ok",
    ]);
    assert.deepEqual(await host.act([`rename ${s.path("try/local")} ${s.path("spare/moved")}`, `rename ${s.path("spare/moved")} ${s.path("try/local")}`]), [
      "ok",
      "ok",
    ]);
    assert.deepEqual(await host.act([`append ${s.path("try/local/share/tsbox/overrides/global")}`]), ["ok"]);
  });

  for (const grant of ["home", "host", "~/.local", "xdg-data", "home:rw-all"]) {
    it(`tsbox's own files cannot be changed, moved or replaced with ${grant}`, async () => {
      const s = session();
      if (s.account.uid === 0 && grant === "host") {
        const refused = await (await makeProbe(s, "[Context]\nfilesystems=host;\n")).run(["facts"]);
        assert.equal(refused.status, 125, "a writable `host` is refused to root as a whole");
        return;
      }
      const probe = await makeProbe(s, `[Context]\nfilesystems=${grant};\n`);
      const path = s.path(OVERRIDE);
      const acts = [
        `append ${path}`,
        `unlink ${path}`,
        `rename ${path} ${path}.old`,
        `create ${s.path(".local/share/tsbox/overrides/org.example.Probe")}`,
        `create ${s.path(".local/share/tsbox/manifests/org.example.Planted.ini")}`,
        `rename ${s.path(".local/share/tsbox")} ${s.path(".local/share/moved")}`,
        `exchange ${s.path(".local/share/tsbox")} ${s.path(".local/share/applications")}`,
        `rename ${s.path(".local/share")} ${s.path(".local/moved")}`,
        ...[".local/share", ".local/share/tsbox", ".local/share/tsbox/overrides", ...(grant === "xdg-data" ? [] : [".local"])].flatMap((folder) =>
          replacements(s.home, folder),
        ),
      ];
      for (const [index, answer] of (await probe.act(acts)).entries()) assertOneOf(answer, KEPT, acts[index]);
      assert.equal(s.read(OVERRIDE), GOOD);
      const [allowed] = await probe.act([`append ${s.path(".local/share/data-of-the-user")}`]);
      assert.equal(allowed, "ok", "what is beside them stays writable");
      assert.equal((await probe.run(["facts"])).status, 0, "and a second run starts as before");
    });
  }

  it("the data of other apps cannot be read, changed, moved or replaced", async () => {
    const s = session();
    const diary = s.write(".var/app/org.example.Other/data/diary", GOOD);
    const acts = [
      ...["read", "append", "unlink"].map((act) => `${act} ${diary}`),
      ...[".var", ".var/app", ".var/app/org.example.Other"].flatMap((folder) => replacements(s.home, folder)),
    ];
    assert.deepEqual(await (await probeHost(s)).act([`read ${diary}`, `append ${diary}`]), ["ok", "ok"], "the host allows it");
    s.write(".var/app/org.example.Other/data/diary", GOOD);
    for (const grant of ["home", "home:rw-all"]) {
      const probe = await makeProbe(s, `[Context]\nfilesystems=${grant};\n`);
      for (const [index, answer] of (await probe.act(acts)).entries()) assertOneOf(answer, KEPT, `${grant}: ${acts[index]}`);
    }
    assert.equal(s.read(diary), GOOD);
  });

  it("folders of tsbox that did not exist cannot be planted (CVE-2026-25725, firejail-7154)", async () => {
    const s = session();
    const probe = await makeProbe(s, "[Context]\nfilesystems=home;\n");
    const folders = [
      ".config/tsbox",
      ".local/state/tsbox",
      ".cache/tsbox",
      ".local/share/applications",
      ".local/share/dbus-1/services",
      ".local/bin",
      ".local/share/flatpak",
    ];
    const acts = folders.flatMap((folder) => [
      `create ${s.path(folder)}/planted`,
      `rename ${s.path(folder)} ${s.path("spare/moved")}`,
      `exchange ${s.path(folder)} ${s.path("spare")}`,
    ]);
    for (const [index, answer] of (await probe.act(acts)).entries()) assertOneOf(answer, KEPT, acts[index]);
    for (const folder of folders) assert.ok(!existsSync(s.path(`${folder}/planted`)), folder);
  });

  it("exported entries, services and shims cannot be changed, moved or replaced", async () => {
    const s = session();
    const exported = [".local/bin/shim", ".local/share/applications/exported.desktop", ".local/share/dbus-1/services/org.example.Exported.service"];
    for (const grant of ["home", "home:rw-all"]) {
      const probe = await makeProbe(s, `[Context]\nfilesystems=${grant};\n`);
      const acts = exported.flatMap((path) => [`append ${s.path(path)}`, `unlink ${s.path(path)}`, `rename ${s.path(path)} ${s.path("spare/moved")}`]);
      for (const [index, answer] of (await probe.act(acts)).entries()) assertOneOf(answer, KEPT, `${grant}: ${acts[index]}`);
    }
    assert.equal(s.read(".local/bin/shim"), "#!/bin/sh\n");
  });

  it("the login set cannot be changed, moved or replaced (CVE-2024-1724)", async () => {
    const s = session();
    const probe = await makeProbe(s, "[Context]\nfilesystems=home;\n");
    const acts = [
      `append ${s.path(".bashrc")}`,
      `rename ${s.path(".bashrc")} ${s.path("spare/bashrc")}`,
      `unlink ${s.path(".bashrc")}`,
      `create ${s.path(".bash_profile")}`,
      `create ${s.path(".profile")}`,
      `create ${s.path(".config/autostart/evil.desktop")}`,
      `create ${s.path(".config/systemd/user/evil.service")}`,
      `create ${s.path(".config/user-tmpfiles.d/evil.conf")}`,
      `create ${s.path(".config/gtk-3.0/settings.ini")}`,
      `create ${s.path(".bash_completion")}`,
      `create ${s.path(".lessfilter")}`,
      `create ${s.path(".asoundrc")}`,
      `create ${s.path(".local/share/thumbnailers/evil.thumbnailer")}`,
      `rename ${s.path(".config/autostart")} ${s.path("spare/autostart")}`,
      `exchange ${s.path(".config")} ${s.path("spare")}`,
      `rename ${s.path(".config")} ${s.path("moved")}`,
      `create ${s.path(".ssh/authorized_keys")}`,
      `rename ${s.path(".ssh")} ${s.path("spare/ssh")}`,
      `create ${s.path(".local/bin/ls")}`,
      `create ${s.path("bin/ls")}`,
      `append ${s.path("bin/tool")}`,
      `rename ${s.path("bin")} ${s.path("spare/bin")}`,
    ];
    for (const [index, answer] of (await probe.act(acts)).entries()) assertOneOf(answer, KEPT, acts[index]);
    assert.equal(s.read(".bashrc"), "# shell");
  });

  it("a denied path cannot be uncovered by moving what is above it, file or folder", async () => {
    const s = session();
    s.write("work/private/key", "canary");
    s.write("work/token", "canary");
    const probe = await makeProbe(s, "[Context]\nfilesystems=home;!~/work/private;!~/work/token;\n");
    const acts = [
      `read ${s.path("work/private/key")}`,
      `read ${s.path("work/token")}`,
      `rename ${s.path("work/private")} ${s.path("work/open")}`,
      `rename ${s.path("work/token")} ${s.path("work/open")}`,
      `link ${s.path("work/token")} ${s.path("work/open")}`,
      ...replacements(s.home, "work"),
      `read ${s.path("spare/moved/private/key")}`,
      `read ${s.path("spare/private/key")}`,
    ];
    for (const [index, answer] of (await probe.act(acts)).entries()) assertOneOf(answer, KEPT, acts[index]);
    assert.equal(s.read("work/private/key"), "canary");
    assert.deepEqual(await probe.act([`create ${s.path("work/new")}`]), ["ok"]);
  });
});

inEachSession("below a writable grant where links lead to tsbox's files", (session) => {
  before(() => {
    const s = session();
    s.write("data/tsbox/overrides/global", GOOD);
    s.makeFolder("data/applications");
    s.makeFolder("spare");
    s.makeFolder(".local");
    s.link("../data", ".local/share");
    s.link("..", "spare/up");
  });

  it("neither the link nor what it leads to can be replaced", async () => {
    const s = session();
    const probe = await makeProbe(s, "[Context]\nfilesystems=home;\n");
    const acts = [
      `append ${s.path(OVERRIDE)}`,
      `append ${s.path("data/tsbox/overrides/global")}`,
      `unlink ${s.path(".local/share")}`,
      `rename ${s.path(".local/share")} ${s.path(".local/old")}`,
      `exchange ${s.path(".local/share")} ${s.path("spare/up")}`,
      `rename ${s.path("data")} ${s.path("moved")}`,
      `exchange ${s.path("data")} ${s.path("spare")}`,
      `rename ${s.path("data/tsbox")} ${s.path("data/moved")}`,
      `rename ${s.path(".local")} ${s.path("spare/local")}`,
    ];
    for (const [index, answer] of (await probe.act(acts)).entries()) assertOneOf(answer, KEPT, acts[index]);
    assert.ok(lstatSync(s.path(".local/share")).isSymbolicLink());
    assert.equal(readlinkSync(s.path(".local/share")), "../data");
    assert.equal(s.read(OVERRIDE), GOOD);
    assert.equal((await probe.run(["facts"])).status, 0);
  });
});

inEachSession("between two runs", (session) => {
  it("a link that the program left in its own folder leads nowhere outside", async () => {
    const s = session();
    s.write(`${s.scratch}/canary/file`, "canary");
    const probe = await makeProbe(s, "[Context]\npersistent=.kept;\n");
    assert.equal((await probe.run(["facts"])).status, 0);
    for (const folder of ["data", "config", "cache", ".kept", ".local/state"]) {
      const place = s.path(`.var/app/org.example.Probe/${folder}`);
      if (!existsSync(place)) continue;
      await s.run(["mv", place, `${place}.moved`]);
      await s.run(["ln", "-s", `${s.scratch}/canary`, place]);
      const outcome = await probe.run([
        "do",
        `read ${place}/file`,
        `create ${place}/planted`,
        `read ${s.path(".kept/file")}`,
        `create ${s.path(".kept/planted")}`,
      ]);
      if (outcome.status !== 125) assert.doesNotMatch(outcome.stdout.split("\n")[0] ?? "", /^ok/, folder);
      assert.ok(!existsSync(`${s.scratch}/canary/planted`), folder);
      await s.run(["rm", place]);
      await s.run(["mv", `${place}.moved`, place]);
    }
  });

  it("a pipe where tsbox reads a file holds nothing up (CVE-2024-29068)", async () => {
    const s = session();
    s.makeFolder(".local/share/tsbox/overrides");
    await s.run(["mkfifo", s.path(".local/share/tsbox/overrides/org.example.Pipe")]);
    const probe = await makeProbe(s, "", "org.example.Pipe");
    const started = Date.now();
    const outcome = await probe.run(["facts"], { limit: 10_000 });
    assert.ok(Date.now() - started < 5_000, "it waited for the pipe's other end");
    assert.equal(outcome.status, 125);
    assert.match(outcome.stderr, /overrides\/org\.example\.Pipe/);
  });
});

inEachSession("the program that is pid 1 inside", (session) => {
  it("cannot be written through a handle that outlives it (CVE-2019-8308, CVE-2019-12499, CVE-2019-5736)", async () => {
    const s = session();
    const tsbox = copyBuild(`${s.scratch}/copy/build`);
    chownSync(tsbox, s.account.uid, s.account.gid);
    const original = readFileSync(tsbox);
    s.write(
      ".local/share/tsbox/manifests/org.example.Handle.ini",
      `[Application]\nname=org.example.Handle\ncommand=python3\n[Context]\nfilesystems=${s.scratch}/meet:create;\n`,
    );
    const result = await s.run(["/usr/bin/python3", serverScript(s, "handle.py"), `${s.scratch}/meet`, tsbox, "run", "org.example.Handle"], { limit: 40_000 });
    assert.equal(result.status, 0, result.stderr);
    const answers = JSON.parse(result.stdout) as Readonly<Record<string, string>>;
    assert.equal(answers["unprotected"], "written", "a handle of a file that nothing protects can be written once the program has ended");
    for (const path of ["/proc/1/exe", "/run/tsbox/init"]) assertOneOf(answers[path], ["EROFS", "EPERM", "EACCES", "ENOENT"], path);
    assert.ok(original.equals(readFileSync(tsbox)));
  });
});

inEachSession("the folder of manifests in an entry of XDG_DATA_DIRS", (session) => {
  it("cannot be changed, planted or replaced below a writable grant", async () => {
    const s = session();
    const [held, missing] = [s.path("site/share"), s.path("empty/share")];
    s.environment["XDG_DATA_DIRS"] = `${held}:${missing}`;
    const file = s.write("site/share/tsbox/manifests/org.example.Other.ini", "[Application]\n");
    s.makeFolder("empty/share");
    s.makeFolder("spare");
    const acts = [
      `append ${file}`,
      `create ${held}/tsbox/manifests/org.example.New.ini`,
      `rename ${held}/tsbox ${s.path("spare/tsbox")}`,
      `rename ${held} ${s.path("spare/share")}`,
      `exchange ${s.path("site")} ${s.path("spare")}`,
      `create ${missing}/tsbox/evil`,
      `rename ${missing} ${s.path("spare/other")}`,
    ];
    const probe = await makeProbe(s, "[Context]\nfilesystems=home;\n");
    for (const [index, got] of (await probe.act(acts)).entries()) assertOneOf(got, KEPT, acts[index] as string);
    assert.equal(readFileSync(file, "utf8"), "[Application]\n");
    assert.deepEqual(await (await probeHost(s)).act([`append ${file}`]), ["ok"], "the host would allow it");
  });
});
