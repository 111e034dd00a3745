// Beside Debian's whole desktop service, xdg-desktop-portal with its GTK backend: clients of the runtimes and of libportal inside, the user's hand at the dialogs.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { before, it } from "node:test";
import { busCall, startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { enterPath } from "../support/file-dialog.ts";
import { openFuse } from "../support/portal.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import type { Session } from "../support/session.ts";
import { waitForWindow } from "../support/window.ts";
import { startXvfb } from "../support/xvfb.ts";

const PORTAL = "org.freedesktop.portal.Desktop";
const DOCUMENTS = "org.freedesktop.portal.Documents";
const LIMIT = 60_000;

inOrdinarySession("beside Debian's portals", (session) => {
  const opened = (): string => (existsSync(session().path("opened")) ? session().read("opened") : "");
  before(async () => {
    openFuse(session());
    await startXvfb(session(), { windowManager: true });
    const opener = session().write("bin/opener", `#!/bin/sh\nprintf '%s\\n' "$*" >> ${session().path("opened")}\n`, 0o755);
    session().write(".local/share/applications/opener.desktop", `[Desktop Entry]\nType=Application\nName=Opener\nExec=${opener} %u\n`);
    session().write(".config/mimeapps.list", "[Default Applications]\nx-scheme-handler/https=opener.desktop\nx-scheme-handler/mailto=opener.desktop\n");
    session().write("private/letter.txt", "dear");
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    session().write("answers.json", JSON.stringify({ confirm: "yes" }));
    // Its services are started by their files, and draw on this screen.
    await startBus(session());
    session().onClose(() => endServices(session()));
    const version = ["org.freedesktop.DBus.Properties.Get", "org.freedesktop.portal.FileChooser", "version"] as const;
    await waitFor("the portal", async () => (await busCall(session(), PORTAL, "/org/freedesktop/portal/desktop", ...version)).stdout.includes("uint32"), LIMIT);
  });

  it("xdg-open and xdg-email of the runtimes reach the user's programs by the host's portals", async () => {
    const app = await makeApp(session(), "org.example.Utils", "command=/usr/libexec/flatpak-xdg-utils/xdg-open\n");
    const link = await app.run(["https://example.org/from-utils"], { limit: LIMIT });
    assert.equal(link.status, 0, link.stderr);
    await waitFor("the link", () => opened().includes("https://example.org/from-utils"), LIMIT);
    const mail = await app.run(["--subject", "Hello", "someone@example.org"], {
      options: ["--command=/usr/libexec/flatpak-xdg-utils/xdg-email"],
      limit: LIMIT,
    });
    assert.equal(mail.status, 0, mail.stderr);
    await waitFor("the mail", () => /mailto:someone(@|%40)example\.org\?subject=Hello/.test(opened()), LIMIT);
  });

  it("libportal's calls end as they should: files by the GTK backend's dialogs, autostart and starters by tsbox", async () => {
    session().makeFolder("given");
    const old = session().write("given/old.txt", "old");
    const icon = session().write(
      "given/icon.png",
      Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"),
    );
    const app = await makeApp(session(), "org.example.Libportal", "command=libportal_client.py\n[Context]\nfilesystems=~/given;\n", [
      resolve("test/fixtures/programs/libportal_client.py"),
    ]);
    const running = app.start([old, icon, "org.example.Libportal.One.desktop"], { limit: 200_000 });
    for (const [title, path] of [
      ["Open", "private/letter.txt"],
      ["Save", "private/new.txt"],
    ] as const) {
      const window = await waitForWindow(session(), `^${title}$`, running, LIMIT);
      await enterPath(session(), window, session().path(path));
    }
    // Of the trash nothing is claimed: this portal takes the descriptor of libportal, which is open for reading, for no right to put the file there.
    const lines = (await running.ended).stdout.trimEnd().split("\n");
    const said = (name: string): string => lines.find((line) => line.startsWith(`${name} `)) ?? "";
    assert.match(said("open_file"), /'uris': <\['file:\/\/\/run\/[^']*\/doc\/[0-9a-f]+\/letter\.txt'\]>/, lines.join("\n"));
    assert.match(said("save_file"), /\/doc\/[0-9a-f]+\/new\.txt/);
    assert.equal(said("email"), "email True");
    assert.equal(said("background"), "background True");
    assert.match(said("inhibit"), /^inhibit \d+$/);
    assert.equal(said("launcher"), "launcher True");
    assert.match(session().read(".config/autostart/org.example.Libportal.desktop"), /Exec="[^"]*tsbox" "run"/);
    assert.doesNotMatch(session().read(".local/share/applications/org.example.Libportal.One.desktop"), /flatpak run/);
  });
});

/** Their file system first: it stays otherwise. */
async function endServices(session: Session): Promise<void> {
  for (const name of [DOCUMENTS, PORTAL]) {
    const { stdout } = await busCall(session, "org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetConnectionUnixProcessID", name);
    const pid = Number(/uint32 (\d+)/.exec(stdout)?.[1]);
    if (pid > 1) process.kill(pid, "SIGTERM");
  }
  await session.run(["fusermount3", "-uz", `${session.runtimeDirectory}/doc`]);
}
