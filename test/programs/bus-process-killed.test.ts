// The bus process dies twenty times while windows are open: no program ends, unsaved text stays, and each is still reached over the bus.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, it } from "node:test";
import { busCall } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Desk, furnishDesktop } from "../support/desktop.ts";
import { type Running, waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { backgroundProcesses } from "../support/session.ts";
import { type AppWindow, waitForWindow } from "../support/window.ts";

const KILLS = 20;
const CONTEXT = "[Context]\nshared=ipc;\nsockets=x11;\nfilesystems=~/desk;\n[Session Bus Policy]\n";
const PROGRAMS = [
  { id: "org.kde.kcalc", command: "kcalc", title: "" },
  { id: "org.gnome.Calculator", command: "gnome-calculator", title: "Calculator" },
  { id: "org.gnome.evince", command: "evince", title: "Recent|Document Viewer|Evince" },
  { id: "org.xfce.mousepad", command: "mousepad", title: "letter.txt" },
] as const;
const UNSAVED = "not saved yet";

inOrdinarySession("kill -9 of the bus process", (session) => {
  const running = new Map<string, Running>();
  /** Their names on the bus; every library answers a ping. */
  const names = new Set<string>();
  let desk: Desk;
  let editor: AppWindow;
  const answers = async (name: string): Promise<boolean> => (await busCall(session(), name, "/", "org.freedesktop.DBus.Peer.Ping")).status === 0;
  const ask = async (method: string, ...words: string[]): Promise<string> =>
    (await busCall(session(), "org.freedesktop.DBus", "/", `org.freedesktop.DBus.${method}`, ...words)).stdout;
  const isApp = async (name: string): Promise<boolean> => {
    const pid = /\d+,/.exec((await ask("GetConnectionUnixProcessID", name)).replace("uint32", ""))?.[0].slice(0, -1);
    return pid !== undefined && readFileSync(`/proc/${pid}/comm`, "utf8") === "tsbox-connector\n";
  };
  const busProcesses = (): number[] =>
    backgroundProcesses(session().runtimeDirectory)
      .filter(({ argv }) => argv.some((word) => word.endsWith("bus.cjs")))
      .map(({ pid }) => pid);

  before(async () => {
    desk = await furnishDesktop(session());
    for (const { id, command, title } of PROGRAMS) {
      const app = await makeApp(session(), id, `command=${command}\n${CONTEXT}`);
      const child = app.start(command === "mousepad" ? [desk.letter] : [], { limit: 150_000 });
      running.set(id, child);
      // The calculator of KDE gives its visible window no name.
      if (title === "") await waitFor("its window", async () => (await session().run(["xdotool", "search", "--class", command])).status === 0);
      else {
        const window = await waitForWindow(session(), title, child, 30_000);
        if (command === "mousepad") editor = window;
      }
    }
    for (const [name] of (await ask("ListNames")).matchAll(/:[\d.]+/g)) if (await isApp(name)) names.add(name);
    await editor.type(UNSAVED);
  });

  it(`ends no program in ${KILLS} kills; each answers within a second of every kill`, async () => {
    assert.ok(names.size >= PROGRAMS.length, [...names].join(" "));
    for (const name of names) assert.ok(await answers(name), name);
    for (let round = 0; round < KILLS; round++) {
      const [pid] = await waitFor("the bus process", () => busProcesses().length > 0 && busProcesses());
      await new Promise((resolve) => setTimeout(resolve, 300 * Math.random()));
      const killed = performance.now();
      process.kill(pid as number, "SIGKILL");
      const name = [...names][round % names.size] as string;
      assert.ok(await answers(name), `${name} after kill ${round}`);
      const took = performance.now() - killed;
      assert.ok(took < 1000, `${name} took ${Math.round(took)} ms after kill ${round}`);
    }
    for (const [id, child] of running) assert.equal(await Promise.race([child.ended, Promise.resolve(undefined)]), undefined, `${id}: ${child.stderr()}`);
    for (const name of names) assert.ok(await answers(name), name);
  });

  it("leaves the unsaved text in its window, and windows that still obey", async () => {
    await editor.press("ctrl+s");
    await waitFor("the text in the file", () => session().read(desk.letter).includes(UNSAVED));
  });
});
