// Files that the user gives to apps by a command, with no dialog: as picked ones, until they are taken back.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";

const DOCUMENTS = ["--path=/org/freedesktop/portal/documents", "--name=org.freedesktop.portal.Documents"];

inOrdinarySession("documents by commands", (session) => {
  let app: PortalApp;
  let other: PortalApp;
  const host = (name: string): string => session().read(name);
  before(async () => {
    await startBareBus(session());
    session().makeFolder("private");
    app = await makePortalApp(session(), "org.example.Documents");
    other = await makePortalApp(session(), "org.example.DocumentsOther");
  });

  it("a file given by a command is the app's, read-only unless said otherwise, until it is taken back", async () => {
    const file = session().write("private/given.txt", "given");
    const command = (...words: string[]) => session().run([app.tsbox, ...words]);
    const [read, write] = [await command("document-export", "--app=org.example.Documents", file), await command("document-export", "-w", "-a", other.id, file)];
    assert.match(read.stdout, /^\/run\/flatpak\/doc\/[0-9a-f]{32}\/given\.txt\n$/, read.stderr);
    const use = (who: PortalApp, path: string) =>
      who.call("Documents.GetMountPoint", "()", ...DOCUMENTS, `--then=cat ${path}; echo more >> ${path}; ls ${path.slice(0, path.lastIndexOf("/"))}`);
    const reading = await use(app, read.stdout.trim());
    assert.match(reading.stdout, /given/, reading.stderr);
    assert.match(reading.stderr, /Read-only file system/);
    await use(other, write.stdout.trim());
    assert.equal(host("private/given.txt"), "givenmore\n");
    assert.match((await command("document-info", file)).stdout, /origin: .*private\/given\.txt\npermissions:\n\torg\.example\.Documents/);
    assert.equal((await command("document-unexport", file)).status, 0);
    assert.match((await use(app, read.stdout.trim())).stderr, /No such file/);
    assert.equal((await command("document-info", file)).status, 125);
    assert.equal((await command("document-export", "--app=org.example.Documents", session().path("private"))).status, 125);
    assert.equal(host("private/given.txt"), "givenmore\n");
  });
});
