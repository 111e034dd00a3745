// Printing into a file, and starters that an app adds: what the user agreed to is what is there, and the rest of the app's words mean nothing outside.
import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";

const ID = "org.example.Makes";
/** One pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const icon = `<('bytes', <[${[...Buffer.from(PNG, "base64")].map((byte) => `byte 0x${byte.toString(16)}`).join(", ")}]>)>`;

inOrdinarySession("printing and starters", (session) => {
  let app: PortalApp;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  const entry = (name: string): string => session().path(`.local/share/applications/${ID}.${name}.desktop`);
  before(async () => {
    await startBareBus(session());
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    for (const name of ["shared", "private"]) session().makeFolder(name);
    session().write("shared/pages.pdf", "%PDF-1.4\npages\n");
    session().write("shared/page.html", "<html>");
    app = await makePortalApp(session(), ID, "[Context]\nfilesystems=~/shared;\n");
  });

  it("a print becomes the PDF that the user named, and no setting of the app's names another file", async () => {
    script({ files: [session().path("private/out.pdf")] });
    const settings = "{'output-uri': <'file:///etc/passwd'>, 'n-copies': <'3'>, 'orientation': <'landscape'>}";
    const print = `('', 'Letter', ${settings}, @a{sv} {}, {'handle_token': <'TOKEN'>})`;
    const prepared = await app.request("Print.PreparePrint", print);
    assert.match(prepared.stdout, /'output-file-format': <'pdf'>/, prepared.stdout);
    assert.match(prepared.stdout, /'orientation': <'landscape'>/);
    assert.match(prepared.stdout, /'token': <uint32 \d+>/);
    assert.doesNotMatch(prepared.stdout, /output-uri/);
    const done = await app.request("Print.Print", "('', 'Letter', handle 0, {'handle_token': <'TOKEN'>})", `--fd=${session().path("shared/pages.pdf")}`);
    assert.match(done.stdout, /Response \(uint32 0/, done.stdout);
    assert.equal(session().read("private/out.pdf"), "%PDF-1.4\npages\n");
  });

  it("what is no PDF, no file, or leads through a link of the app's, is not written", async () => {
    const print = (fd: string, to: string) => {
      script({ files: [session().path(to)] });
      return app.request("Print.Print", "('', 'x', handle 0, {'handle_token': <'TOKEN'>, 'token': <uint32 7>})", `--fd=${fd}`);
    };
    session().write("private/keep", "kept");
    symlinkSync(session().path("private"), session().path("shared/way"));
    assert.match((await print(session().path("shared/page.html"), "private/keep")).stdout, /Response \(uint32 2/);
    assert.match((await print(session().path("shared"), "private/keep")).stdout, /Response \(uint32 2/);
    assert.match((await print(session().path("shared/pages.pdf"), "shared/way/keep")).stdout, /Response \(uint32 2/);
    assert.equal(session().read("private/keep"), "kept");
    script({ files: null });
    const none = await app.request("Print.PreparePrint", "('', 'x', @a{sv} {}, @a{sv} {}, {'handle_token': <'TOKEN'>})");
    assert.match(none.stdout, /Response \(uint32 1/);
  });

  it("a starter has the name and icon that the user agreed to, and starts the app in its sandbox", async () => {
    script({ confirm: "yes" });
    const text = [
      "[Desktop Entry]",
      "Name=Bank of Evil",
      "Icon=/etc/passwd",
      `Exec=mkdir -p "${session().path("shared")}/a;b $(id) 100%%" %U`,
      "MimeType=x-scheme-handler/https;",
      "Actions=more;",
      "DBusActivatable=true",
      "TryExec=/bin/sh",
      "StartupWMClass=reader",
      "Comment=Your bank",
      "Comment[de]=Ihre Bank",
      "GenericName=Bank",
      "[Desktop Action more]",
      "Exec=/bin/sh",
    ].join("\\n");
    const install = `${app.tsbox}`;
    const done = await app.request(
      "DynamicLauncher.PrepareInstall",
      `('', 'Reader', ${icon}, {'handle_token': <'TOKEN'>})`,
      `--install=${ID}.Reader.desktop`,
      `--text=${text}`,
    );
    assert.match(done.stdout, /installed/, done.stdout + done.stderr);
    const written = readFileSync(entry("Reader"), "utf8");
    const words = `"${install}" "run" "--command=mkdir" "${ID}" "-p" "${session().path("shared")}/a;b \\\\$(id) 100%%" %U`;
    assert.deepEqual(written.split("\n"), [
      "[Desktop Entry]",
      "Type=Application",
      "Name=Reader",
      `Icon=${session().path(`.local/share/tsbox/launcher-icons/${ID}.Reader.png`)}`,
      `Exec=${words}`,
      "StartupWMClass=reader",
      `X-Tsbox=${ID}`,
      "",
    ]);
    assert.equal((await session().run(["desktop-file-validate", entry("Reader")])).status, 0);
    await session().run(["gio", "launch", entry("Reader"), session().path("shared/b")]);
    await waitFor("the app in its sandbox", () => existsSync(session().path("shared/a;b $(id) 100%")) && existsSync(session().path("shared/b")));
  });

  it("a starter without consent, under a foreign name, or by a used or made-up token is not added", async () => {
    const add = (id: string, answers: object, name = "N") => {
      script(answers);
      return app.request(
        "DynamicLauncher.PrepareInstall",
        `('', '${name}', ${icon}, {'handle_token': <'TOKEN'>})`,
        `--install=${id}`,
        "--text=[Desktop Entry]\\nExec=x",
      );
    };
    assert.match((await add(`${ID}.No.desktop`, { confirm: "no" })).stdout, /Response \(uint32 1/);
    assert.ok(!existsSync(entry("No")));
    for (const id of ["org.example.Other.A.desktop", `${ID}.desktop`, `${ID}../x.desktop`, `${ID}..desktop`, `${ID}.a/b.desktop`]) {
      assert.match((await add(id, { confirm: "yes" })).stdout, /error org\.freedesktop\.portal\.Error\.InvalidArgument/, id);
    }
    session().write(`.local/share/applications/${ID}.Mine.desktop`, "[Desktop Entry]\nName=mine\n");
    assert.match((await add(`${ID}.Mine.desktop`, { confirm: "yes" })).stdout, /NotAllowed/);
    assert.equal(session().read(`.local/share/applications/${ID}.Mine.desktop`), "[Desktop Entry]\nName=mine\n");
    session().write(`system/applications/${ID}.System.desktop`, "[Desktop Entry]\nName=system\n");
    session().environment["XDG_DATA_DIRS"] = `/usr/share:${session().path("system")}`;
    assert.match((await add(`${ID}.System.desktop`, { confirm: "yes" })).stdout, /NotAllowed.*covered/);
    assert.ok(!existsSync(entry("System")));
    assert.match((await add(`${ID}.Free.desktop`, { confirm: "yes" })).stdout, /installed/);
    delete session().environment["XDG_DATA_DIRS"];
    assert.match((await add(`${ID}.A.desktop`, { confirm: "yes" }, "a\\nExec=/bin/sh")).stdout, /InvalidArgument/);
    const call = (method: string, args: string) => app.call(`DynamicLauncher.${method}`, args);
    assert.match((await call("Install", `('0123', '${ID}.B.desktop', '[Desktop Entry]', @a{sv} {})`)).stdout, /InvalidArgument/);
    assert.match((await call("RequestInstallToken", `('N', ${icon}, @a{sv} {})`)).stdout, /NotAllowed/);
    for (const bad of ["<('themed', <['x']>)>", "<('bytes', <[byte 1, 2]>)>", "<'x'>"]) {
      assert.match((await call("PrepareInstall", `('', 'N', ${bad}, @a{sv} {})`)).stdout, /InvalidArgument/, bad);
    }
    assert.match((await call("Uninstall", `('${ID}.Mine.desktop', @a{sv} {})`)).stdout, /NotFound/);
    assert.match((await call("GetDesktopEntry", `('${ID}.Reader.desktop',)`)).stdout, /Name=Reader/);
    assert.match((await call("GetIcon", `('${ID}.Reader.desktop',)`)).stdout, /'png', uint32 1/);
    assert.equal((await call("Uninstall", `('${ID}.Reader.desktop', @a{sv} {})`)).stdout, "reply ()\n");
    assert.ok(!existsSync(entry("Reader")));
  });
});
