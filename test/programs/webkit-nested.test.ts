// WebKitGTK with its own bubblewrap inside of `nested=full`. It leaves its sandbox to portals where it sees /.flatpak-info, so it runs in a bubblewrap that
// shows everything but that file: its own is then the third layer.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makeApp } from "../support/sandbox.ts";
import { startXvfb } from "../support/xvfb.ts";

const SHOWN = ["/usr", "/etc", "/dev", "/proc", "/sys", "/run", "/tmp", "/var", "/home"];
const LINKS = [
  ["usr/bin", "/bin"],
  ["usr/lib", "/lib"],
  ["usr/lib64", "/lib64"],
] as const;

inOrdinarySession("inside of nested=full", (session) => {
  before(async () => {
    await startBus(session());
    await startXvfb(session());
  });

  it("WebKitGTK opens a page in its own sandbox, and with nested=isolate it is refused", async () => {
    const page = session().write("judges/page.py", readFileSync("test/differential/bwrap/judges/page.py"));
    const words = [...SHOWN.flatMap((path) => ["--dev-bind", path, path]), ...LINKS.flatMap(([target, path]) => ["--symlink", target, path])];
    const run = async (level: string) =>
      (
        await makeApp(
          session(),
          `org.example.WebKit.${level}`,
          `command=bwrap\n[Context]\nsockets=x11\nfilesystems=~/judges:ro\n[Environment]\nWEBKIT_DISABLE_COMPOSITING_MODE=1\n[X-Tsbox]\nnested=${level}\n`,
        )
      ).run([...words, "python3", page], { limit: 60_000 });
    const full = await run("full");
    assert.equal(full.stdout, "page 42 below bwrap\n", full.stderr);
    const isolated = await run("isolate");
    assert.deepEqual([isolated.status === 0, isolated.stdout], [false, ""]);
  });
});
