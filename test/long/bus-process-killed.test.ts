// Firefox while the bus process dies under it: it goes on, and its connection with it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { answersPing, killOftenAndAsk, namesOfApps } from "../support/bus-process.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { furnishDesktop } from "../support/desktop.ts";
import { waitFor } from "../support/process.ts";
import { findTsbox } from "../support/sandbox.ts";

const FIREFOX = "org.mozilla.firefox";
const KILLS = 20;

inOrdinarySession("kill -9 of the bus process under Firefox", (session) => {
  it(`does not end it in ${KILLS} kills, and it answers within a second of every one`, { timeout: 180_000 }, async () => {
    await furnishDesktop(session());
    const tsbox = await findTsbox(session());
    session().write(".config/user-dirs.dirs", 'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
    const page = session().write("Downloads/page.html", "<title>a page</title>");
    session().write(`.local/share/tsbox/manifests/${FIREFOX}.ini`, readFileSync(`manifests/${FIREFOX}.ini`));
    const options = ["--nosocket=wayland", "--nosocket=pulseaudio"];
    const browser = session().start([tsbox, "run", ...options, FIREFOX, `file://${page}`], { limit: 170_000 });
    const names = await waitFor(
      "Firefox on the bus",
      async () => {
        const found = await namesOfApps(session());
        return found.size > 0 && found;
      },
      60_000,
    );
    await killOftenAndAsk(session(), names, KILLS);
    assert.equal(await Promise.race([browser.ended, Promise.resolve(undefined)]), undefined, browser.stderr());
    for (const name of names) assert.ok(await answersPing(session(), name), name);
    browser.kill("SIGTERM");
    await browser.ended;
  });
});
