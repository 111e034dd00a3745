// The host as runtime, as programs of each toolkit see it: the user's themes, icons, cursors, fonts and settings, and the host's own caches.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { expectSuccess, makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE } from "../support/server-script.ts";
import type { Session } from "../support/session.ts";
import { startWeston } from "../support/wayland.ts";
import { startXvfb } from "../support/xvfb.ts";

const LOOKS = resolve("test/fixtures/programs/looks.py");
const INTERFACE = "org.gnome.desktop.interface";
const CHOICES = { "gtk-theme": "HighContrast", "icon-theme": "mine", "cursor-theme": "in-data", "font-name": "DejaVu Sans 13", "cursor-size": "48" };
const ICON = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16" fill="#204060"/></svg>';

/** One picture of one pixel, as Xcursor(3) says. */
function cursorFile(): Uint8Array {
  const image = [0xfffd0002, 24];
  const head = [0x72756358, 16, 0x10000, 1, ...image, 28];
  return new Uint8Array(Uint32Array.from([...head, 36, ...image, 1, 1, 1, 0, 0, 0, 0xff204060]).buffer);
}

/** An icon theme and two cursor themes of the user's own, in both places where users put them. */
function furnish(session: Session): void {
  session.write(
    ".local/share/icons/mine/index.theme",
    "[Icon Theme]\nName=mine\nInherits=Adwaita,hicolor\nDirectories=16\n[16]\nSize=16\nType=Scalable\nMinSize=8\nMaxSize=64\n",
  );
  session.write(".local/share/icons/mine/16/tsbox-test-icon.svg", ICON);
  for (const folder of [".icons/in-icons", ".local/share/icons/in-data"]) session.write(`${folder}/cursors/tsbox_pointer`, cursorFile());
}

interface Looks {
  readonly [name: string]: unknown;
  readonly cursors: Readonly<Record<string, boolean>>;
}

inOrdinarySession("the user's looks", (session) => {
  before(async () => {
    furnish(session());
    await startBareBus(session());
    await startWeston(session());
    session().environment["GSETTINGS_BACKEND"] = "keyfile";
    session().environment["GSK_RENDERER"] = "cairo";
    for (const [key, value] of Object.entries(CHOICES)) expectSuccess(await session().run(["gsettings", "set", INTERFACE, key, value]));
  });

  for (const version of ["3.0", "4.0"]) {
    it(`are a GTK ${version} program's, as outside`, async () => {
      const outside = JSON.parse(expectSuccess(await session().run(["python3", LOOKS, version]))) as Looks;
      const app = await makeApp(session(), `org.example.Looks${version[0]}`, "command=looks.py\n[Context]\nsockets=wayland;\n", [LOOKS]);
      const inside = JSON.parse(expectSuccess(await app.run([version], { limit: 30_000 }))) as Looks;
      assert.deepEqual(
        [outside["gtk-icon-theme-name"], outside["gtk-cursor-theme-name"], outside["gtk-font-name"]],
        ["mine", "in-data", "DejaVu Sans 13"],
        "outside they are the user's",
      );
      assert.ok(outside["own icon"] !== null && outside["system icon"] !== null);
      // A host whose libXcursor passes the user's second place over shows it inside all the same.
      assert.deepEqual(inside, { ...outside, cursors: { "in-icons": true, "in-data": true, Adwaita: outside.cursors["Adwaita"], nowhere: false } });
    });
  }

  it("from a settings.ini are there where it is granted, and not else", async () => {
    await startXvfb(session());
    session().write(".config/gtk-3.0/settings.ini", "[Settings]\ngtk-theme-name=HighContrast\ngtk-font-name=DejaVu Serif 17\n");
    const fontOf = async (id: string, grant: string): Promise<unknown> => {
      const app = await makeApp(session(), id, `command=looks.py\n[Context]\nsockets=x11;\n${grant}`, [LOOKS]);
      return (JSON.parse(expectSuccess(await app.run(["3.0"], { environment: { GDK_BACKEND: "x11" }, limit: 30_000 }))) as Looks)["gtk-font-name"];
    };
    assert.equal(await fontOf("org.example.Ini", "filesystems=xdg-config/gtk-3.0:ro;\n"), "DejaVu Serif 17");
    assert.notEqual(await fontOf("org.example.NoIni", ""), "DejaVu Serif 17");
  });

  it("need no font cache of the app's own: the host's is taken", async () => {
    expectSuccess(await session().run(["fc-cache"]));
    const app = await makeApp(session(), "org.example.Fonts", "command=sh\n");
    const script = 'fc-list : family | sort -u; ls -A "$XDG_CACHE_HOME/fontconfig" 2>/dev/null | grep -c cache- >&2';
    const inside = await app.run(["-c", script]);
    assert.equal(inside.stdout, expectSuccess(await session().run(["sh", "-c", "fc-list : family | sort -u"])));
    assert.match(inside.stdout, /DejaVu Sans/);
    assert.equal(inside.stderr.trim(), "0", readdirSync(`${app.data}/cache`).join());
  });
});

inOrdinarySession("dconf", (session) => {
  const GRANTS = "filesystems=xdg-run/dconf;xdg-config/dconf:ro;\n";
  const read = ["get", INTERFACE, "font-name"] as const;
  before(async () => {
    await startBareBus(session());
    session().environment["GSETTINGS_BACKEND"] = "dconf";
    session().start(["/usr/libexec/dconf-service"], { limit: SERVER_LIFE });
    const set = async () => (await session().run(["gsettings", "set", INTERFACE, "font-name", "DejaVu Sans 21"])).status;
    for (let tries = 0; tries < 50 && (await set()) !== 0; tries++) await new Promise((done) => setTimeout(done, 100));
    assert.equal(expectSuccess(await session().run(["gsettings", ...read])), "'DejaVu Sans 21'\n");
  });

  it("is read where its two places are granted, and not else", async () => {
    const inside = async (id: string, grants: string): Promise<string> => {
      const app = await makeApp(session(), id, `command=gsettings\n[Context]\n${grants}[Environment]\nGSETTINGS_BACKEND=dconf\n`);
      return expectSuccess(await app.run(read));
    };
    assert.equal(await inside("org.example.Dconf", GRANTS), "'DejaVu Sans 21'\n");
    assert.notEqual(await inside("org.example.NoDconf", ""), "'DejaVu Sans 21'\n");
  });

  it("is written by nobody who may only read it", async () => {
    const app = await makeApp(session(), "org.example.DconfWriter", `command=sh\n[Context]\n${GRANTS}[Environment]\nGSETTINGS_BACKEND=dconf\n`);
    const outcome = await app.run(["-c", `gsettings set ${INTERFACE} font-name 'Evil 1'; echo x >> "$XDG_CONFIG_HOME/dconf/user"; echo done`]);
    assert.match(outcome.stdout, /done/);
    assert.match(outcome.stderr, /Read-only file system/);
    assert.equal(expectSuccess(await session().run(["gsettings", ...read])), "'DejaVu Sans 21'\n");
  });
});
