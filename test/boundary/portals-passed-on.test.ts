// Documents that an app passes on to others: it takes back what it gave, and nothing of what the user gave; and there is an end to how many.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";

const DOCUMENTS = ["--path=/org/freedesktop/portal/documents", "--name=org.freedesktop.portal.Documents"];

inOrdinarySession("documents that are passed on", (session) => {
  let app: PortalApp;
  before(async () => {
    await startBareBus(session());
    session().makeFolder("shared");
    app = await makePortalApp(session(), "org.example.Documents", "[Context]\nfilesystems=~/shared;\n");
  });

  it("an app takes back what it passed on, and neither that nor less of what the user gave to another app", async () => {
    const file = session().write("shared/both.txt", "both");
    const OTHER = "org.example.DocumentsOther";
    const added = await app.call("Documents.Add", "(handle 0, true, true)", `--fd=${file}`, ...DOCUMENTS);
    const id = /reply \('([0-9a-f]{32})',\)/.exec(added.stdout)?.[1] ?? "";
    const record = `.local/state/tsbox/documents/${id}.json`;
    const given = (): unknown => (JSON.parse(session().read(record)) as { apps: Record<string, unknown> }).apps[OTHER];
    const pass = (method: string) => app.call(`Documents.${method}`, `('${id}', '${OTHER}', ['read'])`, ...DOCUMENTS);
    assert.match((await pass("GrantPermissions")).stdout, /reply \(\)/);
    assert.deepEqual(given(), { by: "org.example.Documents", writable: false });
    assert.match((await pass("RevokePermissions")).stdout, /reply \(\)/);
    assert.equal(given(), undefined);
    // As the user does it.
    const asGiven = JSON.parse(session().read(record)) as { apps: Record<string, unknown> };
    session().write(record, JSON.stringify({ ...asGiven, apps: { ...asGiven.apps, [OTHER]: { writable: true } } }));
    assert.match((await pass("GrantPermissions")).stdout, /reply \(\)/);
    assert.match((await pass("RevokePermissions")).stdout, /Error\.NotAllowed/);
    assert.deepEqual(given(), { writable: true });
  });

  it("a document is passed on to so many apps, and so many documents to one app", async () => {
    const file = session().write("shared/many.txt", "many");
    const added = await app.call("Documents.Add", "(handle 0, true, true)", `--fd=${file}`, ...DOCUMENTS);
    const id = /reply \('([0-9a-f]{32})',\)/.exec(added.stdout)?.[1] ?? "";
    const record = `.local/state/tsbox/documents/${id}.json`;
    const full = JSON.parse(session().read(record)) as { apps: Record<string, unknown> };
    for (let number = 0; number < 63; number++) full.apps[`org.example.Many${number}`] = { writable: false, by: "org.example.Documents" };
    session().write(record, JSON.stringify(full));
    const pass = (to: string) => app.call("Documents.GrantPermissions", `('${id}', '${to}', ['read'])`, ...DOCUMENTS);
    assert.match((await pass("org.example.OneMore")).stdout, /Error\.NotAllowed/);
    assert.match((await pass("org.example.Many7")).stdout, /reply \(\)/);
    session().write(record, JSON.stringify({ ...full, apps: { "org.example.Documents": { writable: false } } }));
    const others = Array.from({ length: 200 }, (_, number) => `.local/state/tsbox/documents/${number.toString(16).padStart(32, "0")}.json`);
    for (const other of others) {
      const apps = { "org.example.Else": { writable: false }, "org.example.Crowded": { writable: false, by: "org.example.Else" } };
      session().write(other, JSON.stringify({ id: other.slice(-37, -5), path: "/nowhere", isFolder: false, apps }));
    }
    assert.match((await pass("org.example.Crowded")).stdout, /Error\.NotAllowed/);
    for (const other of others) rmSync(session().path(other));
    assert.match((await pass("org.example.Crowded")).stdout, /reply \(\)/);
  });
});
