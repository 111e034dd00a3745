// Browsers with the manifests of the catalogue: their own sandboxes are on inside of ours, and a page is rendered. The processes are looked at from outside.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { isContentProcess, isMozillaMain, processes } from "../support/process-tree.ts";
import { expectSuccess, findTsbox } from "../support/sandbox.ts";

const CHROMIUM = "org.chromium.Chromium";
const FIREFOX = "org.mozilla.firefox";
/** No screen and no sound server in this session. */
const WITHOUT_A_DESKTOP = ["--nosocket=wayland", "--nosocket=fallback-x11", "--nosocket=pulseaudio"];
const PAGE = "<title>a page</title><body><script>document.body.append('the answer is ' + 6 * 7)</script></body>";

inOrdinarySession("a browser of the catalogue", (session) => {
  let tsbox: string;
  let page: string;
  before(async () => {
    tsbox = await findTsbox(session());
    session().write(".config/user-dirs.dirs", 'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
    page = session().write("Downloads/page.html", PAGE);
    for (const id of [CHROMIUM, FIREFOX]) session().write(`.local/share/tsbox/manifests/${id}.ini`, readFileSync(`manifests/${id}.ini`));
  });
  const run = (id: string, options: readonly string[], argv: readonly string[]): Running =>
    session().start([tsbox, "run", ...WITHOUT_A_DESKTOP, ...options, id, ...argv], { limit: 60_000 });

  it("that is Chromium renders a page, and without nested sandboxes does not start at all", async () => {
    const render = ["--headless=new", "--disable-gpu", "--dump-dom", `file://${page}`];
    assert.match(expectSuccess(await run(CHROMIUM, [], render).ended), /the answer is 42/);
    const closed = await run(CHROMIUM, ["--nested=none"], render).ended;
    assert.doesNotMatch(closed.stdout, /42/);
    assert.match(closed.stderr, /No usable sandbox!/);
  });

  it("that is Chromium has its renderers in user, pid and network namespaces of their own, and below a filter of their own", async () => {
    const browser = run(CHROMIUM, [], ["--headless=new", "--disable-gpu", "--remote-debugging-port=0", "--user-data-dir=/tmp/profile", `file://${page}`]);
    const isOf = (type: string) => (argv: readonly string[]) => argv.some((word) => word.includes(`--type=${type}`));
    await waitFor("a sandboxed renderer", () => processes(browser, isOf("renderer")).some(({ filters }) => filters >= 2), 30_000);
    const main = processes(browser, (argv) => argv.some((word) => word.endsWith("/chromium")) && !argv.some((word) => word.includes("--type=")))[0];
    // The others are about to install theirs.
    const renderers = processes(browser, isOf("renderer")).filter(({ filters }) => filters >= 2);
    assert.ok(main !== undefined && main.filters === 1, "ours alone");
    for (const renderer of renderers) {
      for (const kind of ["user", "pid", "net"] as const) assert.notEqual(renderer.namespaces[kind], main.namespaces[kind], kind);
      assert.ok(!renderer.argv.some((word) => word.includes("no-sandbox")), renderer.argv.join(" "));
    }
    browser.kill("SIGTERM");
    await browser.ended;
  });

  it("that is Firefox has its content processes in user namespaces of their own, and below a filter of their own", async () => {
    const browser = run(FIREFOX, [], ["--headless", `file://${page}`]);
    await waitFor("sandboxed content processes", () => processes(browser, isContentProcess).filter(({ filters }) => filters >= 2).length >= 2, 40_000);
    const main = processes(browser, (argv) => isMozillaMain(argv, "firefox-esr"))[0];
    assert.ok(main !== undefined && main.filters === 1, "ours alone");
    for (const content of processes(browser, isContentProcess).filter(({ filters }) => filters >= 2))
      assert.notEqual(content.namespaces.user, main.namespaces.user);
    browser.kill("SIGTERM");
    await browser.ended;
  });
});
