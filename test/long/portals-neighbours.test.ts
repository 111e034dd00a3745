// The files beside a picked one in real dialogs: a button of yad's, a second question of zenity and kdialog for who wants one, a choice of a portal backend.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";
import { SERVER_LIFE, serverScript } from "../support/server-script.ts";
import { type AppWindow, waitForWindow } from "../support/window.ts";
import { startXvfb } from "../support/xvfb.ts";

const ID = "org.example.Beside";

inOrdinarySession("dialogs that give the files beside a picked one", (session) => {
  let app: PortalApp;
  const only = (program: string): Readonly<Record<string, string>> => {
    const folder = session().path(`only-${program}`);
    if (!existsSync(folder)) {
      session().makeFolder(folder);
      for (const name of [program, "sh"]) session().link(`/usr/bin/${name}`, `${folder}/${name}`);
    }
    return { PATH: folder };
  };
  const ask = (environment: Readonly<Record<string, string>>) =>
    app.start(
      ["request", "org.freedesktop.portal.FileChooser.OpenFile", "('', 'Pick', {'handle_token': <'TOKEN'>})", "--wait=60000", '--then=ls "$(dirname "$1")"'],
      { environment, limit: 90_000 },
    );
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000));
  const isShown = async (title: string): Promise<boolean> =>
    (await session().run(["xdotool", "search", "--onlyvisible", "--name", title])).stdout.trim() !== "";
  /** GTK shows a field for a path on ctrl+l, and takes keys for it a moment later. The first press may go to GTK's completion of the path. */
  const pick = async (window: AppWindow, gtk: boolean, accept: () => Promise<void>): Promise<void> => {
    await rest();
    if (gtk) await window.press("ctrl+l");
    await rest();
    await window.type(session().path("private/film.mkv"));
    for (let count = 0; count < 5 && (await isShown(`${ID}: Pick`)); count++) {
      await rest();
      await accept().catch(() => {});
      await rest();
    }
  };
  before(async () => {
    await startXvfb(session(), { windowManager: true });
    await startBareBus(session());
    session().write("private/film.mkv", "film");
    session().write("private/film.srt", "words");
    app = await makePortalApp(session(), ID);
  });

  it("yad has a button for it", async () => {
    const running = ask(only("yad"));
    const window = await waitForWindow(session(), `${ID}: Pick`, running);
    const { x, y, width, height } = await window.place();
    // The third of its four buttons from the right, all as wide as the widest.
    await pick(window, true, () => window.clickAt(x + width - 379, y + height - 26));
    const answer = (await running.ended).stdout;
    assert.match(answer, /'uris': <\['file:\/\/\/run\/flatpak\/doc\/[0-9a-f]{32}\/private\/film\.mkv'\]>.*'writable': <false>/, answer);
    assert.match(answer, /film\.mkv\nfilm\.srt\n/);
  });

  for (const program of ["zenity", "kdialog"]) {
    it(`${program} asks behind the pick where the user wants it, and keeps them unless he says so`, async () => {
      session().write(".local/state/tsbox/permissions/neighbours.json", `{"neighbours": {"${ID}": ["ask"]}}`);
      for (const keys of [["Escape"], program === "zenity" ? ["Home", "Down", "Return"] : ["Down", "space", "Return"]]) {
        const running = ask(only(program));
        const window = await waitForWindow(session(), `${ID}: Pick`, running);
        await pick(window, program === "zenity", () => window.press("Return"));
        const second = await waitForWindow(session(), `${ID}: the files beside it`, running);
        await rest();
        for (const key of keys) {
          await second.press(key).catch(() => {});
          await rest();
        }
        const answer = (await running.ended).stdout;
        assert.match(answer, /Response \(uint32 0/, answer);
        assert.equal(answer.includes("film.srt"), keys.length > 1, answer);
      }
    });
  }

  it("a backend of portals is given one choice, with none of them first", async () => {
    const data = session().path("data");
    session().write(
      `${data}/xdg-desktop-portal/portals/tsboxtest.portal`,
      "[portal]\nDBusName=org.freedesktop.impl.portal.desktop.tsboxtest\nInterfaces=org.freedesktop.impl.portal.FileChooser;\nUseIn=tsboxtest\n",
    );
    const backend = session().start(["/usr/bin/python3", serverScript(session(), "file_chooser_backend.py"), session().path("private/film.mkv")], {
      limit: SERVER_LIFE,
    });
    await waitFor("the backend", () => backend.stdout().startsWith("ready"));
    const environment = { XDG_DATA_DIRS: `${data}:/usr/share`, XDG_CURRENT_DESKTOP: "tsboxtest" };
    const answer = (await ask(environment).ended).stdout;
    assert.match(answer, /film\.mkv\nfilm\.srt\n/, answer);
    assert.match(backend.stdout(), /^choice tsbox-neighbours \['none', 'read', 'write'\] none$/m);
    session().write(".local/state/tsbox/permissions/neighbours.json", `{"neighbours": {"${ID}": ["no"]}}`);
    const alone = (await ask(environment).ended).stdout;
    assert.doesNotMatch(alone, /film\.srt/);
    assert.equal(backend.stdout().match(/^choice/gm)?.length, 1);
  });
});
