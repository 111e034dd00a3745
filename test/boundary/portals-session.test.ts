// Portals that speak with the session outside: notifications, links, sleep, trash, mail, the user's name, keys, autostart. Each with what must not pass.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { startMock } from "../support/mock.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";

const CONTEXT = "[Context]\nfilesystems=~/shared;~/seen:ro;\n";

inOrdinarySession("portals that speak with the session", (session) => {
  let app: PortalApp;
  let mocks: Awaited<ReturnType<typeof startMock>>;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  const opened = (): string => (existsSync(session().path("opened")) ? session().read("opened") : "");
  before(async () => {
    await startBareBus(session());
    mocks = await startMock(session(), "notification_daemon", "session");
    const login = await startMock(session(), "logind", "system");
    session().environment["DBUS_SYSTEM_BUS_ADDRESS"] = login.address;
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    session().makeFolder("shared");
    session().makeFolder("seen");
    const opener = session().write("bin/opener", `#!/bin/sh\nprintf '%s\\n' "$*" >> ${session().path("opened")}\n`, 0o755);
    session().write(".local/share/applications/opener.desktop", `[Desktop Entry]\nType=Application\nName=Opener\nExec=${opener} %u\n`);
    session().write(
      ".config/mimeapps.list",
      "[Default Applications]\nx-scheme-handler/https=opener.desktop\nx-scheme-handler/mailto=opener.desktop\nx-scheme-handler/odd=opener.desktop\ntext/plain=opener.desktop\n",
    );
    app = await makePortalApp(session(), "org.example.Session", CONTEXT);
  });

  it("a notification comes under the app's own id, its markup as text", async () => {
    const sent = await app.call("Notification.AddNotification", "('n1', {'title': <'<b>T'>, 'body': <'a <i>b</i> & c'>})");
    assert.equal(sent.stdout, "reply ()\n", sent.stdout);
    const line = await waitFor("Notify", () =>
      mocks
        .log()
        .split("\n")
        .find((one) => one.includes(" Notify ")),
    );
    assert.match(line, /Notify "org\.example\.Session" 0/);
    assert.match(line, /"<b>T" "a &lt;i&gt;b&lt;\/i&gt; &amp; c"/);
    assert.match(line, /"desktop-entry": dbus\.String\('org\.example\.Session'|desktop-entry/);
  });

  it("a notification of an odd priority, or with more than is kept, is refused, and a refused app shows none", async () => {
    const long = [`('n2', {'default-action': <'a'>, 'default-action-target': <<'${"x".repeat(5_000)}'>>})`, `('${"n".repeat(256)}', @a{sv} {})`];
    for (const odd of ["('n2', {'priority': <'loud'>})", ...long])
      assert.match((await app.call("Notification.AddNotification", odd)).stdout, /Error\.InvalidArgument/);
    session().write(".local/state/tsbox/permissions/notifications.json", '{"notification": {"org.example.Session": ["no"]}}');
    const before = mocks.log().split(" Notify ").length;
    assert.equal((await app.call("Notification.AddNotification", "('n3', {'title': <'t'>})")).stdout, "reply ()\n");
    assert.equal(mocks.log().split(" Notify ").length, before);
  });

  it("a web link opens in the user's browser without a question", async () => {
    const answer = await app.request("OpenURI.OpenURI", "('', 'https://example.org/a?b', {'handle_token': <'TOKEN'>})");
    assert.match(answer.stdout, /reply \(objectpath '\/org\/freedesktop\/portal\/desktop\/request\/ME\/tok',\)\nsignal Response \(uint32 0, @a\{sv\} \{\}\)/);
    await waitFor("the browser", () => opened().includes("https://example.org/a?b"));
  });

  it("another scheme is a question, a file's URI and a malformed one are errors", async () => {
    script({ choose: null });
    assert.match((await app.request("OpenURI.OpenURI", "('', 'odd:thing', {'handle_token': <'TOKEN'>})")).stdout, /Response \(uint32 1/);
    script({ choose: "opener.desktop" });
    assert.match((await app.request("OpenURI.OpenURI", "('', 'odd:thing', {'handle_token': <'TOKEN'>})")).stdout, /Response \(uint32 0/);
    await waitFor("the program", () => opened().includes("odd:thing"));
    for (const uri of ["file:///etc/passwd", "no-scheme", "http://a b", "-x:y"]) {
      assert.match(
        (await app.request("OpenURI.OpenURI", `('', '${uri}', {'handle_token': <'TOKEN'>})`)).stdout,
        /^error org\.freedesktop\.portal\.Error\.InvalidArgument/,
        uri,
      );
    }
    assert.match((await app.request("OpenURI.OpenURI", "('', 'https://x', {'handle_token': <'../x'>})")).stdout, /Error\.InvalidArgument/);
    assert.match((await app.request("OpenURI.OpenURI", "('', 'https://x', {'ask': <'yes'>})")).stdout, /Error\.InvalidArgument/);
  });

  it("a file opens outside by its descriptor, one of the sandbox's own does not", async () => {
    const file = session().write("shared/note.txt", "text");
    script({ choose: "opener.desktop" });
    assert.match((await app.request("OpenURI.OpenFile", "('', handle 0, {'handle_token': <'TOKEN'>})", `--fd=${file}`)).stdout, /Response \(uint32 0/);
    await waitFor("the program", () => opened().includes("note.txt"));
    assert.match((await app.request("OpenURI.OpenFile", "('', handle 0, @a{sv} {})", "--fd=/.flatpak-info")).stdout, /Error\.NotAllowed/);
    assert.match((await app.request("OpenURI.OpenFile", "('', handle 3, @a{sv} {})", `--fd=${file}`)).stdout, /Error\.InvalidArgument/);
  });

  it("an inhibition lasts until its request is closed or the app leaves", async () => {
    const locks = async (): Promise<string> =>
      (
        await session().run([
          "gdbus",
          "call",
          "--address",
          session().environment["DBUS_SYSTEM_BUS_ADDRESS"] as string,
          "--dest",
          "org.freedesktop.login1",
          "--object-path",
          "/org/freedesktop/login1",
          "--method",
          "org.freedesktop.login1.Manager.ListInhibitors",
        ])
      ).stdout;
    const running = app.startRequest("Inhibit.Inhibit", "('', uint32 12, {'reason': <'film'>, 'handle_token': <'TOKEN'>})", "--stay=60000");
    await waitFor("the lock", async () => (await locks()).includes("org.example.Session"));
    assert.match(await locks(), /'sleep:idle', 'org\.example\.Session', 'film', 'block'/);
    running.kill("SIGTERM");
    await running.ended;
    await waitFor("no lock", async () => !(await locks()).includes("org.example.Session"));
    const closed = await app.request("Inhibit.Inhibit", "('', uint32 4, {'handle_token': <'TOKEN'>})", "--close=yes");
    assert.match(closed.stdout, /closed/);
    await waitFor("no lock", async () => !(await locks()).includes("org.example.Session"));
    assert.match((await app.request("Inhibit.Inhibit", "('', uint32 64, @a{sv} {})")).stdout, /Error\.InvalidArgument/);
  });

  it("a monitor's session tells the screen saver's state", async () => {
    const told = await app.request(
      "Inhibit.CreateMonitor",
      "('', {'handle_token': <'TOKEN'>, 'session_handle_token': <'mon'>})",
      "--listen=org.freedesktop.portal.Inhibit",
      "--stay=1500",
    );
    assert.match(told.stdout, /'session_handle': <'\/org\/freedesktop\/portal\/desktop\/session\/\w+\/mon'>/);
    assert.match(told.stdout, /signal StateChanged \(objectpath '[^']+', \{'screensaver-active': <false>, 'session-state': <uint32 1>\}\)/);
  });

  it("a file that the app may write goes to the trash, others stay", async () => {
    const own = session().write("shared/old.txt", "old");
    const seen = session().write("seen/keep.txt", "keep");
    assert.equal((await app.call("Trash.TrashFile", "(handle 0,)", `--fd=${own}:rw`)).stdout, "reply (uint32 1,)\n");
    assert.ok(!existsSync(own));
    assert.equal(session().read(".local/share/Trash/files/old.txt"), "old");
    assert.match(session().read(".local/share/Trash/info/old.txt.trashinfo"), /^\[Trash Info\]\nPath=\/.*shared\/old\.txt\nDeletionDate=\d{4}-/);
    assert.equal((await app.call("Trash.TrashFile", "(handle 0,)", `--fd=${seen}`)).stdout, "reply (uint32 0,)\n");
    assert.ok(existsSync(seen));
    assert.match((await app.call("Trash.TrashFile", "(handle 0,)", "--fd=/etc/passwd")).stdout, /NotAllowed|uint32 0/);
  });

  it("CVE-2026-40354: a descriptor whose path is exchanged for a link sends nothing else to the trash", async () => {
    const canary = session().write("seen/canary.txt", "alive");
    const done = await app.run(["race", "org.freedesktop.portal.Trash.TrashFile", session().path("shared"), canary], { limit: 60_000 });
    assert.match(done.stdout, /200 rounds, [1-9]\d* in the trash/, done.stdout + done.stderr);
    assert.equal(session().read("seen/canary.txt"), "alive");
    const trashed = readdirSync(session().path(".local/share/Trash/files")).filter((name) => name.startsWith("canary"));
    assert.deepEqual(trashed, []);
  });

  it("a mail goes to the mail program with its fields, and no header or option comes in by one", async () => {
    const mail =
      "('', {'handle_token': <'TOKEN'>, 'address': <'a@example.org'>, 'cc': <['b@example.org']>, 'subject': <'Hi & you'>, 'body': <'line 1\\nline 2'>})";
    assert.match((await app.request("Email.ComposeEmail", mail)).stdout, /Response \(uint32 0/);
    await waitFor("the mail program", () => opened().includes("mailto:a%40example.org?cc=b%40example.org&subject=Hi%20%26%20you&body=line%201%0Aline%202"));
    for (const odd of [
      "{'address': <'-x@example.org'>}",
      "{'address': <'a@b\\nBcc: c@d'>}",
      "{'subject': <'a\\r\\nBcc: x'>}",
      "{'address': <'a@b?attach=/etc/passwd'>}",
    ]) {
      assert.match((await app.request("Email.ComposeEmail", `('', ${odd})`)).stdout, /Error\.InvalidArgument/, odd);
    }
  });

  it("the user's name is told if he agrees, and not otherwise", async () => {
    const ask = () => app.request("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>, 'reason': <'greeting'>})");
    script({ confirm: "yes" });
    assert.match((await ask()).stdout, new RegExp(`Response \\(uint32 0, \\{'id': <'${session().account.name}'>`));
    script({ confirm: "no" });
    assert.match((await ask()).stdout, /Response \(uint32 1, @a\{sv\} \{\}\)/);
  });

  it("a key is the app's own and always the same", async () => {
    const other = await makePortalApp(session(), "org.example.SessionOther");
    const read = async (which: PortalApp): Promise<string> => {
      const { stdout } = await which.request("Secret.RetrieveSecret", "(handle 0, {'handle_token': <'TOKEN'>})", "--fd=pipe");
      assert.match(stdout, /Response \(uint32 0/);
      return /pipe ([0-9a-f]+)/.exec(stdout)?.[1] ?? "";
    };
    const first = await read(app);
    assert.equal(first.length, 128);
    assert.equal(await read(app), first);
    assert.notEqual(await read(other), first);
    assert.match((await app.request("Secret.RetrieveSecret", "(handle 0, {'handle_token': <'TOKEN'>})", "--fd=/etc/passwd")).stdout, /Response \(uint32 2/);
  });

  it("the network's state is NetworkManager's word, and power saving the profile's", async () => {
    await startMock(session(), "networkmanager", "system");
    await startMock(session(), "power_profiles_daemon", "system");
    const online = await makePortalApp(session(), "org.example.SessionOnline", "[Context]\nshared=network;\n");
    const set = (name: string, path: string, property: string, value: string) =>
      session().run(
        ["gdbus", "call", "--address", session().environment["DBUS_SYSTEM_BUS_ADDRESS"] as string, "--dest", name, "--object-path", path].concat([
          "--method",
          "org.freedesktop.DBus.Properties.Set",
          name,
          property,
          value,
        ]) as [string, ...string[]],
      );
    const manager = "org.freedesktop.NetworkManager";
    for (const [theirs, ours] of [
      [4, 4],
      [2, 3],
      [1, 1],
    ]) {
      assert.equal((await set(manager, "/org/freedesktop/NetworkManager", "Connectivity", `<uint32 ${theirs}>`)).status, 0);
      assert.equal((await online.call("NetworkMonitor.GetConnectivity", "()")).stdout, `reply (uint32 ${ours},)\n`);
    }
    const saving = async (): Promise<string> =>
      (await online.run(["call", "org.freedesktop.DBus.Properties.Get", "('org.freedesktop.portal.PowerProfileMonitor', 'power-saver-enabled')"])).stdout;
    assert.equal(await saving(), "reply (<false>,)\n");
    await set("net.hadess.PowerProfiles", "/net/hadess/PowerProfiles", "ActiveProfile", "<'power-saver'>");
    assert.equal(await saving(), "reply (<true>,)\n");
  });

  it("CVE-2024-32462: autostart is written where the user agrees, starts the sandbox, and takes no option for a program", async () => {
    const entry = session().path(".config/autostart/org.example.Session.desktop");
    const ask = (options: string) => app.request("Background.RequestBackground", `('', {'handle_token': <'TOKEN'>, 'autostart': <true>${options}})`);
    script({ confirm: "no" });
    assert.match((await ask("")).stdout, /Response \(uint32 1, \{'background': <true>, 'autostart': <false>\}\)/);
    assert.ok(!existsSync(entry));
    for (const odd of ["--command=x", " -x", "", "-e"]) assert.match((await ask(`, 'commandline': <['${odd}', 'b']>`)).stdout, /Error\.InvalidArgument/, odd);
    script({ confirm: "yes" });
    assert.match((await ask(", 'commandline': <['prog', '--x=$(id)', 'a b']>")).stdout, /'autostart': <true>/);
    const text = readFileSync(entry, "utf8");
    assert.match(text, /\nExec="[^"]*tsbox" "run" "--command=prog" "org\.example\.Session" "--x=\\\\\$\(id\)" "a b"\n/);
    assert.doesNotMatch(text, /flatpak/);
    assert.deepEqual(readdirSync(session().path(".config/autostart")), ["org.example.Session.desktop"]);
    // Remembered: without a question now.
    script({ confirm: "no" });
    assert.match((await ask("")).stdout, /'autostart': <true>/);
    assert.match((await app.request("Background.RequestBackground", "('', {'handle_token': <'TOKEN'>, 'autostart': <false>})")).stdout, /'autostart': <false>/);
    assert.ok(!existsSync(entry));
  });

  it("a trash whose folder the app exchanges for a link leads nothing elsewhere", async () => {
    const trusted = session().path(".config/autostart");
    session().makeFolder(".config/autostart");
    const trasher = await makePortalApp(session(), "org.example.Trasher", "[Context]\nfilesystems=xdg-data;~/shared;\n");
    for (const name of ["files", "info"]) {
      session().makeFolder(`.local/share/Trash/${name}`);
      const place = session().path(`.local/share/Trash/${name}`);
      const done = await trasher.run(["exchange", "org.freedesktop.portal.Trash.TrashFile", session().path("shared"), place, trusted], { limit: 60_000 });
      assert.match(done.stdout, /200 rounds, [1-9]\d* in the trash/, done.stdout + done.stderr);
      assert.deepEqual(readdirSync(trusted), []);
    }
  });

  it("a click on a notification's action is told to the app, and starts nothing outside by its name", async () => {
    const started = session().path("started-outside");
    const program = session().write("bin/outside", `#!/bin/sh\ntouch ${started}\n`, 0o755);
    session().write(".local/share/dbus-1/services/org.example.Clicked.service", `[D-BUS Service]\nName=org.example.Clicked\nExec=${program}\n`);
    const clicked = await makePortalApp(session(), "org.example.Clicked");
    const running = clicked.startRequest(
      "Notification.AddNotification",
      "('c', {'title': <'t'>, 'default-action': <'app.open'>})",
      "--listen=org.freedesktop.portal.Notification",
      "--stay=3000",
    );
    await waitFor("Notify", () => mocks.log().includes('Notify "org.example.Clicked"'));
    await new Promise((done) => setTimeout(done, 300));
    const place = "--session --object-path /org/freedesktop/Notifications";
    const call = `gdbus call ${place} --dest org.freedesktop.Notifications --method org.freedesktop.DBus.Mock.EmitSignal`;
    const clicks = `${call} org.freedesktop.Notifications ActionInvoked us "[<uint32 $n>, <'default'>]"`;
    assert.equal((await session().run(["sh", "-ec", `for n in 1 2 3 4; do ${clicks}; done`])).status, 0);
    const told = await running.ended;
    assert.match(told.stdout, /signal ActionInvoked \('c', 'app\.open', @?a?v? ?\[\]\)/, told.stdout + told.stderr);
    assert.ok(!existsSync(started));
  });

  it("a mail address that would attach a file is refused (CVE-2022-4055)", async () => {
    for (const uri of ["mailto:a@b.c?attach=/etc/passwd", "mailto:?subject=x&attachment=y", "mailto:a@b.c?%61ttach=x", "mailto:a@b.c&attach=x"]) {
      assert.match((await app.request("OpenURI.OpenURI", `('', '${uri}', @a{sv} {})`)).stdout, /Error\.InvalidArgument/, uri);
    }
    assert.match((await app.request("OpenURI.OpenURI", "('', 'mailto:a@b.c?cc=d@e.f&Subject=x', {'handle_token': <'TOKEN'>})")).stdout, /uint32 0/);
  });

  it("an autostart entry that tsbox did not write is neither replaced nor taken away", async () => {
    const entry = session().write(".config/autostart/org.example.Foreign.desktop", "[Desktop Entry]\nExec=mine\n");
    const foreign = await makePortalApp(session(), "org.example.Foreign");
    script({ confirm: "yes" });
    for (const autostart of ["false", "true"]) {
      const asked = await foreign.request("Background.RequestBackground", `('', {'handle_token': <'TOKEN'>, 'autostart': <${autostart}>})`);
      assert.match(asked.stdout, /'autostart': <false>/);
      assert.equal(readFileSync(entry, "utf8"), "[Desktop Entry]\nExec=mine\n");
    }
  });
});
