// Terminal emulators from inside: a shell in their window with job control, its picture on the screen, its files where the sandbox says.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { furnishDesktop } from "../support/desktop.ts";
import { findColour, shootX } from "../support/picture.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { waitForWindow } from "../support/window.ts";

inOrdinarySession("a terminal emulator", (session) => {
  before(async () => {
    await furnishDesktop(session());
  });

  it("runs a shell with job control: Ctrl-C, Ctrl-Z, fg", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Xterm", "command=xterm\n[Context]\nshared=ipc;\nsockets=x11;\nfilesystems=~/desk;\n");
    const program = app.start(["-T", "terminal inside", "-bg", "#103050", "-e", "bash", "--norc", "-i"], { limit: 90_000 });
    const window = await waitForWindow(s, "terminal inside", program);
    await waitFor("its background", async () => findColour(await shootX(s), [0x10, 0x30, 0x50], 20_000));
    const log = s.path("desk/log");
    const says = (word: string): Promise<unknown> => waitFor(`${word} in the shell's log`, () => existsSync(log) && s.read(log).split("\n").includes(word));
    await window.type(`cd ${s.path("desk")}; tty > tty; echo begun >> log\n`);
    await says("begun");
    assert.match(s.read("desk/tty"), /^\/dev\/pts\/\d+\n$/);
    await window.type("sleep 100; echo status=$? >> log\n");
    await new Promise((resolve) => setTimeout(resolve, 700));
    await window.press("ctrl+c");
    await window.type("echo interrupted >> log\n");
    await says("interrupted");
    await window.type("sh -c 'echo in-front >> log; read x; echo got-$x >> log'\n");
    await says("in-front");
    await window.press("ctrl+z");
    await window.type("jobs | grep -q Stopped && echo stopped >> log\n");
    await says("stopped");
    await window.type("fg\n");
    await window.type("typed\n");
    await says("got-typed");
    await window.type("exit 0\n");
    assert.equal((await program.ended).status, 0, program.stderr());
  });
});
