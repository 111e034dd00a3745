// Pictures of the screen: the user is asked before each one, and where he refuses nothing is taken.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";
import { SERVER_LIFE, serverScript } from "../support/server-script.ts";

inOrdinarySession("a picture of the screen", (session) => {
  let app: PortalApp;
  let taken: () => number;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  const ask = (...then: string[]) => app.request("Screenshot.Screenshot", "('', {'handle_token': <'TOKEN'>})", ...then);
  before(async () => {
    await startBareBus(session());
    const data = session().path("data");
    session().write(
      `${data}/xdg-desktop-portal/portals/tsboxtest.portal`,
      "[portal]\nDBusName=org.freedesktop.impl.portal.desktop.tsboxtest\nInterfaces=org.freedesktop.impl.portal.Screenshot;\nUseIn=tsboxtest\n",
    );
    const picture = session().write("Pictures/shot.png", "picture");
    const backend = session().start(["/usr/bin/python3", serverScript(session(), "screenshot_backend.py"), picture], { limit: SERVER_LIFE });
    await waitFor("the backend", () => backend.stdout().startsWith("ready"));
    taken = () => backend.stdout().split("screenshot org.example.Watcher ").length - 1;
    const { environment } = session();
    environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    environment["XDG_DATA_DIRS"] = `${data}:/usr/share`;
    environment["XDG_CURRENT_DESKTOP"] = "tsboxtest";
    app = await makePortalApp(session(), "org.example.Watcher");
  });

  it("is taken where the user agrees, and a yes is for one alone", async () => {
    script({ confirm: "yes" });
    const agreed = await ask('--then=cat "$1"');
    assert.match(agreed.stdout, /'uri': <'file:.*\/shot\.png'>\}\)\npicture$/, agreed.stdout + agreed.stderr);
    assert.equal(taken(), 1);
    script({ confirm: "no" });
    const refused = await ask();
    assert.match(refused.stdout, /Response \(uint32 1, @a\{sv\} \{\}\)/, refused.stdout + refused.stderr);
    assert.equal(taken(), 1, "the backend was not asked");
  });

  it("is taken unasked only where the user said so himself", async () => {
    script({ confirm: "no" });
    assert.equal((await session().run([app.tsbox, "permission-set", "screenshot", "screenshot", app.id, "yes"])).status, 0);
    const earlier = taken();
    const unasked = await ask();
    assert.match(unasked.stdout, /Response \(uint32 0/, unasked.stdout + unasked.stderr);
    assert.equal(taken(), earlier + 1);
  });
});
