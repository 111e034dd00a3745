// Programs of each toolkit, and the small ones that come with runtimes, on portals of tsbox's own: they choose files, open links and follow the colour scheme.
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { waitForWindow } from "../support/window.ts";
import { startXvfb } from "../support/xvfb.ts";

const CHOOSER = resolve("test/fixtures/programs/choose_file.py");

inOrdinarySession("programs on portals of our own", (session) => {
  before(async () => {
    await startXvfb(session(), { windowManager: true });
    await startBareBus(session());
    session().environment["GSETTINGS_BACKEND"] = "keyfile";
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    session().write("private/letter.txt", "dear");
    session().write("answers.json", JSON.stringify({ files: [session().path("private/letter.txt")] }));
    const opener = session().write("bin/opener", `#!/bin/sh\nprintf '%s\\n' "$*" >> ${session().path("opened")}\n`, 0o755);
    session().write(".local/share/applications/opener.desktop", `[Desktop Entry]\nType=Application\nName=Opener\nExec=${opener} %u\n`);
    session().write(".config/mimeapps.list", "[Default Applications]\nx-scheme-handler/https=opener.desktop\nx-scheme-handler/mailto=opener.desktop\n");
  });

  for (const version of ["3.0", "4.0"]) {
    it(`a GTK ${version} program opens a file that the user picks, and saves it atomically`, async () => {
      const app = await makeApp(session(), `org.example.Gtk${version[0]}`, "command=choose_file.py\n[Context]\nsockets=x11;\n", [CHOOSER]);
      const result = await app.run([version, `saved by ${version}`], { environment: { GSK_RENDERER: "cairo", LIBGL_ALWAYS_SOFTWARE: "1" }, limit: 60_000 });
      assert.match(result.stdout, /picked \/run\/flatpak\/doc\/[0-9a-f]{32}\/letter\.txt dear|picked .*letter\.txt saved by/, result.stdout + result.stderr);
      await waitFor("the save", () => session().read("private/letter.txt") === `saved by ${version}`);
    });
  }

  it("a GTK program prints by its own dialog's way, and the user gets a PDF", async () => {
    session().write("answers.json", JSON.stringify({ files: [session().path("private/printed.pdf")] }));
    const app = await makeApp(session(), "org.example.Prints", "command=print_page.py\n[Context]\nsockets=x11;\n", [
      resolve("test/fixtures/programs/print_page.py"),
    ]);
    const result = await app.run(["3.0"], { limit: 60_000 });
    assert.match(result.stdout, /done apply/, result.stdout + result.stderr);
    await waitFor("the file", () => existsSync(session().path("private/printed.pdf")));
    assert.match(session().read("private/printed.pdf"), /^%PDF-[\s\S]*%%EOF\s*$/);
  });

  it("a Qt program opens the file that the user picks, by its theme for portals", async () => {
    const picture = session().path("private/picked-picture.png");
    session().write(picture, Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"));
    session().write("answers.json", JSON.stringify({ files: [picture] }));
    const app = await makeApp(session(), "org.example.Qt", "command=lximage-qt\n[Context]\nsockets=x11;\n[Session Bus Policy]\norg.lxqt.LxImage=own\n");
    const running = app.start([], { environment: { QT_QPA_PLATFORMTHEME: "xdgdesktopportal" }, limit: 60_000 });
    const window = await waitForWindow(session(), "Image Viewer", running);
    await window.press("ctrl+o");
    await waitForWindow(session(), "picked-picture.png", running);
    running.kill("SIGTERM");
    await running.ended;
  });

  it("libportal's calls end as they should, one after the other", async () => {
    session().makeFolder("given");
    const old = session().write("given/old.txt", "old");
    const icon = session().write(
      "given/icon.png",
      Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"),
    );
    session().write("answers.json", JSON.stringify({ files: [session().path("private/letter.txt")], confirm: "yes" }));
    const app = await makeApp(session(), "org.example.Libportal", "command=libportal_client.py\n[Context]\nfilesystems=~/given;\n", [
      resolve("test/fixtures/programs/libportal_client.py"),
    ]);
    const result = await app.run([old, icon, "org.example.Libportal.One.desktop"], { limit: 120_000 });
    const lines = result.stdout.trimEnd().split("\n");
    const expected = [
      /^open_file \{.*'uris': <\['file:\/\/\/run\/flatpak\/doc\/[0-9a-f]{32}\/letter\.txt'\]>/,
      /^save_file \{.*letter\.txt/,
      new RegExp(`^user \\{.*'id': <'${session().account.name}'>`),
      /^email True$/,
      /^background True$/,
      /^inhibit \d+$/,
      /^trash True$/,
      /^launcher True$/,
    ];
    assert.equal(lines.length, expected.length, result.stdout + result.stderr);
    for (const [index, line] of lines.entries()) assert.match(line, expected[index] as RegExp);
    assert.ok(!existsSync(old));
    assert.ok(existsSync(session().path(".local/share/applications/org.example.Libportal.One.desktop")));
  });

  it("a GLib program's link is opened outside, although a program for it lies inside too", async () => {
    // The host's own answer, where a browser is installed: that program would be started inside.
    assert.match((await session().run(["gio", "mime", "x-scheme-handler/http"])).stdout, /\.desktop/);
    const app = await makeApp(session(), "org.example.Link", "command=gio\n");
    const opened = (): string => (existsSync(session().path("opened")) ? session().read("opened") : "");
    const link = await app.run(["open", "https://example.org/from-glib"]);
    assert.equal(link.status, 0, link.stderr);
    await waitFor("the link", () => opened().includes("https://example.org/from-glib"));
    // Without a portal there is nobody to open it.
    const alone = await app.run(["open", "https://example.org/alone"], { options: ["--no-talk-name=org.freedesktop.portal.*"] });
    assert.notEqual(alone.status, 0);
  });

  it("vim saves a file that was given by a command, by another file in its place", async () => {
    const file = session().write("private/note.txt", "one\n");
    const app = await makeApp(session(), "org.example.Vim", "command=vim\n");
    const given = await session().run([app.tsbox, "document-export", "-w", `--app=${app.id}`, file]);
    const { ino } = statSync(file);
    // It is shown once the sandbox stands.
    const edit = `until [ -e "$1" ]; do sleep 0.05; done; vim -es -u NONE -i NONE -c 'set backup backupcopy=no' -c 's/one/two/' -c wq "$1"; sleep 0.3`;
    const edited = await app.run(["-c", edit, "sh", given.stdout.trim()], { options: ["--command=sh"] });
    assert.equal(edited.status, 0, edited.stderr);
    await waitFor("the save", () => session().read("private/note.txt") === "two\n");
    assert.notEqual(statSync(file).ino, ino);
    assert.deepEqual(
      readdirSync(session().path("private")).filter((name) => name.startsWith("note")),
      ["note.txt"],
    );
  });

  it("a program that listens hears the colour scheme change", async () => {
    const set = (value: string) => session().run(["gsettings", "set", "org.gnome.desktop.interface", "color-scheme", value]);
    assert.equal((await set("default")).status, 0);
    const app = await makeApp(session(), "org.example.Scheme", "command=gdbus\n");
    const read = ["call", "--session", "--dest", "org.freedesktop.portal.Desktop", "--object-path", "/org/freedesktop/portal/desktop", "--method"];
    const scheme = async (): Promise<string> =>
      (await app.run([...read, "org.freedesktop.portal.Settings.Read", "org.freedesktop.appearance", "color-scheme"])).stdout;
    assert.equal(await scheme(), "(<<uint32 0>>,)\n");
    const listening = app.start(["monitor", "--session", "--dest", "org.freedesktop.portal.Desktop"], { limit: 60_000 });
    // The monitor calls nothing; a program that reads what it listens to does, over the same instance.
    await waitFor("the monitor", () => listening.stdout().includes("is owned by"));
    const both = app.start(
      [
        "-c",
        "gdbus monitor --session --dest org.freedesktop.portal.Desktop & gdbus call --session --dest org.freedesktop.portal.Desktop --object-path /org/freedesktop/portal/desktop --method org.freedesktop.portal.Settings.ReadAll '[]' && sleep 20",
      ],
      { options: ["--command=sh"], limit: 60_000 },
    );
    await waitFor("the first answer", () => both.stdout().includes("org.freedesktop.appearance"));
    await waitFor(
      "the follower",
      async () => (await session().run(["pgrep", "-u", String(session().account.uid), "-f", "gsettings monitor org.gnome.desktop.interface"])).status === 0,
    );
    await new Promise((done) => setTimeout(done, 500));
    await set("prefer-dark");
    await waitFor("the change", () => /SettingChanged \('org\.freedesktop\.appearance', 'color-scheme', <uint32 1>\)/.test(both.stdout()));
    assert.equal(await scheme(), "(<<uint32 1>>,)\n");
    both.kill("SIGTERM");
    listening.kill("SIGTERM");
    await Promise.all([both.ended, listening.ended]);
  });

  it("xdg-open and xdg-email of the runtimes reach the user's programs", async () => {
    const app = await makeApp(session(), "org.example.Utils", "command=/usr/libexec/flatpak-xdg-utils/xdg-open\n");
    const opened = (): string => (existsSync(session().path("opened")) ? session().read("opened") : "");
    const link = await app.run(["https://example.org/from-utils"]);
    assert.equal(link.status, 0, link.stderr);
    await waitFor("the link", () => opened().includes("https://example.org/from-utils"));
    const mail = await app.run(["--subject", "Hello", "someone@example.org"], { options: ["--command=/usr/libexec/flatpak-xdg-utils/xdg-email"] });
    assert.equal(mail.status, 0, mail.stderr);
    await waitFor("the mail", () => /mailto:someone%40example\.org\?subject=Hello/.test(opened()));
  });
});
