// The bus process dies twenty times while windows are open: no program ends, unsaved text stays, and each is still reached over the bus.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { answersPing, killOftenAndAsk, namesOfApps } from "../support/bus-process.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Desk, furnishDesktop } from "../support/desktop.ts";
import { type Running, waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
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
  let names: ReadonlySet<string> = new Set();
  let desk: Desk;
  let editor: AppWindow;
  const answers = (name: string): Promise<boolean> => answersPing(session(), name);

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
    names = await namesOfApps(session());
    await editor.type(UNSAVED);
  });

  it(`ends no program in ${KILLS} kills; each answers within a second of every kill`, async () => {
    assert.ok(names.size >= PROGRAMS.length, [...names].join(" "));
    for (const name of names) assert.ok(await answers(name), name);
    await killOftenAndAsk(session(), names, KILLS);
    for (const [id, child] of running) assert.equal(await Promise.race([child.ended, Promise.resolve(undefined)]), undefined, `${id}: ${child.stderr()}`);
    for (const name of names) assert.ok(await answers(name), name);
  });

  it("leaves the unsaved text in its window, and windows that still obey", async () => {
    await editor.press("ctrl+s");
    await waitFor("the text in the file", () => session().read(desk.letter).includes(UNSAVED));
  });
});
