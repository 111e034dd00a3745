// No call of an app reaches a portal service of the host's that would take it for somebody else's. The service that is asked here says whom it takes everybody for.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inEachSession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { type App, findTsbox, makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE, serverScript } from "../support/server-script.ts";

const ID = "org.example.Asked";
const TAKE = ["--dest", "org.freedesktop.portal.Desktop", "--object-path", "/org/freedesktop/portal/desktop", "--method", "org.freedesktop.portal.Test.Take"];

inEachSession("a portal service of the host's", (session) => {
  let app: App;
  before(async () => {
    await startBareBus(session());
    app = await makeApp(session(), ID, "command=gdbus\n");
  });
  const portal = async (mode: "inside" | "outside"): Promise<Running> => {
    const server = session().start(["/usr/bin/python3", serverScript(session(), "asking_portal.py"), mode], { limit: SERVER_LIFE });
    await waitFor("the service", () => server.stdout().startsWith("ready") || (server.stderr().includes("Error") && assert.fail(server.stderr())));
    return server;
  };
  const stop = async (server: Running): Promise<void> => {
    server.kill("SIGTERM");
    await server.ended;
  };
  const take = (text: string) => app.run(["call", "--session", "--timeout=20", ...TAKE, text]);
  const linesOf = (server: Running, word: string): number =>
    server
      .stdout()
      .split("\n")
      .filter((line) => line.startsWith(word)).length;

  it("that takes the app for a program in a sandbox gets its calls, and is asked before the first", async () => {
    const server = await portal("inside");
    const result = await take("first");
    assert.equal(result.status, 0, result.stderr);
    assert.equal(server.stdout(), "ready\nLookup\nTake first\n");
    await stop(server);
  });

  it("that takes it for a program outside gets none, the app hears why, and so does the log", async () => {
    const server = await portal("outside");
    const result = await take("second");
    assert.equal(result.status, 1, result.stdout);
    assert.match(result.stderr, /AccessDenied: `org\.freedesktop\.portal\.Documents` takes this app for a program outside/);
    assert.equal(linesOf(server, "Take"), 0);
    assert.equal(linesOf(server, "Lookup"), 1);
    const tsbox = await findTsbox(session());
    await waitFor("the event", async () => (await session().run([tsbox, "log", "--refused", ID])).stdout.includes("takes this app for a program outside"));
    await stop(server);
  });

  it("is asked anew when its name changes hands while the app runs, once for each owner", async () => {
    const words = ["call", "--session", "--timeout=20", ...TAKE].join(" ");
    const script = `while read -r line; do gdbus ${words} "$line" >/dev/null 2>&1 && echo "took $line" || echo "refused $line"; done`;
    const good = await portal("inside");
    const shell = app.start(["-c", script], { options: ["--command=sh"], input: "pipe", limit: 100_000 });
    const say = async (text: string, wanted: string): Promise<void> => {
      shell.write(`${text}\n`);
      await waitFor(wanted, () => shell.stdout().includes(`${wanted} ${text}\n`), 30_000);
    };
    await say("a", "took");
    await say("b", "took");
    assert.equal(linesOf(good, "Lookup"), 1);
    await stop(good);
    const bad = await portal("outside");
    await say("c", "refused");
    await say("d", "refused");
    assert.equal(linesOf(bad, "Lookup"), 1);
    assert.equal(linesOf(bad, "Take"), 0);
    await stop(bad);
    const again = await portal("inside");
    await say("e", "took");
    await stop(again);
    shell.kill("SIGTERM");
    await shell.ended;
  });
});
