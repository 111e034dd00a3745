// A GTK program that Flatpak installed, on a runtime of Debian's libraries that only the linker's cache finds, with the toolkit itself in an extension.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBus, startService } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type FlatpakWorld, GTK_APP, installGtkApp, openFlatpak } from "../support/flatpak.ts";
import type { Outcome } from "../support/process.ts";
import { expectSuccess, findTsbox } from "../support/sandbox.ts";
import { waitForWindow } from "../support/window.ts";
import { startXvfb } from "../support/xvfb.ts";

const DATA = ["/usr/share/mime/mime.cache", "/usr/share/glib-2.0/schemas/gschemas.compiled"];
const CONTEXT = "[Context]\nshared=ipc;\nsockets=x11;\n[Session Bus Policy]\norg.example.Named=talk\n";

inOrdinarySession("a GTK program that Flatpak installed", (session) => {
  let world: FlatpakWorld;
  let tsbox: string;
  before(async () => {
    await startBus(session());
    await startXvfb(session(), { windowManager: true });
    world = await openFlatpak(session());
    await installGtkApp(session(), world, ["/usr/bin/mousepad", "/usr/bin/gdbus"], DATA, CONTEXT);
    tsbox = await findTsbox(session());
  });
  const inside = (command: string, ...argv: string[]): Promise<readonly [Outcome, Outcome]> =>
    Promise.all([world.flatpak(["run", `--command=${command}`, GTK_APP, ...argv]), session().run([tsbox, "run", `--command=${command}`, GTK_APP, ...argv])]);

  it("opens its window", async () => {
    const program = session().start([tsbox, "run", GTK_APP, "--disable-server"]);
    const window = await waitForWindow(session(), "Mousepad", program);
    await window.press("ctrl+q");
    assert.equal((await program.ended).status, 0, program.stderr());
  });

  it("does not start without the linker's cache: what the window shows is its work", async () => {
    const script = "LD_LIBRARY_PATH= exec /lib64/ld-linux-x86-64.so.2 --inhibit-cache /app/bin/mousepad --version";
    const [flatpak, own] = await inside("sh", "-c", script);
    assert.notEqual(own.status, 0);
    assert.equal(own.status, flatpak.status);
  });

  it("finds each library where Flatpak's own cache leads", async () => {
    const script = "/lib64/ld-linux-x86-64.so.2 --list /app/bin/mousepad | while read name arrow path rest; do echo $name $path; done";
    const [flatpak, own] = (await inside("sh", "-c", script)).map(expectSuccess).map((text) =>
      text
        .split("\n")
        .filter((line) => line.includes(".so"))
        .sort(),
    );
    assert.deepEqual(own, flatpak);
    assert.ok(
      own?.some((line) => line.includes("libgtk-3.so.0 /usr/lib/gtk-extension/")),
      "the toolkit comes from the extension",
    );
  });

  it("reaches on the session bus what its manifest names, and nothing else", async () => {
    const service = await startService(session(), "org.example.Named", "org.example.Other");
    const echo = (name: string): Promise<readonly [Outcome, Outcome]> =>
      inside("gdbus", "call", "--session", "--dest", name, "--object-path", "/test", "--method", "org.example.Test.Echo", "hello");
    for (const outcome of await echo("org.example.Named")) assert.equal(outcome.stdout, "('hello',)\n", outcome.stderr);
    for (const outcome of await echo("org.example.Other")) assert.match(outcome.stderr, /ServiceUnknown|AccessDenied|not provided/);
    service.kill("SIGTERM");
  });
});
