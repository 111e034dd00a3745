// What a broker loads for portals: nothing for an app that asks for none, and of those that it has the one that is called. The built program runs, in a copy that writes
// down which of its modules begin.
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { DESKTOP, DESKTOP_PATH } from "../support/portal-call.ts";
import { copyBuild, expectSuccess } from "../support/sandbox.ts";

const ID = "org.example.Loading";
/** Not gdbus, which asks for the description of every interface before it calls one. */
const CLIENT = "test/fixtures/programs/portal_client.py";

inOrdinarySession("a portal that no app used", (session) => {
  let tsbox: string;
  let log: string;
  const loaded = (): readonly string[] => session().read(log).split("\n").slice(0, -1).sort();
  const call = async (name: string, path: string, method: string, args: string): Promise<void> =>
    void expectSuccess(await session().run([tsbox, "run", ID, "call", method, args, `--name=${name}`, `--path=${path}`]));
  before(async () => {
    await startBareBus(session());
    session().write(`.local/share/tsbox/manifests/${ID}.ini`, `[Application]\nname=${ID}\ncommand=portal_client.py\n[Context]\nshared=network;\n`);
    session().write(`.local/share/tsbox/manifests/${ID}/bin/portal_client.py`, readFileSync(CLIENT), 0o755);
    log = session().write(`${session().scratch}/loaded`, "");
    const folder = session().makeFolder(`${session().scratch}/build`);
    tsbox = copyBuild(folder);
    // The compiled code beside it fits the other text alone, so this one is compiled.
    const bundle = `${folder}/portals-code.cjs`;
    const say = (what: string): string => `require("node:fs").appendFileSync(${JSON.stringify(log)},${JSON.stringify(`${what}\n`)});`;
    let count = 0;
    const text = readFileSync(bundle, "utf8").replace(/"portals\/desktop\/([\w-]+)\.ts"\(\)\{/g, (begin, name: string) => {
      count++;
      return begin + say(name);
    });
    assert.ok(count > 15, `${count} portals in the bundle`);
    writeFileSync(bundle, say("the service") + text);
    chmodSync(bundle, 0o644);
  });

  it("is not loaded, and the whole service not where an app uses its bus and asks for no portal", async () => {
    await call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId", "()");
    assert.deepEqual(loaded(), []);
    await call(DESKTOP, DESKTOP_PATH, "org.freedesktop.portal.NetworkMonitor.GetAvailable", "()");
    assert.deepEqual(loaded(), ["network-monitor", "the service"]);
    await call(DESKTOP, DESKTOP_PATH, "org.freedesktop.portal.ProxyResolver.Lookup", "('https://example.org/',)");
    assert.deepEqual(loaded(), ["network-monitor", "proxy-resolver", "the service"]);
  });
});
