// `ps --window`: whose a window is, told by the X server and the kernel, though the app's pid namespace hides it and the window may say what it likes.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { findTsbox, makeApp } from "../support/sandbox.ts";
import type { Session } from "../support/session.ts";
import { startXvfb } from "../support/xvfb.ts";

interface Row {
  readonly instance: string;
  readonly application: string;
  readonly window: string;
  readonly pid: string;
  readonly "pid-inside": string;
}

async function windowOf(session: Session, name: string): Promise<string> {
  return waitFor(
    `the window ${name}`,
    async () => (await session.run(["xdotool", "search", "--onlyvisible", "--name", name])).stdout.trim().split("\n").at(-1) || false,
    20_000,
  );
}

inOrdinarySession("a window", (session) => {
  let tsbox: string;
  before(async () => {
    tsbox = await findTsbox(session());
    await startXvfb(session(), { windowManager: true });
  });

  async function ask(...argv: readonly string[]): Promise<Row> {
    const outcome = await session().run([tsbox, "ps", "--json", ...argv]);
    assert.equal(outcome.status, 0, outcome.stderr);
    return (JSON.parse(outcome.stdout) as readonly [Row])[0];
  }

  it("of a named instance bears the instance's id, and is told to be that instance's", async () => {
    const app = await makeApp(session(), "org.example.Classed", "command=xterm\n[Context]\nsockets=x11;\n");
    const program = app.start(["-T", "of the instance", "-e", "sleep 60"], { options: ["--instance=work"], limit: 60_000 });
    const window = await windowOf(session(), "of the instance");
    assert.match((await session().run(["xprop", "-id", window, "WM_CLASS"])).stdout, /= "org\.example\.Classed--work", /);
    assert.equal((await ask(`--window=${window}`)).application, "org.example.Classed--work");
    program.kill("SIGTERM");
    await program.ended;
  });

  it("of an app is named with app, instance and both pids, by its number and under the pointer", async () => {
    const app = await makeApp(session(), "org.example.Windowed", "command=xterm\n[Context]\nsockets=x11;\n");
    const program = app.start(["-T", "of the app", "-e", "cat /proc/$PPID/stat | cut -d' ' -f1 > ~/.var/app/org.example.Windowed/inside; sleep 60"], {
      limit: 60_000,
    });
    const window = await windowOf(session(), "of the app");
    const row = await ask(`--window=${window}`);
    assert.equal(row.application, app.id);
    assert.equal(Number(row.window), Number(window));
    await waitFor("the pid inside", () => readFileSync(`${app.data}/inside`, "utf8") !== "");
    assert.equal(row["pid-inside"], session().read(".var/app/org.example.Windowed/inside").trim());
    assert.equal(readFileSync(`/proc/${row.pid}/comm`, "utf8"), "xterm\n");
    assert.match((await session().run([tsbox, "ps"])).stdout, new RegExp(`^${row.instance}\\t.*\\t${app.id}\\t`, "m"));
    await session().run(["xdotool", "mousemove", "--window", window, "20", "20"]);
    const { window: below, ...under } = await ask("--window");
    const { window: _, ...named } = row;
    assert.deepEqual(under, named, below);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("that claims to be another process' is told to be the one's that made it", async () => {
    const app = await makeApp(session(), "org.example.Liar", "command=xterm\n[Context]\nsockets=x11;\n");
    const claim = `xprop -name "a liar" -f _NET_WM_PID 32c -set _NET_WM_PID ${process.pid}; echo said > ~/.var/app/org.example.Liar/said; sleep 60`;
    const program = app.start(["-T", "a liar", "-e", claim], { limit: 60_000 });
    const window = await windowOf(session(), "a liar");
    await waitFor("the claim", () => existsSync(`${app.data}/said`), 20_000);
    assert.match((await session().run(["xprop", "-id", window, "_NET_WM_PID"])).stdout, new RegExp(`= ${process.pid}$`, "m"), "the X server repeats it");
    const row = await ask(`--window=${window}`);
    assert.equal(row.application, app.id);
    assert.notEqual(Number(row.pid), process.pid);
    assert.equal(readFileSync(`/proc/${row.pid}/comm`, "utf8"), "xterm\n");
    program.kill("SIGTERM");
    await program.ended;
  });

  it("of a server of the app's own is named after the app too", async () => {
    const app = await makeApp(session(), "org.example.WindowedApart", "command=xterm\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=nested\n");
    const program = app.start(["-e", "sleep 60"], { limit: 60_000 });
    const row = await ask(`--window=${await windowOf(session(), app.id)}`);
    assert.equal(row.application, app.id);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("of a program outside is told as such", async () => {
    const program = session().start(["xterm", "-T", "from outside", "-e", "sleep 60"], { limit: 60_000 });
    const window = await windowOf(session(), "from outside");
    const outcome = await session().run([tsbox, "ps", `--window=${window}`]);
    assert.equal(outcome.status, 125);
    assert.match(outcome.stderr, /belongs to `xterm` \(process \d+\), which runs in no sandbox of tsbox/);
    program.kill("SIGTERM");
    await program.ended;
  });
});
