// A portal identifies its caller by the process that connected to the bus. The real xdg-desktop-portal must see the app's own id, and no id of its choice.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { busCall, startBus } from "../support/bus.ts";
import { inEachSession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type Portal, startPortal } from "../support/portal.ts";
import { type App, makeApp } from "../support/sandbox.ts";

const DESKTOP = "org.freedesktop.portal.Desktop";
const PATH = "/org/freedesktop/portal/desktop";
const NOTIFY = "org.freedesktop.portal.Notification.AddNotification";

inEachSession("a real portal", (session) => {
  let portal: Portal;
  let app: App;
  const notify = (which: App, identifier: string) =>
    which.run([
      "call",
      "--session",
      "--timeout=10",
      "--dest",
      DESKTOP,
      "--object-path",
      PATH,
      "--method",
      NOTIFY,
      identifier,
      "{'title': <'t'>, 'body': <'b'>}",
    ]);
  before(async () => {
    await startBus(session());
    portal = await startPortal(session());
    app = await makeApp(session(), "org.example.Portal", "command=gdbus\n");
  });

  it("sees no app behind a caller outside", async () => {
    const result = await busCall(session(), DESKTOP, PATH, NOTIFY, "outside", "{'title': <'t'>, 'body': <'b'>}");
    assert.equal(result.status, 0, result.stderr);
    await waitFor("the notification", () => portal.calls().some((line) => line === "notification - outside"));
  });

  it("sees the app's id behind a caller inside, without a rule in the manifest", async () => {
    const result = await notify(app, "inside");
    assert.equal(result.status, 0, result.stderr);
    await waitFor("the notification", () => portal.calls().find((line) => line.endsWith(" inside")));
    assert.equal(
      portal.calls().find((line) => line.endsWith(" inside")),
      "notification org.example.Portal inside",
    );
  });

  it("tells two apps at once apart", async () => {
    const other = await makeApp(session(), "org.example.PortalOther", "command=gdbus\n");
    await Promise.all([notify(app, "first"), notify(other, "second")]);
    await waitFor("both notifications", () => portal.calls().length >= 4);
    assert.ok(portal.calls().includes("notification org.example.Portal first"));
    assert.ok(portal.calls().includes("notification org.example.PortalOther second"));
  });

  it("sees the same id whatever the program says of itself (CVE-2021-41133, CVE-2021-42762)", async () => {
    const shell = "printf '[Application]\\nname=org.example.Forged\\n' > /tmp/.flatpak-info; export FLATPAK_ID=org.example.Forged; cd /tmp; exec gdbus \"$@\"";
    const argv = [
      "-c",
      shell,
      "sh",
      "call",
      "--session",
      "--timeout=10",
      "--dest",
      DESKTOP,
      "--object-path",
      PATH,
      "--method",
      NOTIFY,
      "forged",
      "{'title': <'t'>, 'body': <'b'>}",
    ];
    const result = await app.run(argv, { options: ["--command=sh"] });
    assert.equal(result.status, 0, result.stderr);
    await waitFor("the notification", () => portal.calls().find((line) => line.endsWith(" forged")));
    assert.equal(
      portal.calls().find((line) => line.endsWith(" forged")),
      "notification org.example.Portal forged",
    );
  });
});
