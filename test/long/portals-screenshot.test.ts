// Pictures of a real screen through the portal: by each program that takes them on X11, on a compositor of wlroots' kind, and by the desktop's own backend. The user is asked
// before each one, and the app has it for as long as it runs.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Colour, isNear, PATCHES, readPicture } from "../support/picture.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { SERVER_LIFE, serverScript } from "../support/server-script.ts";
import { waitFor } from "../support/process.ts";
import { startSway } from "../support/wayland.ts";
import { SCREEN, startXvfb } from "../support/xvfb.ts";

const RED = PATCHES[0];

inOrdinarySession("pictures of the screen", (session) => {
  let app: PortalApp;
  const script = (answers: object): void => void session().write("answers.json", JSON.stringify(answers));
  /** A PATH with these programs alone. */
  const withPrograms = (...programs: string[]): Readonly<Record<string, string>> => {
    const folder = session().path(`only-${programs.join("-")}`);
    if (!existsSync(folder)) {
      session().makeFolder(folder);
      for (const name of [...programs, "sh"]) session().link(`/usr/bin/${name}`, `${folder}/${name}`);
    }
    return { PATH: folder };
  };
  const words = (method: string, options: string): string[] => [
    "request",
    `org.freedesktop.portal.Screenshot.${method}`,
    `('', {'handle_token': <'TOKEN'>${options}})`,
    `--then=cp "$1" ${session().path("shared/shot.png")}; ls "$(dirname "$1")"; echo x > "$1"`,
  ];
  const ask = (method: string, environment: Readonly<Record<string, string>>, options = "") => app.run(words(method, options), { environment, limit: 60_000 });
  const has = async (environment: Readonly<Record<string, string>>): Promise<string> =>
    (await app.run(["call", "org.freedesktop.DBus.Properties.Get", "('org.freedesktop.portal.Screenshot', 'version')"], { environment })).stdout;
  const mouse = (...argv: string[]) => session().run(["xdotool", ...argv]);
  const rest = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  /** The program takes the pointer a moment after its start, and no press before that is its own. */
  const whilePointing = async (running: ReturnType<PortalApp["start"]>, program: string, point: () => Promise<unknown>) => {
    let over = false;
    void running.ended.then(() => {
      over = true;
    });
    await waitFor(program, async () => over || (await session().run(["pgrep", "-x", program])).status === 0, 30_000);
    for (let count = 0; !over && count < 20; count++) {
      await rest(2000);
      if (!over) await point();
    }
    return running.ended;
  };
  before(async () => {
    await startXvfb(session());
    await startBareBus(session());
    session().environment["TSBOX_DIALOGS"] = `scripted:${session().path("answers.json")}`;
    session().makeFolder("shared");
    await session().run(["xsetroot", "-solid", `rgb:${RED.map((part) => part.toString(16).padStart(2, "0")).join("/")}`]);
    app = await makePortalApp(session(), "org.example.Pictures", "[Context]\nfilesystems=~/shared;\n");
  });

  it("are not there where nothing takes them, and without colours where nothing picks those", async () => {
    assert.match(await has(withPrograms("gio")), /UnknownInterface/);
    assert.match(await has({ ...withPrograms("maim"), DISPLAY: "" }), /UnknownInterface/);
    assert.match(await has({ ...withPrograms("grim", "maim"), WAYLAND_DISPLAY: "wayland-0", XDG_CURRENT_DESKTOP: "GNOME" }), /UnknownInterface/);
    assert.match(await has(withPrograms("maim")), /<uint32 1>/);
    assert.match(await has(withPrograms("maim", "grabc")), /<uint32 2>/);
  });

  for (const program of ["maim", "scrot", "import"]) {
    it(`${program} takes one where the user agrees, each time anew, and the app has it until it ends`, async () => {
      script({ confirm: "no" });
      const refused = await ask("Screenshot", withPrograms(program));
      assert.match(refused.stdout, /Response \(uint32 1, @a\{sv\} \{\}\)/, refused.stdout + refused.stderr);
      script({ confirm: "yes" });
      const taken = await ask("Screenshot", withPrograms(program));
      assert.match(taken.stdout, /'uri': <'file:\/\/\/run\/flatpak\/doc\/[0-9a-f]{32}\/Screenshot-[\w-]+\.png'>/, taken.stdout + taken.stderr);
      assert.match(taken.stderr, /Read-only file system/);
      const picture = await readPicture(session(), session().path("shared/shot.png"));
      assert.deepEqual([picture.width, picture.height], [SCREEN.width, SCREEN.height]);
      assert.ok(isNear(picture.at(500, 500), RED), String(picture.at(500, 500)));
      await waitFor("the picture to go", () => readdirSync(session().path(".local/state/tsbox/screenshots")).length === 0);
      // Nothing of the answer was kept.
      script({ confirm: "no" });
      assert.match((await ask("Screenshot", withPrograms(program))).stdout, /Response \(uint32 1/);
    });
  }

  it("a part that the user chooses is all that the app gets", async () => {
    script({ confirm: "yes" });
    const running = app.start(words("Screenshot", ", 'interactive': <true>"), { environment: withPrograms("maim"), limit: 60_000 });
    const taken = await whilePointing(running, "maim", async () => {
      await mouse("mousemove", "100", "100", "mousedown", "1");
      await rest(300);
      await mouse("mousemove", "150", "120");
      await rest(300);
      await mouse("mousemove", "200", "160");
      await rest(300);
      await mouse("mouseup", "1");
    });
    assert.match(taken.stdout, /'uri'/, taken.stdout + taken.stderr);
    const picture = await readPicture(session(), session().path("shared/shot.png"));
    assert.ok(picture.width < 200 && picture.height < 200, `${picture.width} ${picture.height}`);
  });

  it("a colour is that of the point that the user clicks at, after he agreed", async () => {
    script({ confirm: "no" });
    assert.match((await ask("PickColor", withPrograms("maim", "grabc"))).stdout, /Response \(uint32 1, @a\{sv\} \{\}\)/);
    await session().run(["sh", "-c", `rm ${session().path(".local/state/tsbox/permissions/screenshot.json")}`]);
    script({ confirm: "yes" });
    const running = app.start(words("PickColor", ""), { environment: withPrograms("maim", "grabc"), limit: 60_000 });
    const picked = await whilePointing(running, "grabc", () => mouse("mousemove", "300", "300", "click", "1"));
    assert.ok(isNear(colourOf(picked.stdout), RED), picked.stdout + picked.stderr);
  });

  it("a backend of the desktop's takes them in the place of programs, and is asked for no other desktop", async () => {
    const data = session().path("data");
    session().write(
      `${data}/xdg-desktop-portal/portals/tsboxtest.portal`,
      "[portal]\nDBusName=org.freedesktop.impl.portal.desktop.tsboxtest\nInterfaces=org.freedesktop.impl.portal.Screenshot;\nUseIn=tsboxtest\n",
    );
    const picture = session().write("Pictures/by-backend.png", "not opened by anybody");
    const backend = session().start(["/usr/bin/python3", serverScript(session(), "screenshot_backend.py"), picture], { limit: SERVER_LIFE });
    await waitFor("the backend", () => backend.stdout().startsWith("ready"));
    const desktop = (name: string) => ({ ...withPrograms("gio"), XDG_DATA_DIRS: `${data}:/usr/share`, XDG_CURRENT_DESKTOP: name });
    assert.match(await has(desktop("other")), /UnknownInterface/);
    assert.match(await has(desktop("tsboxtest")), /<uint32 2>/);
    script({ confirm: "yes" });
    const taken = await ask("Screenshot", desktop("tsboxtest"), ", 'interactive': <true>");
    assert.match(taken.stdout, /'uri': <'file:\/\/\/run\/flatpak\/doc\/[0-9a-f]{32}\/by-backend\.png'>/, taken.stdout + taken.stderr);
    assert.match(backend.stdout(), /screenshot org\.example\.Pictures interactive=1/);
    const picked = await ask("PickColor", desktop("tsboxtest"));
    assert.match(picked.stdout, /'color': <\(0\.25, 0\.5, 0\.75\)>/, picked.stdout + picked.stderr);
    // What the desktop wrote into the user's folder is his.
    assert.equal(session().read("Pictures/by-backend.png"), "not opened by anybody");
  });

  it("on a compositor of wlroots' kind grim takes them, and slurp lets the user point", async () => {
    await startSway(session());
    const environment = { XDG_CURRENT_DESKTOP: "sway", WAYLAND_DISPLAY: session().environment["WAYLAND_DISPLAY"] as string };
    assert.match(await has({ ...withPrograms("grim"), ...environment }), /<uint32 1>/);
    assert.match(await has({ ...withPrograms("grim", "slurp"), ...environment }), /<uint32 2>/);
    script({ confirm: "yes" });
    const taken = await ask("Screenshot", { ...withPrograms("grim"), ...environment });
    assert.match(taken.stdout, /'uri'/, taken.stdout + taken.stderr);
    const picture = await readPicture(session(), session().path("shared/shot.png"));
    assert.deepEqual([picture.width, picture.height], [1024, 768]);
  });
});

function colourOf(answer: string): Colour {
  const parts = /'color': <\(([\d.]+), ([\d.]+), ([\d.]+)\)>/.exec(answer) ?? [];
  return parts.slice(1).map((part) => Number(part) * 255) as unknown as Colour;
}
