// Real dialogs on a screen: each driver shows the app's true id, takes the app's words as words, and what the user answers is what the app gets.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Entering, enterPath } from "../support/file-dialog.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { type AppWindow, waitForWindow } from "../support/window.ts";
import { startXvfb } from "../support/xvfb.ts";

const ID = "org.example.Dialogs";
const HOSTILE = '</b>--ok-label=x <span size="90000">big</span> $(id) %u | * !gtk-ok';

inOrdinarySession("dialogs on a screen", (session) => {
  let app: PortalApp;
  const only = (program: string): Readonly<Record<string, string>> => {
    const folder = session().path(`only-${program}`);
    if (!existsSync(folder)) {
      session().makeFolder(folder);
      for (const name of [program, "gio", "sh"]) session().link(`/usr/bin/${name}`, `${folder}/${name}`);
    }
    return { PATH: folder };
  };
  const ask = (portal: string, args: string, environment: Readonly<Record<string, string>>) =>
    app.start(["request", `org.freedesktop.portal.${portal}`, args, "--wait=60000"], { environment, limit: 90_000 });
  const enter = (window: AppWindow, entering: Entering): Promise<void> => enterPath(session(), window, session().path("private/pick_me.txt"), entering);
  before(async () => {
    await startXvfb(session(), { windowManager: true });
    session().makeFolder(`${session().scratch}/services`);
    await startBareBus(session());
    session().write("private/pick_me.txt", "picked");
    app = await makePortalApp(session(), ID);
  });

  for (const program of ["zenity", "yad", "kdialog"]) {
    it(`${program} asks for consent: refused by Escape, and Return alone agrees to nothing`, async () => {
      for (const key of ["Escape", ...(program === "kdialog" ? [] : ["Return"])]) {
        const running = ask("Account.GetUserInformation", `('', {'handle_token': <'TOKEN'>, 'reason': <'${HOSTILE}'>})`, only(program));
        const window = await waitForWindow(session(), `${ID}: share your name`, running);
        await window.press(key);
        assert.match((await running.ended).stdout, /Response \(uint32 1, @a\{sv\} \{\}\)/, key);
      }
    });

    it(`${program} picks a file, under a title that begins with the app's id`, async () => {
      const filters = "'filters': <[('All | rm', [(uint32 0, '*')]), ('-x', [(uint32 0, '*.txt')])]>";
      const running = ask("FileChooser.OpenFile", `('', '--filename=/etc ${HOSTILE}', {'handle_token': <'TOKEN'>, ${filters}})`, only(program));
      const window = await waitForWindow(session(), `${ID}: --filename=/etc`, running);
      // Return in its field does not press yad's button.
      await enter(window, { showsField: program === "kdialog", accept: program === "yad" ? "alt+o" : "Return" });
      const answer = (await running.ended).stdout;
      assert.match(answer, /'uris': <\['file:\/\/\/run\/flatpak\/doc\/[0-9a-f]{32}\/pick_me\.txt'\]>/, answer);
    });
  }

  it("closing the request closes the dialog, and a flood of questions is no flood of windows", async () => {
    const running = ask("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})", only("zenity"));
    await waitForWindow(session(), `${ID}: share your name`, running);
    running.kill("SIGTERM");
    await running.ended;
    const windows = async (): Promise<number> =>
      (await session().run(["xdotool", "search", "--onlyvisible", "--name", `${ID}: share`])).stdout.split("\n").filter((line) => line !== "").length;
    for (let count = 0; (await windows()) > 0; count++) assert.ok(count < 50, "the dialog stays");
    const many = Array.from({ length: 14 }, () => ask("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})", only("zenity")));
    const window = await waitForWindow(session(), `${ID}: share your name`);
    assert.ok((await windows()) <= 14);
    await window.press("Escape");
    for (const one of many) one.kill("SIGTERM");
    await Promise.all(many.map((one) => one.ended));
  });

  it("an app that shares the screen cannot consent: it could answer itself", async () => {
    const drawing = await makePortalApp(session(), "org.example.DialogsDrawing", "[Context]\nsockets=x11;\n");
    const answer = await drawing.request("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})");
    assert.match(answer.stdout, /Response \(uint32 1/);
    const shown = await session().run(["xdotool", "search", "--onlyvisible", "--name", "org.example.DialogsDrawing"]);
    assert.equal(shown.stdout.trim(), "");
  });

  it("the desktop's own backend asks where there is one", async () => {
    session().write(
      `${session().scratch}/services/gtk.service`,
      "[D-BUS Service]\nName=org.freedesktop.impl.portal.desktop.gtk\nExec=/usr/libexec/xdg-desktop-portal-gtk\n",
    );
    await session().run([
      "gdbus",
      "call",
      "--session",
      "--dest",
      "org.freedesktop.DBus",
      "--object-path",
      "/",
      "--method",
      "org.freedesktop.DBus.ReloadConfig",
    ]);
    await session().run([
      "gdbus",
      "call",
      "--session",
      "--dest",
      "org.freedesktop.DBus",
      "--object-path",
      "/",
      "--method",
      "org.freedesktop.DBus.UpdateActivationEnvironment",
      `{'DISPLAY': '${session().environment["DISPLAY"]}', 'XAUTHORITY': '${session().environment["XAUTHORITY"]}'}`,
    ]);
    const running = ask("FileChooser.OpenFile", "('', 'Pick', {'handle_token': <'TOKEN'>})", {});
    const window = await waitForWindow(session(), `${ID}: Pick`, running);
    await enter(window, {});
    assert.match((await running.ended).stdout, /pick_me\.txt'/);
  });

  it("the backend's print dialog is shown under the app's id, and what it answers is what is printed", async () => {
    session().write("shared/pages.pdf", "%PDF-1.4\n");
    const printing = await makePortalApp(session(), ID, "[Context]\nfilesystems=~/shared;\n");
    const settings = `{'output-uri': <'file://${session().path("private/pick_me.txt")}'>}`;
    const running = ask("Print.PreparePrint", `('', 'Letter', ${settings}, @a{sv} {}, {'handle_token': <'TOKEN'>})`, {});
    const window = await waitForWindow(session(), `${ID}: Letter`, running);
    await window.press("Escape");
    // GTK's takes a closed window for an end of another kind.
    assert.match((await running.ended).stdout, /Response \(uint32 [12]/);
    const again = ask("Print.PreparePrint", `('', 'Letter', ${settings}, @a{sv} {}, {'handle_token': <'TOKEN'>})`, {});
    const second = await waitForWindow(session(), `${ID}: Letter`, again);
    // The list of printers fills a moment after the window is there; its only one, a file, is chosen by keys.
    for (let count = 0; count < 8 && (await session().run(["xdotool", "search", "--onlyvisible", "--name", `${ID}: Letter`])).stdout.trim() !== ""; count++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      for (const key of count === 0 ? ["Tab", "Down", "Up", "space"] : ["Return"]) await second.press(key).catch(() => {});
    }
    const answer = (await again.ended).stdout;
    const token = /'token': <uint32 (\d+)>/.exec(answer)?.[1];
    assert.ok(token !== undefined, answer);
    const printed = await printing.request(
      "Print.Print",
      `('', 'Letter', handle 0, {'handle_token': <'TOKEN'>, 'token': <uint32 ${token}>})`,
      `--fd=${session().path("shared/pages.pdf")}`,
    );
    assert.match(printed.stdout, /Response \(uint32 0/, printed.stdout);
    assert.equal(session().read("private/pick_me.txt"), "picked", "no setting of the app's names the file");
  });
});
