// Beside a portal service of the host: what it has is its own, what it lacks or must not do is ours, and what asks nobody is out of reach.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { before, it } from "node:test";
import { busCall, startBus, startService } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { startPortal } from "../support/portal.ts";
import { waitFor } from "../support/process.ts";
import { findTsbox } from "../support/sandbox.ts";

const STORE = "org.freedesktop.impl.portal.PermissionStore";
const STORE_PATH = "/org/freedesktop/impl/portal/PermissionStore";

inOrdinarySession("beside the host's portals", (session) => {
  let app: PortalApp;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  const reach = (name: string, path: string, method: string, args: string) => app.run(["call", method, args, `--name=${name}`, `--path=${path}`]);
  before(async () => {
    await startBus(session());
    await startPortal(session());
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    app = await makePortalApp(session(), "org.example.Beside");
  });

  it("an interface that the host has is the host's, one that it lacks is ours under the same name", async () => {
    const host = await session().run([
      "gdbus",
      "introspect",
      "--session",
      "--dest",
      "org.freedesktop.portal.Desktop",
      "--object-path",
      "/org/freedesktop/portal/desktop",
    ]);
    assert.match(host.stdout, /portal\.Notification \{/);
    assert.doesNotMatch(host.stdout, /portal\.FileChooser \{/);
    const version = "org.freedesktop.DBus.Properties.Get";
    const ask = (name: string) =>
      reach("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", version, `('org.freedesktop.portal.${name}', 'version')`);
    assert.match((await ask("Notification")).stdout, /reply \(<uint32 1>,\)/);
    assert.match((await ask("FileChooser")).stdout, /reply \(<uint32 4>,\)/);
  });

  it("what a process behind a portal's name has beside portals is out of reach by either of its names", async () => {
    const NAME = "org.freedesktop.portal.Beside";
    await startService(session(), NAME);
    const found = await busCall(session(), "org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetNameOwner", NAME);
    for (const name of [NAME, /:[\d.]+/.exec(found.stdout)?.[0] ?? ""]) {
      assert.match((await busCall(session(), name, "/test", "org.example.Test.Echo", "outside")).stdout, /outside/);
      assert.match((await reach(name, "/test", "org.example.Test.Echo", "('inside',)")).stdout, /AccessDenied/, name);
      // What every object answers.
      assert.match((await reach(name, "/test", "org.freedesktop.DBus.Introspectable.Introspect", "()")).stdout, /org\.example\.Test/, name);
    }
    const portal = ["org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.DBus.Peer.Ping"] as const;
    assert.match((await reach(...portal, "()")).stdout, /reply \(\)/);
  });

  it("a file picked in a dialog of ours is a document of the host's, at the usual place", async () => {
    session().write("picked.txt", "picked");
    script({ files: [session().path("picked.txt")] });
    const answer = await app.request(
      "FileChooser.OpenFile",
      "('', 'T', {'handle_token': <'TOKEN'>})",
      '--then=cat "$1"; echo more > "$1"; ls -d /run/user/*/doc/*/picked.txt',
    );
    assert.match(answer.stdout, /file:\/\/\/run\/flatpak\/doc\/[0-9a-f]+\/picked\.txt'/, answer.stdout + answer.stderr);
    assert.match(answer.stdout, /\npicked/);
    assert.equal(session().read("picked.txt"), "more\n");
    assert.ok(!existsSync(session().path(".local/state/tsbox/documents")));
    const known = await busCall(
      session(),
      "org.freedesktop.portal.Documents",
      "/org/freedesktop/portal/documents",
      "org.freedesktop.portal.Documents.List",
      "org.example.Beside",
    );
    assert.match(known.stdout, /picked/);
  });

  it("a folder that came with a file is the host's document, and ends with the sandbox", async () => {
    const file = session().write("films/film.mkv", "film");
    session().write("films/film.srt", "words");
    script({ files: [file], neighbours: "read" });
    const documents = async (): Promise<string> =>
      (
        await busCall(
          session(),
          "org.freedesktop.portal.Documents",
          "/org/freedesktop/portal/documents",
          "org.freedesktop.portal.Documents.List",
          "org.example.Beside",
        )
      ).stdout;
    const before = await documents();
    const answer = await app.request(
      "FileChooser.OpenFile",
      "('', 'T', {'handle_token': <'TOKEN'>})",
      '--then=cat "$(dirname "$1")/film.srt"; echo x > "$(dirname "$1")/new"',
    );
    assert.match(answer.stdout, /file:\/\/\/run\/flatpak\/doc\/[0-9a-f]+\/films\/film\.mkv'/, answer.stdout + answer.stderr);
    assert.match(answer.stdout, /\nwords/);
    assert.ok(!existsSync(session().path("films/new")));
    const id = /doc\/([0-9a-f]+)\//.exec(answer.stdout)?.[1] as string;
    assert.ok(!before.includes(`'${id}'`));
    await waitFor("the document to go", async () => !(await documents()).includes(`'${id}'`));
  });

  it("a link that the app put into a folder that it was given leads it nowhere", async () => {
    const [mine, folder] = [session().write("mine.txt", "not for apps"), session().makeFolder("given")];
    const open = (options: string, then: string) => app.request("FileChooser.OpenFile", `('', 'T', {'handle_token': <'TOKEN'>${options}})`, `--then=${then}`);
    script({ files: [folder] });
    const given = await open(", 'directory': <true>", `ln -s ${mine} "$1/planted"`);
    assert.ok(existsSync(`${folder}/planted`), given.stdout + given.stderr);
    session().link(session().write("other.txt", "for this app"), "own-link");
    script({ files: [session().path("own-link")] });
    assert.match((await open("", 'cat "$1"')).stdout, /for this app/, "a link of the user's own");
    for (const neighbours of [undefined, "read"]) {
      script({ files: [`${folder}/planted`], neighbours });
      const answer = await open("", 'cat "$1"');
      assert.doesNotMatch(answer.stdout, /not for apps|file:/);
    }
  });

  it("what the host's store remembers of a named instance goes with the instance, and what it remembers of its app stays", async () => {
    const store = (member: string, ...words: string[]) => busCall(session(), STORE, STORE_PATH, `${STORE}.${member}`, ...words);
    const [id, named] = ["org.example.Beside", "org.example.Beside--work"];
    session().makeFolder(`.var/app/${named}/data`, 0o700);
    session().write(`.local/state/tsbox/binds/${named}/0123/left`, "of the app");
    for (const app of [id, named]) await store("SetPermission", "background", "true", "background", app, "['yes']");
    await waitFor("both", async () => (await store("Lookup", "background", "background")).stdout.includes(named));
    const removed = await session().run([await findTsbox(session()), "instance", "remove", named]);
    assert.equal(removed.status, 0, removed.stderr);
    const left = (await store("Lookup", "background", "background")).stdout;
    assert.match(left, new RegExp(`'${id}': \\['yes'\\]`));
    assert.doesNotMatch(left, new RegExp(named));
    assert.ok(!existsSync(session().path(`.local/state/tsbox/binds/${named}`)));
    const aside = readdirSync(session().path(".local/state/tsbox/data")).find((name) => name.startsWith(`${named}.binds.`));
    assert.equal(session().read(`.local/state/tsbox/data/${aside}/0123/left`), "of the app");
  });

  it("autostart is ours, so nobody writes `flatpak run`", async () => {
    script({ confirm: "yes" });
    const answer = await app.request("Background.RequestBackground", "('', {'handle_token': <'TOKEN'>, 'autostart': <true>, 'commandline': <['prog']>})");
    assert.match(answer.stdout, /'autostart': <true>/);
    const entry = session().read(".config/autostart/org.example.Beside.desktop");
    assert.match(entry, /Exec="[^"]*tsbox" "run"/);
    assert.doesNotMatch(entry, /flatpak/);
  });

  it("DynamicLauncher, which would write `flatpak run`, is never the host's", async () => {
    const inside = await app.call("DynamicLauncher.GetDesktopEntry", "('x.desktop',)");
    assert.match(inside.stdout, /^error org\.freedesktop\.portal\.Error\.InvalidArgument .*the file's name is `org\.example\.Beside\.NAME\.desktop`/);
  });

  it("the starter of Flatpak's apps, backends and the permission store are out of reach", async () => {
    const outside = await busCall(session(), STORE, STORE_PATH, `${STORE}.List`, "devices");
    assert.equal(outside.status, 0, outside.stderr);
    assert.match(
      (await reach(STORE, STORE_PATH, `${STORE}.List`, "('devices',)")).stdout,
      /error org\.freedesktop\.DBus\.Error\.(ServiceUnknown|NameHasNoOwner)/,
    );
    const backend = "org.freedesktop.impl.portal.desktop.tsboxtest";
    assert.equal((await busCall(session(), backend, "/org/freedesktop/portal/desktop", "org.freedesktop.DBus.Peer.Ping")).status, 0);
    assert.match((await reach(backend, "/org/freedesktop/portal/desktop", "org.freedesktop.DBus.Peer.Ping", "()")).stdout, /error .*ServiceUnknown/);
    const starter = await reach(
      "org.freedesktop.portal.Flatpak",
      "/org/freedesktop/portal/Flatpak",
      "org.freedesktop.DBus.Properties.Get",
      "('org.freedesktop.portal.Flatpak', 'version')",
    );
    // tsbox's own, whatever the host has: Flatpak's is of a later version.
    assert.match(starter.stdout, /reply \(<uint32 5>,\)/);
    assert.match(
      (await reach("org.freedesktop.Flatpak", "/org/freedesktop/Flatpak/Development", "org.freedesktop.Flatpak.Development.HostCommand", "()")).stdout,
      /error .*ServiceUnknown/,
    );
    // The document portal tells host programs of every app's documents; to an app it refuses.
    const list = await app.call(
      "Documents.List",
      "('org.example.Other',)",
      "--name=org.freedesktop.portal.Documents",
      "--path=/org/freedesktop/portal/documents",
    );
    assert.match(list.stdout, /error org\.freedesktop\.portal\.Error\.NotAllowed/);
  });
});
