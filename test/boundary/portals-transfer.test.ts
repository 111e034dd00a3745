// Files that one app passes to another by a key, as a paste or a drop does: whoever has the key gets them, as they were given, and nobody else gets anything.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { resolve } from "node:path";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { type Running, waitFor } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";

const DOCUMENTS = ["--path=/org/freedesktop/portal/documents", "--name=org.freedesktop.portal.Documents"];

inOrdinarySession("a transfer of files", (session) => {
  let giver: App;
  let taker: PortalApp;
  /** Of `~/shared/NAME`; the transfer lasts until the giver gets a line. */
  const start = async (name: string): Promise<{ readonly running: Running; readonly key: string; end(): Promise<void> }> => {
    const running = giver.start(["transfer", session().path(`shared/${name}`)], { limit: 60_000, input: "pipe" });
    const [, key = ""] = await waitFor("the key", () => /^key ([0-9a-f]{64})$/m.exec(running.stdout()));
    return {
      running,
      key,
      async end() {
        running.write("\n");
        await running.ended;
      },
    };
  };
  const retrieve = (key: string, then = "true") => taker.call("FileTransfer.RetrieveFiles", `('${key}', @a{sv} {})`, ...DOCUMENTS, `--then=${then}`);
  before(async () => {
    await startBareBus(session());
    giver = await makeApp(session(), "org.example.Giver", "command=portal_hostile.py\n[Context]\nfilesystems=~/shared;\n", [
      resolve("test/fixtures/programs/portal_hostile.py"),
    ]);
    taker = await makePortalApp(session(), "org.example.Taker");
  });

  it("goes to the app that has the key, once, read-only unless it was given to write", async () => {
    session().write("shared/passed.txt", "passed");
    const { key, end } = await start("passed.txt");
    const use = "cd /run/flatpak/doc/*/ && ls && cat passed.txt && echo no >> passed.txt";
    const taken = await retrieve(key, use);
    assert.match(taken.stdout, /reply \(\['\/run\/flatpak\/doc\/[0-9a-f]{32}\/passed\.txt'\],\)\npassed\.txt\npassed/, taken.stdout + taken.stderr);
    assert.match(taken.stderr, /Read-only file system/);
    assert.equal(session().read("shared/passed.txt"), "passed");
    assert.match((await retrieve(key)).stdout, /Error\.NotAllowed/, "a second time");
    await end();
  });

  it("goes to nobody by a guessed key, and no other app adds to it or ends it", async () => {
    session().write("shared/kept.txt", "kept");
    const { key, end } = await start("kept.txt");
    const last = key.endsWith("0") ? "1" : "0";
    for (const guessed of [`${key.slice(0, -1)}${last}`, key.slice(0, 32)]) {
      assert.match((await retrieve(guessed)).stdout, /Error\.NotAllowed/, guessed);
    }
    const own = session().write(`.var/app/${taker.id}/own.txt`, "own");
    assert.match((await taker.call("FileTransfer.AddFiles", `('${key}', [handle 0], @a{sv} {})`, ...DOCUMENTS, `--fd=${own}`)).stdout, /Error\.NotAllowed/);
    assert.match((await taker.call("FileTransfer.StopTransfer", `('${key}',)`, ...DOCUMENTS)).stdout, /Error\.NotAllowed/);
    // It is as it was.
    assert.match((await retrieve(key, "cat /run/flatpak/doc/*/kept.txt")).stdout, /kept\.txt'\],\)\nkept/);
    await end();
    assert.match((await retrieve(key)).stdout, /Error\.NotAllowed/, "after its app ended");
  });

  it("gives nothing of where a link leads that took the file's place since", async () => {
    const secret = session().write("private/secret.txt", "secret");
    const file = session().write("shared/changed.txt", "mine");
    const { key, end } = await start("changed.txt");
    session().link(secret, "shared/link");
    renameSync(session().path("shared/link"), file);
    const taken = await retrieve(key, "cat /run/flatpak/doc/*/*");
    assert.match(taken.stdout, /^error org\.freedesktop\.portal\.Error\.\w+/, taken.stdout);
    assert.doesNotMatch(taken.stdout, /secret/);
    await end();
  });
});
