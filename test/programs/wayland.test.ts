// Programs on Wayland compositors without a screen, from inside.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inEachSession, inOrdinarySession } from "../support/cases.ts";
import { furnishDesk, type Desk } from "../support/desktop.ts";
import { findColour, findPatches } from "../support/picture.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { type Sway, startSway, startWeston } from "../support/wayland.ts";

const CONTEXT = "[Context]\nsockets=wayland;\nfilesystems=~/desk;\n";

inOrdinarySession("on Sway", (session) => {
  let sway: Sway;
  let desk: Desk;
  before(async () => {
    await startBus(session());
    sway = await startSway(session());
    desk = furnishDesk(session());
    session().environment["GSK_RENDERER"] = "cairo";
  });

  it("a GTK 3 viewer shows a picture", async () => {
    const app = await makeApp(session(), "org.example.Eog", `command=eog\n${CONTEXT}[Session Bus Policy]\norg.gnome.eog=own\n`);
    const program = app.start([desk.picture], { limit: 60_000 });
    await waitFor(
      "its window",
      async () =>
        (await sway.windows()).some((window) => window.name.startsWith("patches.png")) ||
        (program.stderr().includes("cannot open display") && Promise.reject(new Error(program.stderr()))),
      20_000,
    );
    await waitFor("the patches", async () => findPatches(await sway.shoot()), 20_000);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("a terminal emulator shows its colour and runs a shell", async () => {
    const app = await makeApp(session(), "org.example.Foot", `command=foot\n${CONTEXT}`);
    const program = app.start(["--override=colors.background=205030", "sh", "-c", `tty > ${session().path("desk/foot-tty")}; sleep 5; exit 7`], {
      limit: 60_000,
    });
    await waitFor("its colour", async () => findColour(await sway.shoot(), [0x20, 0x50, 0x30], 50_000), 20_000);
    assert.match(session().read("desk/foot-tty"), /^\/dev\/pts\/\d+\n$/);
    assert.equal((await program.ended).status, 7, program.stderr());
  });

  it("nothing reaches the compositor without sockets=wayland", async () => {
    const app = await makeApp(session(), "org.example.Blind", "command=foot\n[Context]\nfilesystems=~/desk;\n");
    const outcome = await app.run(["true"], { limit: 20_000 });
    assert.notEqual(outcome.status, 0);
    const listing = await app.run(["-c", 'ls -A "$XDG_RUNTIME_DIR"; echo "[$WAYLAND_DISPLAY]"'], { options: ["--command=sh"] });
    assert.doesNotMatch(listing.stdout, /wayland/);
  });
});

inEachSession("on Weston", (session) => {
  before(async () => {
    await startWeston(session());
  });

  it("a client connects with sockets=wayland and not without", async () => {
    const command = [
      "-c",
      "import os,socket; s=socket.socket(socket.AF_UNIX); s.connect(os.path.join(os.environ['XDG_RUNTIME_DIR'], os.environ['WAYLAND_DISPLAY'])); s.send(b'\\1\\0\\0\\0\\1\\0\\x0c\\0\\2\\0\\0\\0'); print(len(s.recv(4096)) > 0)",
    ];
    const granted = await makeApp(session(), "org.example.Wayland", "command=python3\n[Context]\nsockets=wayland;\n");
    assert.equal((await granted.run(command)).stdout.trim(), "True");
    const denied = await makeApp(session(), "org.example.NoWayland", "command=python3\n");
    const outcome = await denied.run(command);
    assert.notEqual(outcome.status, 0);
    assert.match(outcome.stderr, /KeyError: 'WAYLAND_DISPLAY'|FileNotFoundError/);
  });
});
