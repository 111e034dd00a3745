import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { ENTRY, ID, MANIFEST, onHost } from "./export-run.ts";

const EXPORTED = "home/.local/share/applications/editor.desktop";
const SHIM = "home/.local/bin/editor";
const RECORDS = "home/.local/state/tsbox/exports.json";
const SERVICES = "home/.local/share/dbus-1/services";

test("an exported entry comes under the host's own name, and every way into the program leads to tsbox", () =>
  onHost(async (host) => {
    assert.equal((await host.run(`export ${ID}`)).status, 0);
    const expected = ENTRY.replace("Exec=editor %U", `Exec=${host.folder}/package/build/tsbox run --command=editor --file-forwarding ${ID} @@u %U @@`)
      .replace("TryExec=editor\n", "")
      .replace("Exec=editor --new", `Exec=${host.folder}/package/build/tsbox run --command=editor ${ID} --new`)
      .replace("Actions=new;\n", `Actions=new;\nX-Tsbox=${ID}\n`);
    assert.equal(host.read(EXPORTED), expected);
    execFileSync("desktop-file-validate", [`${host.folder}/${EXPORTED}`]);
    assert.equal(lstatSync(`${host.folder}/${RECORDS}`).mode & 0o777, 0o600);
    assert.ok(!host.names("home/.local/share/applications").some((name) => name.endsWith(".new")));
  }));

test("a line in another language, a second line and a bug reporter's script lead nowhere else", () =>
  onHost(async (host) => {
    const outside =
      "X-GNOME-Bugzilla-ExtraInfoScript=/usr/bin/x\nTerminal=true\nTerminalOptions=-e sh -c evil\nX-KDE-Library=/tmp/evil.so\nServiceTypes=ThumbCreator\nX-KDE-SubstituteUID=true\n";
    host.write("share/applications/editor.desktop", `${ENTRY}Exec[de]=editor --de\nExec=editor --last\n${outside}`);
    await host.run(`export ${ID}`);
    const lines = host.read(EXPORTED).match(/^(?:Exec|X-GNOME-B|X-KDE|TerminalO|ServiceT).*$/gm) ?? [];
    assert.equal(lines.length, 2);
    for (const line of lines) assert.match(line, /^Exec=\S+\/tsbox run /);
    assert.match(lines[1] ?? "", /--last$/);
  }));

test("an exported entry asks KDE's compositor for nothing, in whatever group and language the host's does", () =>
  onHost(async (host) => {
    const asks = "X-KDE-Wayland-Interfaces=org_kde_kwin_fake_input,zkde_screencast_unstable_v1\nX-KDE-DBUS-Restricted-Interfaces=org.kde.KWin.ScreenShot2\n";
    const here = ENTRY.replace("TryExec=editor\n", `${asks}X-KDE-Kept=1\nX-KDE-Wayland-Interfaces[de]=org_kde_kwin_fake_input\n`);
    host.write("share/applications/editor.desktop", `${here}${asks}`);
    assert.equal((await host.run(`export ${ID}`)).status, 0);
    assert.match(host.read(EXPORTED), /^X-KDE-Kept=1$/m);
    assert.doesNotMatch(host.read(EXPORTED), /Interfaces/);
  }));

test("KDE, which undoes escapes in the names of keys and groups, reads our line too, and so do readers with other ends of lines", () =>
  onHost(async (host) => {
    const kde = (path: string, key: string): string =>
      execFileSync("kreadconfig5", ["--file", path, "--group", "Desktop Entry", "--key", key], {
        encoding: "utf8",
        env: { PATH: "/usr/bin", HOME: host.home, QT_QPA_PLATFORM: "offscreen" },
      }).trimEnd();
    const evil = "touch /tmp/evil";
    const escaped = ENTRY.replace("TryExec=editor\n", `\\x45xec=${evil}\nX-Kept=1\n# a\rExec=${evil}\nexec=${evil}\nX\u0085Exec=${evil}\n`);
    const entry = host.write("share/applications/editor.desktop", `${escaped}\n[Desktop\\x20Entry]\nTryExec=evil\n[Desktop Action y]\nExec=x\n`);
    // The host's file would start something else there.
    assert.equal(kde(entry, "Exec"), evil);
    assert.equal(kde(entry, "TryExec"), "evil");
    assert.equal((await host.run(`export ${ID}`)).status, 0);
    assert.match(kde(`${host.folder}/${EXPORTED}`, "Exec"), /\/tsbox run --command=editor /);
    assert.equal(kde(`${host.folder}/${EXPORTED}`, "TryExec"), "");
    assert.equal(kde(`${host.folder}/${EXPORTED}`, "X-Kept"), "1");
    const lines = host.read(EXPORTED).split(/[\n\r\f\v\u0085\u2028\u2029]/);
    assert.deepEqual(
      lines.filter((line) => /exec\s*=/i.test(line) && !/^Exec=\S+\/tsbox run /.test(line)),
      [],
    );
    assert.ok(lines.includes("[Desktop Action y]") && lines.includes("Name[de]=Bearbeiter") && lines[0] === "# the host's own");
  }));

test("what an app of Flatpak's asks of its launcher counts for its own group, and is gone from the file", () =>
  onHost(async (host) => {
    const asked = "X-Flatpak-RunOptions=no-a11y-bus;no-documents-portal;foo;\n";
    host.write("share/applications/editor.desktop", ENTRY.replace("Type=", `${asked}Type=`));
    await host.run(`export ${ID}`);
    assert.doesNotMatch(host.read(EXPORTED), /RunOptions/);
    const [first = "", action = ""] = host.read(EXPORTED).match(/^Exec=.*$/gm) ?? [];
    assert.match(first, / run --no-a11y-bus --command=editor --file-forwarding /);
    assert.match(action, / run --command=editor /);
  }));

test("a line with an escape that is none is read as GLib reads it", () =>
  onHost(async (host) => {
    host.write("share/applications/editor.desktop", ENTRY.replace("Exec=editor %U", 'Exec=editor "\\$HOME" %U\\'));
    await host.run(`export ${ID}`);
    assert.match(host.read(EXPORTED), /^Exec=\S+ run --command=editor --file-forwarding \S+ "\\\\\$HOME" @@u %U @@$/m);
  }));

test("entries are found by id and by program, and those of another app are left alone", () =>
  onHost(async (host) => {
    const entry = (exec: string, more = ""): string => `[Desktop Entry]\nType=Application\nName=X\nExec=${exec}\n${more}`;
    host.write("share/applications/sub/settings.desktop", entry("env A=b /usr/bin/editor --settings"));
    host.write(`share/applications/${ID}.desktop`, entry("sh -c other"));
    host.write(`share/applications/${ID}x.desktop`, entry("other"));
    host.write("share/applications/hidden.desktop", entry("editor", "Hidden=true\n"));
    host.write("share/applications/link.desktop", "[Desktop Entry]\nType=Link\nName=X\nURL=http://example.org\n");
    host.write("share/applications/flatpak.desktop", entry("editor", "X-Flatpak=org.example.Editor\n"));
    host.write("share/applications/org.example.Other.desktop", entry("editor"));
    host.write("package/manifests/org.example.Other.ini", "[Application]\nname=org.example.Other\ncommand=editor\n");
    await host.run(`export ${ID}`);
    const names = host.names("home/.local/share/applications").filter((name) => name.endsWith(".desktop"));
    assert.deepEqual(names, ["editor.desktop", `${ID}.desktop`, "sub-settings.desktop"].sort());
  }));

test("of the entries that a manifest brings those of its id are taken, and none that would stand in front of a host program's", () =>
  onHost(async (host) => {
    const brought = `package/manifests/${ID}/share/applications`;
    host.write(`${brought}/${ID}.desktop`, ENTRY);
    host.write(`${brought}/browser.desktop`, ENTRY);
    host.write("share/applications/browser.desktop", ENTRY.replaceAll("editor", "browser"));
    assert.equal((await host.run(`export ${ID}`)).status, 0);
    assert.deepEqual(
      host.names("home/.local/share/applications").filter((name) => name.endsWith(".desktop")),
      ["editor.desktop", `${ID}.desktop`],
    );
  }));

test("`--from` takes an entry from anywhere as ID.desktop", () =>
  onHost(async (host) => {
    host.write("mine.desktop", ENTRY);
    assert.equal((await host.run(`export --from=mine.desktop ${ID}`)).output, `exported /H/home/.local/share/applications/${ID}.desktop\n`);
    assert.equal(
      (await host.run(`export --from=share/applications/editor.desktop ${ID}`)).output,
      "exported /H/home/.local/share/applications/editor.desktop\n",
    );
  }));

test("an entry that is started over the bus gets a service in front of the host's, without its unit", () =>
  onHost(async (host) => {
    const entry = ENTRY.replace("Actions=new;\n", "Actions=new;\nDBusActivatable=true\n");
    host.write(`share/applications/${ID}.desktop`, entry);
    host.write("share/dbus-1/services/x.service", `[D-BUS Service]\nName=${ID}\nExec=/usr/bin/editor --gapplication-service\nSystemdService=editor.service\n`);
    host.write("share/dbus-1/services/y.service", "[D-BUS Service]\nName=org.example.Extra\nExec=/usr/lib/extra 100%\n");
    host.write("share/dbus-1/services/z.service", "[D-BUS Service]\nName=org.example.Foreign\nExec=/usr/bin/editor\n");
    assert.equal((await host.run(`export ${ID}`)).status, 0);
    const tsbox = `${host.folder}/package/build/tsbox`;
    assert.equal(
      host.read(`${SERVICES}/${ID}.service`),
      `[D-BUS Service]\nName=${ID}\nExec=${tsbox} run --command=/usr/bin/editor ${ID} --gapplication-service\nX-Tsbox=${ID}\n`,
    );
    assert.match(host.read(`${SERVICES}/org.example.Extra.service`), / 100%\n/);
    // A name that every program trusts stays with the host's program for it, whatever the manifest may own.
    host.write(`package/manifests/${ID}.ini`, `${MANIFEST}org.freedesktop.secrets=own\norg.freedesktop.FileManager1=own\n`);
    host.write("share/dbus-1/services/s.service", "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/usr/bin/keyring\n");
    assert.equal((await host.run(`export ${ID}`)).status, 0);
    assert.ok(!host.names(SERVICES).includes("org.freedesktop.secrets.service"));
    host.write("share/dbus-1/services/f.service", "[D-BUS Service]\nName=org.freedesktop.FileManager1\nExec=/usr/bin/editor --files\n");
    assert.equal((await host.run(`export ${ID}`)).status, 0);
    assert.match(host.read(`${SERVICES}/org.freedesktop.FileManager1.service`), /run --command=\/usr\/bin\/editor /);
    rmSync(`${host.folder}/${SERVICES}/org.freedesktop.FileManager1.service`);
    assert.deepEqual(host.names(SERVICES), [`${ID}.service`, "org.example.Extra.service"].sort());
    assert.match(host.read(`home/.local/share/applications/${ID}.desktop`), /^DBusActivatable=true$/m);
  }));

test("without a service of the host one is made; a name that the app may not own loses its activation", () =>
  onHost(async (host) => {
    const entry = ENTRY.replace("Actions=new;\n", "Actions=new;\nDBusActivatable=true\n");
    host.write(`share/applications/${ID}.desktop`, entry);
    host.write("share/applications/org.example.Foreign.desktop", entry);
    const ran = await host.run(`export ${ID}`);
    assert.equal(ran.status, 0);
    assert.match(host.read(`${SERVICES}/${ID}.service`), /run --command=editor org\.example\.Editor --gapplication-service$/m);
    assert.match(host.read("home/.local/share/applications/org.example.Foreign.desktop"), /^DBusActivatable=false$/m);
    assert.match(ran.errors, /notice: .*Foreign.*may own/);
  }));

test("what starts the app at login is exported only when asked", () =>
  onHost(async (host) => {
    host.write("xdg/autostart/editor-daemon.desktop", "[Desktop Entry]\nType=Application\nName=X\nExec=editor --daemon\nOnlyShowIn=XFCE;\n");
    await host.run(`export ${ID}`);
    assert.ok(!host.exists("home/.config/autostart/editor-daemon.desktop"));
    await host.run(`export --autostart ${ID}`);
    assert.match(host.read("home/.config/autostart/editor-daemon.desktop"), /run --command=editor org\.example\.Editor --daemon\nOnlyShowIn=XFCE;/);
  }));

test("a program without a desktop entry gets the shim that is asked for, which tells that there is no more; of all apps it is none", () =>
  onHost(async (host) => {
    rmSync(`${host.folder}/share/applications/editor.desktop`);
    assert.equal((await host.run("export --all --shim")).status, 0);
    assert.equal(host.exists(SHIM), false);
    const ran = await host.run(`export --shim ${ID}`);
    assert.equal(ran.status, 0, ran.errors);
    assert.match(ran.errors, /^tsbox: notice: no desktop entry of org\.example\.Editor/);
    assert.match(host.read(SHIM), /run/);
    assert.equal((await host.run("export --check")).status, 0);
  }));

test("a shim starts the app and never takes the place of another file", () =>
  onHost(async (host) => {
    host.write(SHIM, "#!/bin/sh\necho mine\n", 0o755);
    const refused = await host.run(`export --shim ${ID}`);
    assert.equal(refused.status, 125);
    assert.equal(host.read(SHIM), "#!/bin/sh\necho mine\n");
    assert.ok(!host.exists(EXPORTED), "all or nothing");
    rmSync(`${host.folder}/${SHIM}`);
    host.write("package/build/tsbox", "\x7fELF", 0o755);
    await host.run(`export --shim ${ID}`);
    assert.equal(lstatSync(`${host.folder}/${SHIM}`).mode & 0o777, 0o755);
    host.write("package/build/tsbox", '#!/bin/sh\nprintf "%s|" "$@"\n', 0o755);
    assert.equal(execFileSync(`${host.folder}/${SHIM}`, ["a b", "$(id)", "--x"], { encoding: "utf8" }), `run|${ID}|a b|$(id)|--x|`);
  }));

test("links are never followed, in the place of a file or of a folder (CVE-2024-29069)", () =>
  onHost(async (host) => {
    const target = host.write("home/.bashrc", "# shell\n");
    mkdirSync(`${host.folder}/home/.local/share/applications`, { recursive: true });
    symlinkSync(target, `${host.folder}/${EXPORTED}`);
    assert.equal((await host.run(`export ${ID}`)).status, 125);
    assert.equal(host.read("home/.bashrc"), "# shell\n");
    rmSync(`${host.folder}/home/.local/share/applications`, { recursive: true });
    mkdirSync(`${host.folder}/elsewhere`);
    symlinkSync(`${host.folder}/elsewhere`, `${host.folder}/home/.local/share/applications`);
    assert.match((await host.run(`export ${ID}`)).errors, /a link or a file is in the place of the folder/);
    assert.deepEqual(host.names("elsewhere"), []);
  }));

test("`unexport` takes away what is ours and unchanged, and tells what stays", () =>
  onHost(async (host) => {
    await host.run(`export --shim ${ID}`);
    host.write("home/.local/share/applications/mine.desktop", ENTRY);
    host.write(EXPORTED, "changed by hand\n");
    const ran = await host.run(`unexport ${ID}`);
    assert.equal(ran.status, 0);
    assert.match(ran.errors, /editor\.desktop: changed since it was exported/);
    assert.equal(host.read(EXPORTED), "changed by hand\n");
    assert.ok(!host.exists(SHIM));
    assert.ok(host.exists("home/.local/share/applications/mine.desktop"));
    assert.equal((await host.run(`unexport ${ID}`)).output, `nothing of ${ID} is exported\n`);
  }));

test("a second export changes nothing; after the host's entry has changed it follows", () =>
  onHost(async (host) => {
    await host.run(`export ${ID}`);
    const { ino } = lstatSync(`${host.folder}/${EXPORTED}`);
    assert.equal((await host.run(`export ${ID}`)).output, "unchanged /H/home/.local/share/applications/editor.desktop\n");
    assert.equal(lstatSync(`${host.folder}/${EXPORTED}`).ino, ino);
    host.write("share/applications/editor.desktop", ENTRY.replace("Name=Editor", "Name=Better Editor"));
    assert.equal((await host.run(`export ${ID}`)).status, 0);
    assert.match(host.read(EXPORTED), /Better Editor/);
  }));

test("an export that was killed half way is taken back or finished", () =>
  onHost(async (host) => {
    await host.run(`export ${ID}`);
    const before = host.read(EXPORTED);
    host.write("share/applications/editor.desktop", ENTRY.replace("Name=Editor", "Name=Better Editor"));
    await host.run(`export ${ID}`);
    // As it is between the list and the file: the new one announced, the old one still there.
    const list = JSON.parse(host.read(RECORDS)) as { exports: Record<string, unknown>[] };
    const { createHash } = await import("node:crypto");
    for (const record of list.exports) record["replaced"] = createHash("sha256").update(before).digest("hex");
    host.write(RECORDS, JSON.stringify(list), 0o600);
    host.write(EXPORTED, before);
    assert.equal((await host.run(`export ${ID}`)).output, "exported /H/home/.local/share/applications/editor.desktop\n");
    assert.match((await host.run(`unexport ${ID}`)).output, /^removed/);
  }));

test("`--all` exports what is installed and passes over the rest", () =>
  onHost(async (host) => {
    host.write("package/manifests/org.example.Absent.ini", "[Application]\nname=org.example.Absent\ncommand=absent\n");
    host.write("package/manifests/org.example.Broken.ini", "[Application\n");
    const ran = await host.run("export --all");
    assert.equal(ran.output, "exported /H/home/.local/share/applications/editor.desktop\n");
    assert.equal(ran.status, 125, "a manifest that cannot be read is told");
    rmSync(`${host.folder}/package/manifests/org.example.Broken.ini`);
    assert.equal((await host.run("export --all")).status, 0);
    assert.equal((await host.run("unexport --all")).output, "removed /H/home/.local/share/applications/editor.desktop\n");
  }));

test("`--system` writes for all users, and only what all users can start", () =>
  onHost(async (host) => {
    assert.equal((await host.run(`export --system --shim ${ID}`)).status, 0);
    for (const path of ["usr/local/share/applications/editor.desktop", "usr/local/bin/editor", "var/lib/tsbox/exports.json"])
      assert.ok(host.exists(`system/${path}`), path);
    host.write("home/.local/share/tsbox/manifests/org.example.Own.ini", "[Application]\nname=org.example.Own\ncommand=editor\n");
    assert.equal((await host.run("export --system org.example.Own")).status, 125);
    assert.equal((await host.run(`unexport --system ${ID}`)).status, 0);
    assert.ok(!host.exists("system/usr/local/bin/editor"));
  }));
