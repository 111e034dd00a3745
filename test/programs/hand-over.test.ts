// Programs of which one runs outside already: none passes its work to that one. Those with one process for all windows do not start then; the others run beside it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { busCall } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Desk, furnishDesktop } from "../support/desktop.ts";
import { type Running, waitFor } from "../support/process.ts";
import { expectSuccess, findTsbox, makeApp } from "../support/sandbox.ts";
import { readArguments, type Session } from "../support/session.ts";

interface Program {
  readonly id: string;
  readonly command: string;
  /** Class of its windows, as xdotool searches: kcalc's have no windowClass. */
  readonly windowClass: string;
  /** Whether a second start gives its work to the first one by a name that is the app's id, or below it. */
  readonly hasOneProcess: boolean;
}

const PROGRAMS: readonly Program[] = [
  { id: "org.xfce.mousepad", command: "mousepad", windowClass: "mousepad", hasOneProcess: true },
  { id: "org.gnome.Calculator", command: "gnome-calculator", windowClass: "calculator", hasOneProcess: false },
  { id: "org.kde.kcalc", command: "kcalc", windowClass: "kcalc", hasOneProcess: false },
  { id: "org.gnome.Evince", command: "evince", windowClass: "evince", hasOneProcess: false },
];

inOrdinarySession("a program that runs outside already", (session: () => Session) => {
  let desk: Desk;
  let tsbox: string;
  before(async () => {
    session().environment["XDG_DATA_HOME"] = session().path(".local/share");
    desk = await furnishDesktop(session());
    tsbox = await findTsbox(session());
    for (const { id, command } of PROGRAMS) {
      await makeApp(session(), id, `command=${command}\n[Context]\nshared=ipc;\nsockets=x11;\nfilesystems=~/desk;\n`);
      expectSuccess(await session().run([tsbox, "export", id]));
    }
    // As every desktop does at login.
    expectSuccess(await session().run(["dbus-update-activation-environment", "DISPLAY", "XAUTHORITY", "GSK_RENDERER"]));
  });

  const windows = async (windowClass: string): Promise<readonly string[]> =>
    (await session().run(["xdotool", "search", "--onlyvisible", "--class", windowClass])).stdout.split("\n").filter((line) => line !== "");
  const instances = async (): Promise<string> => expectSuccess(await session().run([tsbox, "ps", "--columns=application"]));
  const isOwned = async (name: string): Promise<boolean> =>
    new RegExp(`'${name.replaceAll(".", "\\.")}[.']`).test((await busCall(session(), "org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames")).stdout);
  const end = async (running: Running, windowClass: string): Promise<void> => {
    running.kill("SIGTERM");
    await running.ended;
    await waitFor("its windows to close", async () => (await windows(windowClass)).length === 0);
  };
  const endInstance = async (id: string, windowClass: string): Promise<void> => {
    expectSuccess(await session().run([tsbox, "kill", id]));
    await waitFor("the instance to end", async () => !(await instances()).includes(id));
    await waitFor("its windows to close", async () => (await windows(windowClass)).length === 0);
  };

  for (const { id, command, windowClass, hasOneProcess } of PROGRAMS) {
    describe(command, () => {
      it(hasOneProcess ? "does not start, and says who has its name" : "starts beside it, in a sandbox and with a window of its own", async () => {
        const outside = session().start([command], { limit: 120_000 });
        await waitFor("the window outside", async () => (await windows(windowClass)).length > 0, 90_000);
        if (hasOneProcess) {
          await waitFor("its name on the bus", () => isOwned(id));
          const before = await windows(windowClass);
          const refused = await session().run([tsbox, "run", id]);
          assert.equal(refused.status, 125, refused.stderr);
          assert.match(refused.stderr, new RegExp(`\`${id}(?:\\.\\w+)?\` belongs to \`${command}\` \\(process ${outside.pid}\\)`));
          // As a click on the exported entry does: nothing new appears, neither in the sandbox nor outside; what is told by a notification.
          await session().run(["gio", "launch", session().path(`.local/share/applications/${id}.desktop`), desk.letter], { limit: 60_000 });
          assert.deepEqual(await windows(windowClass), before);
          assert.ok(!(await instances()).includes(id));
        } else {
          const before = await windows(windowClass);
          const inside = session().start([tsbox, "run", id], { limit: 120_000 });
          await waitFor("a second window", async () => (await windows(windowClass)).length > before.length || ended(inside), 30_000);
          assert.ok((await instances()).includes(id));
          assert.ok(readArguments(outside.pid).length > 0, "the one outside still runs");
          expectSuccess(await session().run([tsbox, "kill", id]));
          await inside.ended;
          await waitFor("the sandbox's window to close", async () => (await windows(windowClass)).length === before.length);
        }
        await end(outside, windowClass);
      });

      it("starts in its sandbox once that one has ended, however the desktop starts it", async () => {
        await waitFor("its name to be free", async () => !(await isOwned(id)));
        void session().start(["gio", "launch", session().path(`.local/share/applications/${id}.desktop`)], { limit: 60_000 });
        await waitFor("the window", async () => (await windows(windowClass)).length > 0, 90_000);
        assert.ok((await instances()).includes(id));
        await endInstance(id, windowClass);
        const service = session().path(`.local/share/dbus-1/services/${id}.service`);
        if (!existsSync(service)) return;
        assert.match(readFileSync(service, "utf8"), /^Exec=\S*tsbox run /m);
        expectSuccess(await session().run(["gapplication", "launch", id], { limit: 60_000 }));
        await waitFor("the window", async () => (await windows(windowClass)).length > 0, 90_000);
        assert.ok((await instances()).includes(id));
        await endInstance(id, windowClass);
      });
    });
  }

  describe("firefox-esr", () => {
    const id = "org.mozilla.firefox";
    it("does not start while one runs outside, which has a name below its id; and then in its sandbox", async () => {
      await makeApp(session(), id, "command=firefox-esr\n[Context]\nsockets=x11;\n[X-Tsbox]\nnested=isolate\n");
      expectSuccess(await session().run([tsbox, "export", id]));
      const outside = session().start(["firefox-esr", "--headless"], { limit: 120_000 });
      await waitFor("its name on the bus", () => isOwned(id), 90_000);
      const refused = await session().run([tsbox, "run", id, "--headless"]);
      assert.equal(refused.status, 125, refused.stderr);
      assert.match(refused.stderr, new RegExp(`\`org\\.mozilla\\.firefox\\.\\w+\` belongs to \`firefox-esr\` \\(process ${outside.pid}\\)`));
      await session().run(["gio", "launch", session().path(".local/share/applications/firefox-esr.desktop"), desk.letter], { limit: 60_000 });
      assert.ok(!(await instances()).includes(id));
      outside.kill("SIGTERM");
      await outside.ended;
      await waitFor("its name to be free", async () => !(await isOwned(id)));
      const inside = session().start([tsbox, "run", id, "--headless"], { limit: 120_000 });
      await waitFor("the instance", async () => (await instances()).includes(id));
      expectSuccess(await session().run([tsbox, "kill", id]));
      await inside.ended;
    });
  });
});

function ended(running: Running): false {
  if (running.stderr().includes("tsbox:")) throw new Error(running.stderr());
  return false;
}
