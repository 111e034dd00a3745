// An exported desktop entry as a desktop starts it: by `gio launch`, with a window, in the sandbox; and again by a shim.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, it } from "node:test";
import { busCall } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Desk, furnishDesktop, LETTER } from "../support/desktop.ts";
import { waitFor } from "../support/process.ts";
import { expectSuccess, findTsbox, makeApp } from "../support/sandbox.ts";
import type { Session } from "../support/session.ts";
import { waitForWindow } from "../support/window.ts";

const ID = "org.xfce.mousepad";
const ENTRY = ".local/share/applications/org.xfce.mousepad.desktop";

inOrdinarySession("an exported program", (session: () => Session) => {
  let desk: Desk;
  let tsbox: string;
  before(async () => {
    // Without it the bus looks in the home that the account's passwd entry names.
    session().environment["XDG_DATA_HOME"] = session().path(".local/share");
    desk = await furnishDesktop(session());
    tsbox = await findTsbox(session());
    await makeApp(session(), ID, "command=mousepad\n[Context]\nshared=ipc;\nsockets=x11;\nfilesystems=~/desk;\n");
    expectSuccess(await session().run([tsbox, "export", "--shim", ID]));
  });

  const running = async (): Promise<boolean> => expectSuccess(await session().run([tsbox, "ps", "--columns=application"])).includes(ID);
  const end = async (): Promise<void> => {
    await session().run([tsbox, "kill", ID]);
    await waitFor("the instance to end", async () => !(await running()));
  };

  it("has entries that desktop-file-validate takes, before the system's own", async () => {
    for (const path of [ENTRY, ENTRY.replace("mousepad.desktop", "mousepad-settings.desktop")]) {
      assert.equal((await session().run(["desktop-file-validate", session().path(path)])).stdout, "");
    }
    const ask = "from gi.repository import Gio; print(Gio.DesktopAppInfo.new('org.xfce.mousepad.desktop').get_filename())";
    assert.equal(expectSuccess(await session().run(["python3", "-c", ask])).trim(), session().path(ENTRY));
    assert.match(expectSuccess(await session().run(["gio", "mime", "text/plain"])), /org\.xfce\.mousepad\.desktop/);
  });

  it("shows the file's window when the desktop launches the entry, and sees nothing else of the home", async () => {
    const launched = session().start(["gio", "launch", session().path(ENTRY), desk.letter], { limit: 60_000 });
    const window = await waitForWindow(session(), "letter.txt", undefined);
    assert.match(await window.title(), /letter\.txt/);
    assert.ok(await running(), "it runs in an instance of tsbox");
    await window.press("ctrl+Home");
    await window.type("typed inside ");
    await window.press("ctrl+s");
    await waitFor("the saved text", () => session().read(desk.letter) === `typed inside ${LETTER}`);
    await end();
    await launched.ended;
    const secret = session().write("elsewhere/secret.txt", "secret");
    const sees = async (path: string): Promise<number | null> => (await session().run([tsbox, "run", "--command=test", ID, "-e", path])).status;
    assert.equal(await sees(desk.letter), 0);
    assert.equal(await sees(secret), 1);
  });

  it("starts in the sandbox by its program's name in a shell", async () => {
    const shim = session().start(["/bin/sh", "-c", 'PATH="$HOME/.local/bin:$PATH" exec mousepad "$1"', "sh", desk.letter], { limit: 60_000 });
    await waitForWindow(session(), "letter.txt", shim);
    assert.ok(await running());
    await end();
    await shim.ended;
  });

  it("opens a file by its type in the sandbox", async () => {
    expectSuccess(await session().run(["gio", "mime", "text/plain", "org.xfce.mousepad.desktop"]));
    const opener = session().start(["gio", "open", desk.letter], { limit: 60_000 });
    await waitForWindow(session(), "letter.txt");
    assert.ok(await running());
    await end();
    await opener.ended;
  });

  it("starts in the sandbox at login", async () => {
    session().write("xdg/autostart/pad.desktop", "[Desktop Entry]\nType=Application\nName=Pad\nExec=mousepad\n");
    const environment = { XDG_CONFIG_DIRS: session().path("xdg") };
    expectSuccess(await session().run([tsbox, "export", "--autostart", ID], { environment }));
    const started = session().start(["gio", "launch", session().path(".config/autostart/pad.desktop")], { limit: 60_000 });
    await waitFor("the instance", running, 20_000);
    await end();
    await started.ended;
  });

  it("answers the desktop's search in the sandbox, where the host's own service would have", async () => {
    const id = "org.gnome.Calculator";
    const instances = async (): Promise<string> => expectSuccess(await session().run([tsbox, "ps", "--columns=application"]));
    await makeApp(session(), id, "command=gnome-calculator\n[Context]\nshared=ipc;\nsockets=x11;\n");
    expectSuccess(await session().run([tsbox, "export", id]));
    // As every desktop does at login.
    expectSuccess(await session().run(["dbus-update-activation-environment", "DISPLAY", "XAUTHORITY", "GSK_RENDERER"]));
    const search = "org.gnome.Shell.SearchProvider2.GetInitialResultSet";
    const asked = await busCall(session(), `${id}.SearchProvider`, "/org/gnome/Calculator/SearchProvider", search, "['2+2']");
    assert.match(expectSuccess(asked), /2\+2|copy/);
    assert.ok((await instances()).includes(id));
    await session().run([tsbox, "kill", id]);
    await waitFor("the instance to end", async () => !(await instances()).includes(id));
    expectSuccess(await session().run([tsbox, "unexport", id]));
  });

  it("is started over the bus in the sandbox, where the host's own service started it before", async () => {
    const id = "org.gnome.TextEditor";
    await makeApp(session(), id, "command=gnome-text-editor\n[Context]\nshared=ipc;\nsockets=x11;\nfilesystems=~/desk;\n");
    // As every desktop does at login.
    expectSuccess(await session().run(["dbus-update-activation-environment", "DISPLAY", "XAUTHORITY", "GSK_RENDERER"]));
    const owned = async (): Promise<boolean> =>
      expectSuccess(await busCall(session(), "org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames")).includes(id);
    const instances = async (): Promise<string> => expectSuccess(await session().run([tsbox, "ps", "--columns=application"]));
    const open = () => session().run(["gapplication", "launch", id, desk.letter], { limit: 60_000 });

    expectSuccess(await open());
    await waitForWindow(session(), "letter.txt");
    assert.ok(!(await instances()).includes(id), "before the export the host's own program answers");
    // Said again where it was not heard: a program that is still opening its file passes over it.
    await waitFor("the host's program to end", async () => {
      if (!(await owned())) return true;
      await session().run(["gapplication", "action", id, "quit"]);
      return false;
    });
    await waitFor("its window to close", async () => (await session().run(["xdotool", "search", "--onlyvisible", "--name", "letter.txt"])).stdout === "");

    expectSuccess(await session().run([tsbox, "export", id]));
    expectSuccess(await open());
    await waitFor("the instance", async () => (await instances()).includes(id));
    await waitForWindow(session(), "letter.txt");
    expectSuccess(await session().run([tsbox, "kill", id]));
    expectSuccess(await session().run([tsbox, "unexport", id]));
  });

  it("is the system's again after `unexport`", async () => {
    expectSuccess(await session().run([tsbox, "unexport", ID]));
    for (const path of [ENTRY, ".local/bin/mousepad"]) assert.ok(!existsSync(session().path(path)), path);
    assert.equal(expectSuccess(await session().run([tsbox, "export"])), "");
  });
});
