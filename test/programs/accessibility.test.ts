// The accessibility bus with a real registry and real GTK programs: assistive technology outside reads and operates the app; the app sees nothing but itself.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE, serverScript } from "../support/server-script.ts";
import type { Session } from "../support/session.ts";
import { startXvfb } from "../support/xvfb.ts";

const WINDOW = readFileSync("test/fixtures/servers/accessible_window.py", "utf8");
const READER = readFileSync("test/fixtures/servers/assistive_technology.py", "utf8");
const INSIDE = "unix:path=/run/flatpak/at-spi-bus";

inOrdinarySession("the accessibility bus", (session) => {
  let app: App;
  let neighbour: Running;
  let address: string;
  const outside = async (...words: string[]) =>
    (await session().run(["/usr/bin/python3", serverScript(session(), "assistive_technology.py"), address, ...words])).stdout.trim();
  const inside = async (...words: string[]) => (await app.run(["-c", READER, INSIDE, ...words])).stdout.trim();
  /** `UNIQUE PATH` of the object of that name, as assistive technology finds it. */
  const find = (name: string) =>
    waitFor(
      `the object ${name}`,
      async () =>
        (await outside("tree"))
          .split("\n")
          .find((line) => line.endsWith(` ${name}`))
          ?.split(" ")
          .slice(0, 2),
      60_000,
    );

  before(async () => {
    const one = session();
    await startBus(one);
    await startXvfb(one);
    app = await makeApp(one, "org.example.Readable", "command=python3\n[Context]\nshared=ipc;\nsockets=x11;\n");
  });

  it("is not given while none runs, and toolkits inside are told", async () => {
    const variables = (await app.run(["-c", "import os; print(os.environ.get('NO_AT_BRIDGE'), os.environ.get('AT_SPI_BUS_ADDRESS'))"])).stdout.trim();
    assert.equal(variables, "1 None");
  });

  it("shows the app to assistive technology, which can press its button", async () => {
    address = await startRegistry(session());
    neighbour = session().start(["/usr/bin/python3", serverScript(session(), "accessible_window.py"), "neighbour"], {
      environment: { NO_AT_BRIDGE: undefined },
      limit: SERVER_LIFE,
    });
    const program = app.start(["-c", WINDOW, "readable"], { limit: SERVER_LIFE });
    await waitFor("the window", () => program.stdout().includes("ready"));
    const [owner = "", path = ""] = await find("button of readable");
    assert.equal(await outside("press", owner, path), "1");
    await waitFor("the click inside", () => program.stdout().includes("clicked"));
    program.kill("SIGTERM");
    await program.ended;
  });

  it("shows a GTK 4 program too", async () => {
    // Drawn without GL: compiling shaders for a processor takes seconds before the window is there, tens of seconds on a busy machine.
    const script = [
      "import os; os.environ.update(GSK_RENDERER='cairo', GDK_DEBUG='gl-disable,vulkan-disable')",
      "import gi; gi.require_version('Gtk', '4.0'); from gi.repository import Gtk",
      "app = Gtk.Application(application_id='org.example.Readable')",
      "app.connect('activate', lambda app: Gtk.ApplicationWindow(application=app, title='four', child=Gtk.Button(label='button of four')).present())",
      "app.run()",
    ];
    const program = app.start(["-c", script.join("\n")], { limit: SERVER_LIFE });
    await find("button of four");
    program.kill("SIGTERM");
    await program.ended;
  });

  it("shows the app no other program, though outside anyone reads and presses them", async () => {
    const [owner = "", path = ""] = await find("button of neighbour");
    assert.equal(await outside("read", owner, path), "button of neighbour");
    assert.match(await inside("read", owner, path), /^error org\.freedesktop\.DBus\.Error\.(NameHasNoOwner|ServiceUnknown)$/);
    assert.match(await inside("press", owner, path), /^error org\.freedesktop\.DBus\.Error\.(NameHasNoOwner|ServiceUnknown)$/);
    assert.match(await inside("tree"), /^error org\.freedesktop\.DBus\.Error\.AccessDenied$/);
    assert.match(await outside("names"), new RegExp(owner));
    const names = (await inside("names")).split("\n").filter((name) => !["org.freedesktop.DBus", "org.a11y.atspi.Registry"].includes(name));
    assert.ok(!names.includes(owner), names.join(" "));
    assert.ok(!neighbour.stdout().includes("clicked"));
  });

  it("hears nothing from the app about another program's objects, though any program outside may say it", async () => {
    const [owner = "", path = ""] = await find("button of neighbour");
    const listen = [
      "import dbus, dbus.bus, sys",
      "from dbus.mainloop.glib import DBusGMainLoop; from gi.repository import GLib",
      "bus = dbus.bus.BusConnection(sys.argv[1], mainloop=DBusGMainLoop())",
      "bus.add_signal_receiver(lambda item: print(item[0][0], item[6], flush=True), 'AddAccessible', 'org.a11y.atspi.Cache')",
      "bus.call_blocking('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'GetId', '', ())",
      "print('listens', flush=True); GLib.MainLoop().run()",
    ].join("\n");
    // libatspi takes the name and the role that stand behind an object's address, whoever sent them (Cache.AddAccessible of AT-SPI2).
    const speak = [
      "import dbus, dbus.bus, dbus.lowlevel, sys",
      "bus = dbus.bus.BusConnection(sys.argv[1])",
      "def say(owner, path, text):",
      "    at = lambda name, where: dbus.Struct((name, dbus.ObjectPath(where)), signature='so')",
      "    root = at(bus.get_unique_name(), '/org/a11y/atspi/accessible/root')",
      "    signal = dbus.lowlevel.SignalMessage('/org/a11y/atspi/cache', 'org.a11y.atspi.Cache', 'AddAccessible')",
      "    values = (at(owner, path), root, root, 0, 0, dbus.Array([], 's'), text, dbus.UInt32(43), '', dbus.Array([0, 0], 'u'))",
      "    signal.append(values, signature='((so)(so)(so)iiassusau)')",
      "    bus.send_message(signal)",
      "say(sys.argv[2], sys.argv[3], sys.argv[4] + ' of another')",
      "say(bus.get_unique_name(), '/a/1', sys.argv[4] + ' of its own')",
      "bus.call_blocking('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'GetId', '', ())",
    ].join("\n");
    const listener = session().start(["/usr/bin/python3", "-c", listen, address], { limit: SERVER_LIFE });
    await waitFor("who listens", () => listener.stdout().includes("listens"));
    assert.equal((await session().run(["/usr/bin/python3", "-c", speak, address, owner, path, "outside"])).status, 0);
    const result = await app.run(["-c", speak, INSIDE, owner, path, "inside"]);
    assert.equal(result.status, 0, result.stderr);
    await waitFor("the last word", () => listener.stdout().includes("inside of its own"));
    const texts = listener.stdout().trim().split("\n").slice(1);
    assert.deepEqual(
      texts.map((line) => line.replace(/^:\S+ /, "")),
      ["outside of another", "outside of its own", "inside of its own"],
    );
    assert.ok(texts[0]?.startsWith(`${owner} `));
    listener.kill("SIGTERM");
    await listener.ended;
  });

  it("is withheld by --no-a11y-bus", async () => {
    const result = await app.run(["-c", "import os; print(os.environ.get('AT_SPI_BUS_ADDRESS'))"], { options: ["--no-a11y-bus"] });
    assert.equal(result.stdout.trim(), "None");
  });

  it("that ended without a word keeps no app from starting", async () => {
    const dead = session().path("dead");
    await session().run(["/usr/bin/python3", "-c", `import socket; s = socket.socket(socket.AF_UNIX); s.bind(${JSON.stringify(dead)})`]);
    const result = await app.run(["-c", "print('started')"], { environment: { AT_SPI_BUS_ADDRESS: `unix:path=${dead}` } });
    assert.equal(result.stdout.trim(), "started", result.stderr);
  });
});

/** The launcher, as a desktop starts it; returns the address of the bus that it keeps. */
async function startRegistry(session: Session): Promise<string> {
  const launcher = session.start(["/usr/libexec/at-spi-bus-launcher", "--launch-immediately"], { limit: SERVER_LIFE });
  session.onClose(async () => {
    launcher.kill("SIGTERM");
    await launcher.ended;
  });
  const number = session.environment["DISPLAY"]?.slice(1);
  const socket = await waitFor("the accessibility bus", () =>
    [`bus_${number}`, "bus"].map((name) => `${session.runtimeDirectory}/at-spi/${name}`).find((path) => existsSync(path)),
  );
  return `unix:path=${socket}`;
}
