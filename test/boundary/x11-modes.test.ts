// What one program can learn of another's windows, keys and clipboard by X11: everything with x11=host; no window and no key of a trusted one as a stranger;
// nothing at all from a server of its own.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { findColour, shootX } from "../support/picture.ts";
import { type Running, waitFor } from "../support/process.ts";
import { ownServers } from "../support/own-servers.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE, serverScript } from "../support/server-script.ts";
import { killBroker, type Session } from "../support/session.ts";
import { startWeston } from "../support/wayland.ts";
import { startXvfb } from "../support/xvfb.ts";

const COLOUR = "205030";
const SECRET = "secret of the victim";

interface Sight {
  readonly window: string;
  readonly screen: string;
  readonly keys: number;
  readonly clipboard: string | null;
}

async function spyApp(session: Session, id: string, words: string): Promise<App> {
  const app = await makeApp(session, id, `command=python3\n[Context]\nsockets=x11;\n${words}`);
  session.write(`${app.data}/spy.py`, readFileSync(serverScript(session, "x11_spy.py")));
  return app;
}

async function look(app: App, window: string): Promise<Sight> {
  const outcome = await app.run([`${app.data}/spy.py`, "look", window]);
  assert.equal(outcome.status, 0, outcome.stderr);
  return JSON.parse(outcome.stdout) as Sight;
}

/** A stranger's terminal in its colour, and whether a copy of its cookie opens the display outside. */
async function startStranger(session: Session, id: string): Promise<{ readonly program: Running; cookieOpens(): Promise<boolean> }> {
  const app = await makeApp(session, id, "command=xterm\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=untrusted\n");
  const script = `cp "$XAUTHORITY" "${app.data}/copy" && mv "${app.data}/copy" "${app.data}/cookie"; sleep 60`;
  const program = app.start(["-bg", "#602040", "-geometry", "60x30+300+300", "-e", script], { limit: 60_000 });
  const copied = await waitFor(`the cookie of ${id}`, () => existsSync(`${app.data}/cookie`) && readFileSync(`${app.data}/cookie`), 20_000);
  const file = session.write(`${session.scratch}/${id}`, copied);
  const cookie = (await session.run(["xauth", "-f", file, "list"])).stdout.trim().split(/\s+/).at(-1) as string;
  const alone = `${session.scratch}/${id}.alone`;
  await session.run(["xauth", "-f", alone, "add", session.environment["DISPLAY"] as string, ".", cookie]);
  return { program, cookieOpens: async () => (await session.run(["xdpyinfo"], { environment: { XAUTHORITY: alone } })).status === 0 };
}

function carriers(): number {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("clipboard.cjs");
    } catch {
      return false;
    }
  }).length;
}

inOrdinarySession("a program with a window, the focus and the clipboard", (session) => {
  let victim: string;
  before(async () => {
    await startXvfb(session());
    const owner = session().start(["python3", serverScript(session(), "x11_spy.py"), "own", COLOUR, SECRET], { limit: SERVER_LIFE });
    session().onClose(async () => {
      owner.kill("SIGTERM");
      await owner.ended;
    });
    await waitFor("the victim", () => owner.stdout().includes("\n"));
    victim = owner.stdout().trim();
    await session().run(["xdotool", "keydown", "a"]);
  });

  it("is seen whole outside, and by an app with x11=host", async () => {
    const outside = await session().run(["python3", serverScript(session(), "x11_spy.py"), "look", victim]);
    const all: Sight = { window: COLOUR, screen: COLOUR, keys: 1, clipboard: SECRET };
    assert.deepEqual(JSON.parse(outside.stdout), all, outside.stderr);
    assert.deepEqual(await look(await spyApp(session(), "org.example.Host", ""), victim), all);
  });

  it("is not seen by a stranger, and its keys neither", async () => {
    const app = await spyApp(session(), "org.example.Stranger", "[X-Tsbox Display]\nx11=untrusted\n");
    const sight = await look(app, victim);
    assert.notEqual(sight.window, COLOUR);
    assert.notEqual(sight.screen, COLOUR);
    assert.equal(sight.keys, 0);
    // X keeps no clipboard from strangers, and SECURITY.md says so.
    assert.equal(sight.clipboard, SECRET);
  });

  it("cannot be typed to by a stranger", async () => {
    const app = await makeApp(session(), "org.example.Typist", "command=xdotool\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=untrusted\n");
    const outcome = await app.run(["keyup", "a"], { limit: 20_000 });
    const outside = await session().run(["python3", serverScript(session(), "x11_spy.py"), "look", victim]);
    assert.equal((JSON.parse(outside.stdout) as Sight).keys, 1, `${outcome.stdout}${outcome.stderr}`);
  });

  it("a stranger's own window is drawn, and its cookie ends with it", async () => {
    const terminal = await startStranger(session(), "org.example.StrangeTerminal");
    await waitFor("its colour", async () => findColour(await shootX(session()), [0x60, 0x20, 0x40], 20_000), 20_000);
    terminal.program.kill("SIGTERM");
    await terminal.program.ended;
    await waitFor("the cookie's end", async () => !(await terminal.cookieOpens()));
  });

  it("a stranger's cookie whose broker was killed is ended by the next one, at once or with the instance that it took over", async () => {
    const ended = await startStranger(session(), "org.example.StrangeEnded");
    const lasting = await startStranger(session(), "org.example.StrangeLasting");
    killBroker(session());
    ended.program.kill("SIGTERM");
    await ended.program.ended;
    assert.ok(await ended.cookieOpens(), "nobody is there to end it");
    await (await makeApp(session(), "org.example.Next", "command=true\n")).run();
    await waitFor("the end of the first", async () => !(await ended.cookieOpens()));
    assert.ok(await lasting.cookieOpens(), "its app runs");
    lasting.program.kill("SIGTERM");
    await lasting.program.ended;
    await waitFor("the end of the second", async () => !(await lasting.cookieOpens()));
  });

  it("a server that lets all in without a cookie is not taken for strangers", async () => {
    const app = await makeApp(session(), "org.example.OpenServer", "command=true\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=untrusted\n");
    assert.equal((await app.run()).status, 0);
    await session().run(["xhost", `+si:localuser:${session().account.name}`]);
    const outcome = await app.run();
    await session().run(["xhost", `-si:localuser:${session().account.name}`]);
    assert.equal(outcome.status, 125);
    assert.match(outcome.stderr, /no cookie for a stranger could be had: this X server lets your programs in/);
  });

  it("is not seen from a server of the app's own, nor is one such app from another", async () => {
    const words = "[X-Tsbox Display]\nx11=nested\n";
    const other = await spyApp(session(), "org.example.NestedOwner", words);
    const owner = other.start([`${other.data}/spy.py`, "own", COLOUR, SECRET], { limit: 60_000 });
    await waitFor("the other app", () => owner.stdout().includes("\n")).catch((error: Error) => {
      throw new Error(`${error.message}\n${owner.stderr()}`);
    });
    const app = await spyApp(session(), "org.example.NestedSpy", words);
    for (const window of [victim, owner.stdout().trim()]) {
      const sight = await look(app, window);
      assert.match(sight.window, /^error/);
      assert.deepEqual([sight.screen === COLOUR, sight.keys, sight.clipboard], [false, 0, null]);
    }
    owner.kill("SIGTERM");
    await owner.ended;
    await waitFor("the end of both servers", () => ownServers().length === 0);
  });

  it("its clipboard reaches an app with a server of its own only where that is said, and the app's own goes out only where both ways are", async () => {
    const outside = async (): Promise<string | null> =>
      (JSON.parse((await session().run(["python3", serverScript(session(), "x11_spy.py"), "look", victim])).stdout) as Sight).clipboard;
    const nested = (id: string, clipboard: string): Promise<App> =>
      spyApp(session(), id, `[X-Tsbox Display]\nx11=nested\n${clipboard === "" ? "" : `clipboard=${clipboard}\n`}`);
    const pasted = async (id: string, clipboard: string): Promise<string | null> => {
      const app = await nested(id, clipboard);
      // The carrier comes up beside the app.
      const script = `for i in $(seq 20); do python3 ${app.data}/spy.py look 1 | grep -v null && exit; sleep 0.2; done; python3 ${app.data}/spy.py look 1`;
      const outcome = await app.run(["-c", clipboard === "" ? `sleep 1; python3 ${app.data}/spy.py look 1` : script], {
        options: ["--command=sh"],
        limit: 40_000,
      });
      return (JSON.parse(outcome.stdout) as Sight).clipboard;
    };
    assert.equal(await pasted("org.example.PasteNone", ""), null);
    assert.equal(await pasted("org.example.PasteIn", "in"), SECRET);
    for (const [clipboard, wanted] of [
      ["in", SECRET],
      ["both", "copied inside"],
    ] as const) {
      const app = await nested(`org.example.Copy.${clipboard}`, clipboard);
      const owner = app.start([`${app.data}/spy.py`, "own", COLOUR, "copied inside"], { limit: 60_000 });
      await waitFor("the copy", () => owner.stdout().includes("\n"));
      if (clipboard === "both") await waitFor("it outside", async () => (await outside()) === wanted, 10_000);
      else await new Promise((done) => setTimeout(done, 2_000));
      assert.equal(await outside(), wanted, clipboard);
      owner.kill("SIGTERM");
      await owner.ended;
    }
    await waitFor("the end of servers and carriers", () => ownServers().length === 0 && carriers() === 0);
  });

  it("a text that a password manager marks as secret reaches no app with a server of its own, another one by the same program does", async () => {
    const manage = async (text: string, mark: string) => {
      const manager = session().start(["python3", serverScript(session(), "x11_spy.py"), "own", COLOUR, text, mark], { limit: SERVER_LIFE });
      session().onClose(() => manager.kill("SIGTERM"));
      await waitFor("the manager's window", () => manager.stdout().includes("\n"));
    };
    const app = await spyApp(session(), "org.example.Managed", "[X-Tsbox Display]\nx11=nested\nclipboard=in\n");
    const look = `python3 ${app.data}/spy.py look 1`;
    await manage("no secret", "public");
    const script = `until ${look} | grep -v 'clipboard": null'; do sleep 0.2; done; touch ${app.data}/ready; until test -e ${app.data}/go; do sleep 0.1; done; ${look}`;
    const running = app.start(["-c", script], { options: ["--command=sh"], limit: 40_000 });
    await waitFor("the carrier", () => existsSync(`${app.data}/ready`), 30_000);
    await manage("hunter2", "secret");
    const outside = await session().run(["python3", serverScript(session(), "x11_spy.py"), "look", victim]);
    assert.equal((JSON.parse(outside.stdout) as Sight).clipboard, "hunter2");
    session().write(`${app.data}/go`, "");
    const seen = (await running.ended).stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as Sight).clipboard);
    assert.deepEqual(seen, ["no secret", null]);
  });

  it("a word about the clipboard says nothing on the host's server, and that is told", async () => {
    const app = await makeApp(session(), "org.example.Idle", "command=true\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nclipboard=none\n");
    assert.match((await app.run()).stderr, /`clipboard=none` says nothing here: with `x11=host` the app shares the clipboard/);
  });

  it("a server of the app's own takes no shared memory, whose numbers are those outside", async () => {
    const extensions = async (mode: string): Promise<string> => {
      const app = await makeApp(session(), `org.example.Extensions.${mode}`, `command=xdpyinfo\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=${mode}\n`);
      const outcome = await app.run(["-queryExtensions"], { limit: 30_000 });
      assert.match(outcome.stdout, /RANDR/, outcome.stderr);
      return outcome.stdout;
    };
    assert.match(await extensions("host"), /MIT-SHM/);
    assert.doesNotMatch(await extensions("nested"), /MIT-SHM/);
  });

  it("an app's window is drawn in its server's, which is named after it and reached by nobody outside", async () => {
    const app = await makeApp(session(), "org.example.NestedTerminal", "command=xterm\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=nested\n");
    const sockets = (): readonly string[] => readFileSync("/proc/net/unix", "utf8").match(/\S*\.X11-unix\S*/g) ?? [];
    const earlier = sockets();
    const program = app.start(["-bg", "#602040", "-geometry", "60x30", "-e", "sleep 60"], { limit: 60_000 });
    await waitFor("its colour", async () => findColour(await shootX(session()), [0x60, 0x20, 0x40], 20_000), 20_000);
    assert.match((await session().run(["xwininfo", "-root", "-tree"])).stdout, /"org\.example\.NestedTerminal"/);
    assert.deepEqual(
      sockets().filter((name) => name.startsWith("@") && !earlier.includes(name)),
      [],
      "no abstract socket",
    );
    program.kill("SIGTERM");
    await program.ended;
    await waitFor("the server's end", () => ownServers().length === 0);
  });

  it("a server of the app's own that cannot start is not replaced by the host's", async () => {
    const app = await makeApp(session(), "org.example.NestedFailing", "command=xdpyinfo\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=nested\n");
    const outcome = await app.run([], { environment: { XAUTHORITY: "/dev/null" }, limit: 20_000 });
    assert.notEqual(outcome.status, 0);
    assert.match(outcome.stderr, /unable to open display/);
  });
});

inOrdinarySession("on a Wayland desktop", (session) => {
  it("the app's own server is Xwayland", async () => {
    await startWeston(session());
    const app = await makeApp(session(), "org.example.NestedOnWayland", "command=xdpyinfo\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=nested\n");
    const outcome = await app.run([], { limit: 20_000 });
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.match(outcome.stdout, /dimensions: +1024x640 pixels/, "the compositor's screen");
  });
});

inOrdinarySession("on a server of the app's own in a desktop with a window manager", (session) => {
  before(async () => {
    await startXvfb(session(), { windowManager: true });
  });

  it("a dialog is answered without a window manager, and one that the manifest brings manages it", async () => {
    const nested = "[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=nested\n";
    const dialog = await makeApp(session(), "org.example.Dialog", `command=zenity\n${nested}`);
    const asking = dialog.start(["--question", "--text=Really?", "--width=600", "--height=300"], { limit: 60_000 });
    // Keys go to the window under the pointer, as there is nobody to give the focus.
    const server = await waitFor(
      "its server's window",
      async () => /(0x[0-9a-f]+) "org\.example\.Dialog"/.exec((await session().run(["xwininfo", "-root", "-tree"])).stdout)?.[1],
    );
    await waitFor(
      "the answer",
      async () => {
        await session().run(["xdotool", "mousemove", "--window", server, "640", "400", "key", "Return"]);
        return Promise.race([asking.ended, new Promise<undefined>((done) => setTimeout(() => done(undefined), 300))]);
      },
      30_000,
    ).then((outcome) => assert.equal(outcome.status, 0, outcome.stderr));
    const managed = await makeApp(session(), "org.example.Managed", `command=managed\n${nested}`);
    const check = "for i in $(seq 50); do xprop -root _NET_SUPPORTING_WM_CHECK | grep -q '#' && break; sleep 0.1; done; xprop -root _NET_SUPPORTING_WM_CHECK";
    session().write(".local/share/tsbox/manifests/org.example.Managed/bin/managed", `#!/bin/sh\nopenbox &\n${check}\n`, 0o755);
    assert.match((await managed.run([], { limit: 30_000 })).stdout, /window id # 0x/);
  });
});
