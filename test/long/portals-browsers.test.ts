// Firefox and Chromium of the catalogue on portals of our own, before a user with a screen, keys and a mouse: files go in and out by his picks alone, links open outside,
// notifications are shown, and the page follows the desktop's colours. Nothing of his home is granted. `TSBOX_CATALOGUE=ID,ID` plays these.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { dialogOf, enterPath } from "../support/file-dialog.ts";
import { type Colour, findColour, shootX } from "../support/picture.ts";
import { type Running, waitFor } from "../support/process.ts";
import { findTsbox } from "../support/sandbox.ts";
import type { Session } from "../support/session.ts";
import { type AppWindow, waitForWindow } from "../support/window.ts";
import { startXvfb } from "../support/xvfb.ts";

/** What the page is told to do, by a click on its colour. */
const ACTS = { choose: [230, 20, 60], save: [20, 200, 90], link: [40, 60, 220], notify: [240, 210, 30] } as const satisfies Record<string, Colour>;
type Act = keyof typeof ACTS;
/** The page's ground, by the scheme that it is told. */
const GROUND = { light: [200, 230, 250], dark: [70, 20, 90] } as const satisfies Record<string, Colour>;
const TITLE = "the page of the test";
const LIMIT = 60_000;

const css = (colour: Colour): string => `rgb(${colour.join(",")})`;
const PAGE = `<!doctype html><title>${TITLE}</title><style>
html { background: ${css(GROUND.light)} } @media (prefers-color-scheme: dark) { html { background: ${css(GROUND.dark)} } }
label, a, span { display: inline-block; width: 90px; height: 90px; margin: 8px } input { display: none }
${Object.entries(ACTS)
  .map(([act, colour]) => `#${act} { background: ${css(colour)} }`)
  .join("\n")}
</style><label id="choose"><input id="file" type="file"></label><a id="save" download="saved.txt"></a><a id="link" href="mailto:someone@example.org?subject=Hello"></a><span id="notify"></span><script>
const say = (text) => fetch("/said", { method: "POST", body: text });
file.onchange = async () => say("picked " + file.files[0].name + " " + await file.files[0].text());
save.href = URL.createObjectURL(new Blob(["made inside"], { type: "application/octet-stream" }));
notify.onclick = () => { new Notification("shown by the page").onshow = () => say("notified"); };
const dark = matchMedia("(prefers-color-scheme: dark)");
const tell = () => say(dark.matches ? "dark" : "light");
dark.onchange = tell;
tell();
</script>`;

interface Browser {
  readonly id: string;
  readonly arguments: readonly string[];
  /** Writes the settings of a user who is asked where to save, and tells the arguments for them. */
  profile(session: Session, port: number): readonly string[];
  /** What it is started with, of the catalogue's manifest, less than this. */
  readonly without: readonly string[];
}

const FIREFOX: Browser = {
  id: "org.mozilla.firefox",
  arguments: ["--new-instance"],
  // It tells its notifications to the portal.
  without: ["--no-talk-name=org.freedesktop.Notifications", "--nofilesystem=xdg-download"],
  profile(session) {
    const profile = ".mozilla/firefox/of-the-test";
    const settings = {
      "browser.download.useDownloadDir": false,
      "browser.aboutwelcome.enabled": false,
      "browser.shell.checkDefaultBrowser": false,
      "datareporting.policy.dataSubmissionEnabled": false,
      "permissions.default.desktop-notification": 1,
      "dom.webnotifications.requireuserinteraction": false,
      "security.external_protocol_requires_permission": false,
    };
    const lines = Object.entries(settings).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
    session.write(`.var/app/${this.id}/${profile}/user.js`, lines.join(""));
    // The system's program, without a question of its own.
    const mailto = { action: 4, ask: false };
    session.write(`.var/app/${this.id}/${profile}/handlers.json`, JSON.stringify({ defaultHandlersVersion: {}, mimeTypes: {}, schemes: { mailto } }));
    return ["--profile", session.path(profile)];
  },
};
const CHROMIUM: Browser = {
  id: "org.chromium.Chromium",
  arguments: ["--no-first-run", "--no-default-browser-check"],
  without: ["--nofilesystem=xdg-download"],
  profile(session, port) {
    const settings = {
      download: { prompt_for_download: true },
      profile: { default_content_setting_values: { notifications: 1 } },
      protocol_handler: { allowed_origin_protocol_pairs: { [`http://127.0.0.1:${port}`]: { mailto: true } } },
    };
    session.write(`.var/app/${this.id}/config/chromium/Default/Preferences`, JSON.stringify(settings));
    return [];
  },
};

const wanted = process.env["TSBOX_CATALOGUE"]?.split(",");

for (const browser of [FIREFOX, CHROMIUM].filter(({ id }) => wanted === undefined || wanted.includes(id))) {
  inOrdinarySession(`${browser.id} on portals of our own`, (session) => {
    let program: Running;
    let window: AppWindow;
    let said = "";
    let port = 0;
    const server = createServer((request, response) => {
      if (request.method === "POST") request.on("data", (data: Buffer) => (said += data.toString())).on("end", () => (said += "\n"));
      response.setHeader("content-type", "text/html");
      response.end(request.url === "/" ? PAGE : "");
    });
    const hears = (text: string | RegExp): Promise<unknown> =>
      waitFor(`the page to say ${text}`, () => (typeof text === "string" ? said.split("\n").includes(text) : text.test(said)), LIMIT);
    const start = async (options: readonly string[]): Promise<void> => {
      said = "";
      const tsbox = await findTsbox(session());
      const words = ["--nosocket=wayland", "--nosocket=pulseaudio", ...browser.without, ...options, browser.id, ...browser.arguments];
      program = session().start([tsbox, "run", ...words, ...browser.profile(session(), port), `http://127.0.0.1:${port}/`], { limit: 400_000 });
      window = await waitForWindow(session(), TITLE, program, LIMIT);
      await hears(/dark|light/);
      await groundIs(said.includes("dark") ? "dark" : "light");
    };
    const end = async (): Promise<void> => {
      program.kill("SIGTERM");
      const killer = setTimeout(() => program.kill("SIGKILL"), 10_000);
      await program.ended;
      clearTimeout(killer);
    };
    const act = async (name: Act): Promise<void> => {
      const place = await waitFor(`${name} on the screen`, async () => findColour(await shootX(session()), ACTS[name], 4_000), LIMIT);
      await window.clickAt(Math.round((place.left + place.right) / 2), Math.round((place.top + place.bottom) / 2));
    };
    const groundIs = (scheme: keyof typeof GROUND): Promise<unknown> =>
      waitFor(`a ${scheme} page on the screen`, async () => findColour(await shootX(session()), GROUND[scheme], 50_000), LIMIT);
    const prefer = async (scheme: string): Promise<void> => {
      const set = await session().run(["gsettings", "set", "org.gnome.desktop.interface", "color-scheme", scheme]);
      assert.equal(set.status, 0, set.stderr);
    };

    before(async () => {
      await startXvfb(session(), { windowManager: true });
      await startBareBus(session());
      session().environment["GSETTINGS_BACKEND"] = "keyfile";
      await prefer("prefer-light");
      const opener = session().write("bin/opener", `#!/bin/sh\nprintf '%s\\n' "$*" >> ${session().path("opened")}\n`, 0o755);
      session().write(".local/share/applications/opener.desktop", `[Desktop Entry]\nType=Application\nName=Opener\nExec=${opener} %u\n`);
      session().write(".config/mimeapps.list", "[Default Applications]\nx-scheme-handler/mailto=opener.desktop\n");
      session().write("private/letter.txt", "dear");
      const notifier = session().start(["dunst", "-conf", "/dev/null"], { limit: 600_000 });
      session().onClose(() => notifier.kill("SIGTERM"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
      await start([]);
    });
    after(async () => {
      await end();
      server.close();
      server.closeAllConnections();
    });

    it("reads the file that the user picks in the dialog of the portal", async () => {
      await act("choose");
      await enterPath(session(), await dialogOf(session(), browser.id, program, LIMIT), session().path("private/letter.txt"));
      await hears("picked letter.txt dear");
    });

    it("saves a download where the user says", async () => {
      await act("save");
      const target = session().path("private/kept.txt");
      await enterPath(session(), await dialogOf(session(), browser.id, program, LIMIT), target);
      await waitFor("the download outside", () => existsSync(target) && readFileSync(target, "utf8") === "made inside", LIMIT);
    });

    it("opens a link in the user's program outside", async () => {
      await act("link");
      const opened = (): string => (existsSync(session().path("opened")) ? session().read("opened") : "");
      await waitFor("the link outside", () => /^mailto:someone@example\.org\?subject=Hello$/m.test(opened()), LIMIT);
    });

    it("shows a notification of the page", async () => {
      await act("notify");
      await waitFor("the notification", async () => (await session().run(["xdotool", "search", "--onlyvisible", "--class", "^Dunst$"])).stdout !== "", LIMIT);
    });

    it("follows the desktop's colour scheme while it runs", async () => {
      await prefer("prefer-dark");
      await hears("dark");
      await groundIs("dark");
    });

    it("where the user denies portals, has no dialog of theirs, and does not hear of the scheme", async () => {
      await end();
      await start(["--no-talk-name=org.freedesktop.portal.*"]);
      assert.doesNotMatch(said, /dark/);
      await act("choose");
      await wait(5_000);
      assert.equal((await session().run(["xdotool", "search", "--onlyvisible", "--name", `^${browser.id}: `])).stdout, "");
    });
  });
}
