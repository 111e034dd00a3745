// The folder of a picked file, which the user gives with it: to read or to change as he says, for one sandbox and no longer, and never more than he could pick himself.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";

inOrdinarySession("the files beside a picked one", (session) => {
  let app: PortalApp;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  const open = (method: string, options: string, then: string) =>
    app.request(`FileChooser.${method}`, `('', 'Title', {'handle_token': <'TOKEN'>${options}})`, `--then=${then}`);
  const DOCUMENTS = ["--path=/org/freedesktop/portal/documents", "--name=org.freedesktop.portal.Documents"];
  const host = (name: string): string => readFileSync(session().path(name), "utf8");
  before(async () => {
    await startBareBus(session());
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    session().makeFolder("shared");
    session().makeFolder("private");
    app = await makePortalApp(session(), "org.example.Documents", "[Context]\nfilesystems=~/shared;\n");
  });

  it("come with it only where the user gives them, to read alone or to change, and by nobody's hand to another app", async () => {
    const file = session().write("private/film/film.mkv", "film");
    session().write("private/film/film.srt", "words");
    const look = 'ls "$(dirname "$1")"; cat "$(dirname "$1")/film.srt"; echo new > "$(dirname "$1")/made"; ls "$(dirname "$1")/../.."; cat "$1"';
    script({ files: [file] });
    const alone = await open("OpenFile", "", look);
    assert.doesNotMatch(alone.stdout, /film\.srt\n|words/);
    script({ files: [file], neighbours: "read" });
    const pass =
      'id="$(basename "$(dirname "$(dirname "$1")")")"; gdbus call --session --dest org.freedesktop.portal.Documents --object-path /org/freedesktop/portal/documents --method org.freedesktop.portal.Documents.GrantPermissions "$id" org.example.DocumentsOther "[\'read\']"';
    const read = await open("OpenFile", "", `${look}; ${pass}`);
    assert.match(read.stdout, /'uris': <\['file:\/\/\/run\/flatpak\/doc\/[0-9a-f]{32}\/film\/film\.mkv'\]>/, read.stdout + read.stderr);
    assert.match(read.stdout, /'writable': <false>/);
    assert.match(read.stdout, /\nfilm\.mkv\nfilm\.srt\nwords/);
    assert.match(read.stderr, /Read-only file system/);
    assert.match(read.stderr, /Error\.NotAllowed/);
    assert.ok(!existsSync(session().path("private/film/made")));
    script({ files: [file], neighbours: "write" });
    const write = await open("OpenFile", "", look);
    assert.match(write.stdout, /'writable': <true>/, write.stdout + write.stderr);
    assert.equal(host("private/film/made"), "new\n");
  });

  it("end with the sandbox, and are in no other one of the app", async () => {
    const file = session().write("private/album/one.ogg", "one");
    session().write("private/album/two.ogg", "two");
    script({ files: [file], neighbours: "read" });
    const [ready, over] = [session().path("shared/album-there"), session().path("shared/album-over")];
    const running = app.startRequest(
      "FileChooser.OpenFile",
      "('', 'T', {'handle_token': <'TOKEN'>})",
      `--then=cat "$(dirname "$1")/two.ogg"; echo "$1" > ${ready}; while ! test -e ${over}; do sleep 0.1; done`,
    );
    const path = await waitFor("the app", () => (existsSync(ready) ? readFileSync(ready, "utf8").trim() : "") || undefined);
    const records = (): string => readdirSync(session().path(".local/state/tsbox/documents")).join(" ");
    const id = path.split("/")[4] as string;
    assert.ok(records().includes(id));
    const seen = async (): Promise<string> =>
      (await app.run(["call", "org.freedesktop.portal.Documents.GetMountPoint", "()", ...DOCUMENTS, `--then=cat ${path}`])).stderr;
    assert.match(await seen(), /No such file or directory/);
    session().write(over, "");
    assert.match((await running.ended).stdout, /two/);
    await waitFor("the end of the grant", () => !records().includes(id) && !existsSync(session().path(`.local/state/tsbox/documents/files/${id}`)));
    assert.match(await seen(), /No such file or directory/);
  });

  it("come from no guarded folder, nor where the user wants none: then the file comes alone", async () => {
    const guarded = session().write("at-home.txt", "mine");
    session().write("beside-at-home.txt", "not yours");
    const look = 'cat "$1"; ls "$(dirname "$1")"';
    script({ files: [guarded], neighbours: "read" });
    const refused = await open("OpenFile", "", look);
    assert.match(refused.stdout, /doc\/[0-9a-f]{32}\/at-home\.txt'/, refused.stdout + refused.stderr);
    assert.match(refused.stdout, /mineat-home\.txt\n$/);
    const link = session().path("shared/to-private");
    session().link(session().path("private"), link);
    session().write("private/secret.txt", "secret");
    script({ files: [`${link}/secret.txt`], neighbours: "read" });
    assert.match((await open("OpenFile", "", "true")).stdout, /Response \(uint32 2/);
    const file = session().write("private/pair/one", "1");
    session().write("private/pair/two", "2");
    script({ files: [file], neighbours: "read" });
    assert.match((await open("OpenFile", "", look)).stdout, /1one\ntwo\n$/);
    session().write(".local/state/tsbox/permissions/neighbours.json", '{"neighbours": {"org.example.Documents": ["no"]}}');
    assert.match((await open("OpenFile", "", look)).stdout, /1one\n$/);
    rmSync(session().path(".local/state/tsbox/permissions/neighbours.json"));
  });
});
