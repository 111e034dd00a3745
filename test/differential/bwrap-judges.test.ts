// Programs from Debian that call bwrap, with ours in its place: by FLATPAK_BWRAP, and as /usr/bin/bwrap itself, which dpkg has diverted. That is done on a layer over this
// machine's root that only the program and what it starts see (bwrap/judges/diverted.sh), so that nobody else meets it and nothing of it can be left.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, it } from "node:test";
import { ordinaryAccount } from "../support/account.ts";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Outcome, type Running, startProcess, waitFor } from "../support/process.ts";
import type { Session } from "../support/session.ts";
import { startXvfb } from "../support/xvfb.ts";

const LIMIT = 120_000;
const JUDGES = resolve("test/differential/bwrap/judges");
const FLATPAK_SAYS = "hello from org.example.Hello below tsbox-init\nsaved\nstatus 7\nbuilt below tsbox-init\n";

/** Any picture: one pixel. */
const PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const WHOLE = /^diverted: \/usr\/bin\/bwrap\.distrib, bubblewrap 0\.11\.1\n[\s\S]*^undone: \/usr\/bin\/bwrap, bubblewrap [\d.]+\n$/m;

/** What this machine says of its own bwrap: of nothing here may it change. */
function hostBwrap(): string {
  const ask = (command: string, ...argv: string[]): string => execFileSync(command, argv, { encoding: "utf8" });
  return [ask("bwrap", "--version"), ask("dpkg-divert", "--list", "*bwrap*"), ask("sha256sum", "/usr/bin/bwrap")].join("");
}

/** Runs the program as the ordinary user where /usr/bin/bwrap is diverted and ours. Only root can do that, and a layer in a namespace of root's is one that sandboxes can be built upon. */
function startDiverted(session: Session, ours: string, words: readonly string[]): Running {
  const { uid, gid } = ordinaryAccount();
  const layer = session.makeFolder(join(session.scratch, "layer"));
  return startProcess(
    [
      "unshare",
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "sh",
      join(JUDGES, "diverted.sh"),
      ours,
      layer,
      String(uid),
      String(gid),
      ...words,
    ],
    {
      environment: session.environment,
      cwd: session.home,
      limit: LIMIT,
    },
  );
}

async function runDiverted(session: Session, ours: string, words: readonly string[]): Promise<Outcome> {
  const outcome = await startDiverted(session, ours, words).ended;
  assert.match(outcome.stderr, WHOLE);
  return outcome;
}

inOrdinarySession("with tsbox-bwrap in the place of bwrap", (session) => {
  let ours = "";
  before(async () => {
    const s = session();
    ours = join(s.scratch, "tsbox-bwrap");
    copyFileSync(resolve("build/tsbox"), ours);
    chmodSync(ours, 0o755);
    for (const name of ["page.py", "thumbnail.py", "flatpak.sh"]) copyFileSync(join(JUDGES, name), s.write(join(s.scratch, name), ""));
    await startBus(s);
    await startXvfb(s);
  });
  const judge = (name: string): string => join(session().scratch, name);

  it("flatpak runs and builds an app, by FLATPAK_BWRAP", async () => {
    const folder = session().makeFolder(judge("flatpak-by-name"));
    const outcome = await session().run(["sh", judge("flatpak.sh"), folder], { environment: { FLATPAK_BWRAP: ours }, limit: LIMIT });
    assert.equal(outcome.stdout, FLATPAK_SAYS, outcome.stderr);
  });

  if (process.getuid?.() !== 0) return;

  let asItWas = "";
  before(() => {
    asItWas = hostBwrap();
  });
  after(() => assert.equal(hostBwrap(), asItWas));

  it("flatpak runs and builds an app, by the path of its own", async () => {
    const folder = session().makeFolder(judge("flatpak-by-path"));
    const outcome = await runDiverted(session(), ours, ["env", "FLATPAK_BWRAP=/usr/bin/bwrap", "sh", judge("flatpak.sh"), folder]);
    assert.equal(outcome.stdout, FLATPAK_SAYS, outcome.stderr);
  });

  it("WebKitGTK opens a page in its sandbox", async () => {
    const outcome = await runDiverted(session(), ours, ["env", "WEBKIT_DISABLE_COMPOSITING_MODE=1", "/usr/bin/python3", judge("page.py")]);
    assert.equal(outcome.stdout, "page 42 below tsbox-init\n", outcome.stderr);
  });

  it("gnome-desktop makes a thumbnail", async () => {
    const outcome = await runDiverted(session(), ours, ["/usr/bin/python3", judge("thumbnail.py"), judge("picture.png")]);
    assert.equal(outcome.stdout, "128\n", outcome.stderr);
  });

  it("flatpak and the portal look at an icon in their sandboxes", async () => {
    const icon = session().write(judge("icon.png"), Buffer.from(PICTURE, "base64"));
    for (const program of ["/usr/libexec/flatpak-validate-icon", "/usr/libexec/xdg-desktop-portal-validate-icon"]) {
      const outcome = await runDiverted(session(), ours, [program, "--sandbox", "64", "64", icon]);
      assert.match(outcome.stdout, /format=png\nwidth=1\n/, `${program}: ${outcome.stderr}`);
    }
  });

  it("nothing is left of the diversion where its process is killed", async () => {
    const running = startDiverted(session(), ours, ["sh", "-c", "bwrap --version; exec sleep 60"]);
    await waitFor("the diversion", () => running.stdout().includes("bubblewrap 0.11.1"));
    running.kill("SIGKILL");
    await running.ended;
    assert.equal(hostBwrap(), asItWas);
  });
});
