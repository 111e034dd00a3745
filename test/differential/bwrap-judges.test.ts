// Programs from Debian that call bwrap, with ours in its place: by FLATPAK_BWRAP, and as /usr/bin/bwrap itself, covered in a mount namespace of the
// program's own, so that nothing has to be undone and nobody else on this machine meets it.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, it } from "node:test";
import { ordinaryAccount } from "../support/account.ts";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Outcome, startProcess } from "../support/process.ts";
import type { Session } from "../support/session.ts";
import { startXvfb } from "../support/xvfb.ts";

const LIMIT = 120_000;
const JUDGES = resolve("test/differential/bwrap/judges");
/** Pid 1 may not have executed init yet when it is asked for its name. */
const FLATPAK_SAYS = /^hello from org\.example\.Hello below tsbox-(?:init|bwrap)\nsaved\nstatus 7\nbuilt below tsbox-(?:init|bwrap)\n$/;

/** Runs the program as the ordinary user where /usr/bin/bwrap is ours. Only root can cover a file in a way that an ordinary user's sandbox can be built upon. */
function runCovered(session: Session, ours: string, words: readonly string[]): Promise<Outcome> {
  const { uid, gid } = ordinaryAccount();
  const cover = 'mount --make-rslave / && mount --bind "$1" /usr/bin/bwrap && [ "$(bwrap --version)" = "bubblewrap 0.11.1" ] && shift && exec "$@"';
  const asUser = ["setpriv", "--reuid", String(uid), "--regid", String(gid), "--init-groups", ...words];
  return startProcess(["unshare", "--mount", "sh", "-c", cover, "sh", ours, ...asUser], {
    environment: session.environment,
    cwd: session.home,
    limit: LIMIT,
  }).ended;
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
    assert.match(outcome.stdout, FLATPAK_SAYS, outcome.stderr);
  });

  if (process.getuid?.() !== 0) return;

  it("flatpak runs and builds an app, by the path of its own", async () => {
    const folder = session().makeFolder(judge("flatpak-by-path"));
    const outcome = await runCovered(session(), ours, ["env", "FLATPAK_BWRAP=/usr/bin/bwrap", "sh", judge("flatpak.sh"), folder]);
    assert.match(outcome.stdout, FLATPAK_SAYS, outcome.stderr);
  });

  it("WebKitGTK opens a page in its sandbox", async () => {
    const outcome = await runCovered(session(), ours, ["env", "WEBKIT_DISABLE_COMPOSITING_MODE=1", "/usr/bin/python3", judge("page.py")]);
    assert.equal(outcome.stdout, "page 42 below tsbox-init\n", outcome.stderr);
  });

  it("gnome-desktop makes a thumbnail", async () => {
    const outcome = await runCovered(session(), ours, ["/usr/bin/python3", judge("thumbnail.py"), judge("picture.png")]);
    assert.equal(outcome.stdout, "128\n", outcome.stderr);
  });
});
