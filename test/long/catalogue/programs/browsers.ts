// Browsers in a window: a page of a server of this machine takes what is typed and hands it out as a download; their own sandboxes are on meanwhile.
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Session } from "../../../support/session.ts";
import { heardTone, TONE } from "../hearing.ts";
import { type Bed, DISPLAY, type Need, type Prepared, type Program } from "../program.ts";
import { servePage } from "../servers.ts";
import { arePagesShutIn, areShutIn } from "../shut-in.ts";

const FILE = "note.txt";
/** At Return the text is downloaded, and a tone is played. */
const PAGE = `<!doctype html><title>a page to type in</title><textarea id="field" autofocus></textarea><script>
field.onkeydown = (event) => {
  if (event.key !== "Enter") return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([field.value]));
  link.download = "${FILE}";
  document.body.append(link);
  link.click();
  const sound = new AudioContext();
  const tone = new OscillatorNode(sound, { frequency: ${TONE} });
  tone.connect(sound.destination);
  tone.start();
  if (Notification.permission === "granted") new Notification("typed inside");
};
</script>`;

interface Browser {
  readonly id: string;
  readonly packages: readonly string[];
  readonly arguments?: readonly string[];
  readonly patience?: number;
  readonly needs?: readonly Need[];
  /** Whether its notifications are looked for. */
  readonly notifies?: boolean;
  /** Where it puts downloads. */
  readonly downloads?: string;
  /** Makes a profile in the app's data; tells the arguments for it. */
  profile?(session: Session): readonly string[];
  /** Whether a page is shut into a sandbox of the browser's own. */
  isShutIn(bed: Bed): boolean;
}

function browser({ isShutIn, profile, needs = [], notifies = false, downloads = "Downloads", ...browser }: Browser): readonly Program[] {
  const prepare = async (session: Session): Promise<Prepared & { readonly port: number }> => {
    const server = await servePage(PAGE);
    return { ...server, arguments: [...(profile?.(session) ?? []), `http://127.0.0.1:${server.port}/`] };
  };
  const common = {
    ...browser,
    title: "a page to type in",
    makes: `${downloads}/${FILE}`,
    async act({ window }: Bed) {
      await window.type("typed inside");
      await window.press("Return");
    },
  };
  const notifying: Program = {
    ...common,
    part: "a notification",
    async prepare(session) {
      const notifier = session.start(["dunst", "-conf", "/dev/null"], { limit: 300_000 });
      const prepared = await prepare(session);
      return {
        ...prepared,
        close() {
          prepared.close?.();
          notifier.kill("SIGTERM");
        },
      };
    },
    isDone: async ({ session }) => (await session.run(["xdotool", "search", "--onlyvisible", "--class", "^Dunst$"])).stdout !== "",
    needs: [{ without: "--no-talk-name=org.freedesktop.Notifications" }],
  };
  return [
    {
      ...common,
      part: "a page",
      prepare,
      isDone: (bed) => existsSync(bed.path) && bed.session.read(bed.path) === "typed inside" && isShutIn(bed),
      needs: [DISPLAY, { without: "--unshare=network" }, { without: "--nofilesystem=xdg-download" }, ...needs],
    },
    ...(notifies ? [notifying] : []),
    {
      ...common,
      part: "a tone",
      prepare,
      sounds: true,
      isDone: heardTone,
      needs: [{ without: "--nosocket=pulseaudio" }],
    },
  ];
}

const FIREFOX_DOWNLOADS = "Downloads/of-the-test";
const FIREFOX_PROFILE = ".mozilla/firefox/of-the-test";

export const BROWSERS: readonly Program[] = [
  ...browser({
    id: "org.mozilla.firefox",
    packages: ["firefox-esr"],
    patience: 4_000,
    downloads: FIREFOX_DOWNLOADS,
    // It keeps downloads in a folder of their own: the profile says so.
    profile(session) {
      const settings = {
        "browser.download.folderList": 2,
        "browser.download.dir": session.makeFolder(FIREFOX_DOWNLOADS),
        "browser.aboutwelcome.enabled": false,
      };
      const lines = Object.entries(settings).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
      session.write(`.var/app/org.mozilla.firefox/${FIREFOX_PROFILE}/user.js`, lines.join(""));
      return ["--profile", session.path(FIREFOX_PROFILE)];
    },
    isShutIn: (bed) => arePagesShutIn(bed, "firefox-esr"),
    needs: [{ without: "persistent=.mozilla" }, { without: "--nested=none" }],
  }),
  ...browser({
    id: "org.chromium.Chromium",
    packages: ["chromium"],
    notifies: true,
    patience: 4_000,
    arguments: ["--no-first-run", "--no-default-browser-check"],
    profile(session) {
      const settings = { profile: { default_content_setting_values: { notifications: 1 } } };
      session.write(".var/app/org.chromium.Chromium/config/chromium/Default/Preferences", JSON.stringify(settings));
      return [];
    },
    isShutIn: (bed) =>
      areShutIn(
        bed,
        (argv) => argv.some((word) => word.includes("--type=renderer")),
        // It writes its command line anew, as one word.
        (argv) => /\/chromium( |$)/.test(argv[0] ?? "") && !argv.join(" ").includes("--type="),
      ),
    needs: [{ without: "--nested=none" }],
  }),
  {
    id: "org.chromium.Chromium",
    packages: ["chromium", "xclip"],
    part: "what it says of its sandbox",
    title: "Chromium",
    arguments: ["--no-first-run", "--no-default-browser-check", "about:blank"],
    patience: 4_000,
    async act({ window }) {
      await window.press("ctrl+l");
      await window.type("chrome://sandbox");
      await window.press("Return");
      await wait(3_000);
      // Out of the address into the page, and all of it into the clipboard.
      const { x, y, width, height } = await window.place();
      await window.clickAt(Math.round(x + width / 2), Math.round(y + height - 60));
      await window.press("ctrl+a", "ctrl+c");
    },
    isDone: async ({ session }) => (await session.run(["xclip", "-o", "-selection", "clipboard"])).stdout.includes("You are adequately sandboxed."),
    needs: [{ without: "--nested=none" }],
  },
  ...browser({
    id: "org.gnome.Epiphany",
    packages: ["epiphany-browser"],
    patience: 4_000,
    isShutIn: () => true,
  }),
];
