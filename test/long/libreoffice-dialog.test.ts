// LibreOffice's own file dialog, not a portal's: it opens and saves in the folder that the app was granted, and finds nothing beside it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { enterPath } from "../support/file-dialog.ts";
import { type Running, waitFor } from "../support/process.ts";
import { findTsbox } from "../support/sandbox.ts";
import { type AppWindow, waitForWindow } from "../support/window.ts";
import { startXvfb } from "../support/xvfb.ts";
import { FLAT_LETTER } from "./catalogue/documents.ts";

const OFFICE = "org.libreoffice.LibreOffice";
/** LibreOffice's words for it: the dialog of its own, no tip of the day over it, and no question about the format when it saves. */
const CHOSEN = [
  ["/org.openoffice.Office.Common/Misc", "UseSystemFileDialog", "false"],
  ["/org.openoffice.Office.Common/Misc", "ShowTipOfTheDay", "false"],
  ["/org.openoffice.Office.Common/Save/Document", "WarnAlienFormat", "false"],
] as const;
const SETTINGS = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
${CHOSEN.map(([path, name, value]) => `<item oor:path="${path}"><prop oor:name="${name}" oor:op="fuse"><value>${value}</value></prop></item>`).join("\n")}
</oor:items>
`;

inOrdinarySession("LibreOffice's own file dialog", (session) => {
  let office: Running;
  let main: AppWindow;
  const dialog = async (keys: string, title: string, path: string): Promise<void> => {
    await main.press(keys);
    const window = await waitForWindow(session(), title, office, 60_000);
    // A name stands there already.
    await wait(1_000);
    await window.press("ctrl+a");
    await enterPath(session(), window, path, { showsField: true });
  };
  before(async () => {
    await startXvfb(session(), { windowManager: true });
    await startBareBus(session());
    session().write(".config/user-dirs.dirs", 'XDG_DOCUMENTS_DIR="$HOME/Documents"\n');
    session().write("Documents/letter.fodt", FLAT_LETTER);
    session().write("private/secret.fodt", FLAT_LETTER);
    session().write(`.local/share/tsbox/manifests/${OFFICE}.ini`, readFileSync(`manifests/${OFFICE}.ini`));
    session().write(`.var/app/${OFFICE}/config/libreoffice/4/user/registrymodifications.xcu`, SETTINGS);
    const tsbox = await findTsbox(session());
    office = session().start([tsbox, "run", "--nosocket=wayland", OFFICE, "--norestore", "--nologo", "--writer"], { limit: 400_000 });
    main = await waitForWindow(session(), "Untitled 1", office, 120_000);
    // It shows an empty window first and loads then.
    await wait(10_000);
  });

  it("opens a document of the granted folder, and saves it under another name there", async () => {
    await dialog("ctrl+o", "^Open$", session().path("Documents/letter.fodt"));
    main = await waitForWindow(session(), "letter.fodt", office, 60_000);
    await wait(5_000);
    await main.press("ctrl+Home");
    await main.type("typed inside ");
    await dialog("ctrl+shift+s", "^Save As$", session().path("Documents/copy.fodt"));
    // It begins the sentence with a capital.
    await waitFor(
      "the copy outside",
      () => existsSync(session().path("Documents/copy.fodt")) && /typed inside /i.test(session().read("Documents/copy.fodt")),
      60_000,
    );
    assert.equal(session().read("Documents/letter.fodt"), FLAT_LETTER, "the first one is as it was");
    main = await waitForWindow(session(), "copy.fodt", office, 60_000);
  });

  it("finds no document beside the granted folder, which the user outside reads", async () => {
    assert.equal((await session().run(["cat", session().path("private/secret.fodt")])).stdout, FLAT_LETTER);
    await main.press("ctrl+o");
    const open = await waitForWindow(session(), "^Open$", office, 60_000);
    await wait(2_000);
    const shown = async (): Promise<readonly string[]> =>
      (await session().run(["xdotool", "search", "--onlyvisible", "--class", "office"])).stdout.trim().split("\n");
    const before = (await shown()).length;
    await open.type(session().path("private/secret.fodt"));
    await open.press("Return");
    await waitFor("the word that there is no such file", async () => (await shown()).length > before, 20_000);
    assert.equal((await session().run(["xdotool", "search", "--name", "secret.fodt"])).stdout, "", "no window has it");
    office.kill("SIGTERM");
    await office.ended;
  });
});
