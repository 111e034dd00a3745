// The X server through its own number and cookie inside, and no way to it for a program that was not granted it: neither by the path nor, with the network
// shared, by the abstract socket.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, it } from "node:test";
import { assertOneOf, inEachSession, inOrdinarySession } from "../support/cases.ts";
import { type App, expectSuccess, makeApp, makeProbe, probeHost } from "../support/sandbox.ts";
import type { Session } from "../support/session.ts";
import { startWeston } from "../support/wayland.ts";
import { type Display, startXvfb } from "../support/xvfb.ts";

const GRANTED = "command=xdpyinfo\n[Context]\nsockets=x11;\n";
const SHARED = "command=xdpyinfo\n[Context]\nshared=network;ipc;\nsockets=x11;\n";
const DENIED = "command=xdpyinfo\n[Context]\nshared=network;ipc;\n";

/** `name of display` as xdpyinfo prints it. */
function displayName(text: string): string | undefined {
  return /^name of display:\s+(\S+)/m.exec(text)?.[1];
}

inEachSession("an X server", (session) => {
  let display: Display;
  before(async () => {
    display = await startXvfb(session());
  });

  it("wants its cookie outside", async () => {
    assert.equal((await session().run(["xdpyinfo"])).status, 0);
    assert.match((await session().run(["xdpyinfo"], { environment: { XAUTHORITY: "/dev/null" } })).stderr, /Authorization required|unable to open display/);
  });

  it("is there with sockets=x11, under a number that is not the host's own, with the network shared or not", async () => {
    for (const [id, text] of [
      ["org.example.X", GRANTED],
      ["org.example.XShared", SHARED],
    ] as const) {
      const result = await (await makeApp(session(), id, text)).run();
      assert.equal(result.status, 0, result.stderr);
      assert.match(displayName(result.stdout) ?? "", /^:(99|[1-9]\d\d+)$/);
      assert.notEqual(displayName(result.stdout), `:${display.number}`);
    }
  });

  it("lends the program a cookie file of its own with one entry", async () => {
    const app = await makeApp(session(), "org.example.XAuth", "command=sh\n[Context]\nsockets=x11;\n");
    const result = await app.run(["-c", 'echo "$XAUTHORITY"; xauth -f "$XAUTHORITY" list | wc -l; ls -A /tmp/.X11-unix']);
    const [file = "", entries, sockets = ""] = result.stdout.trim().split("\n");
    assert.notEqual(file, display.authority);
    assert.equal(entries, "1", result.stdout + result.stderr);
    assert.match(sockets, /^X\d+$/);
  });

  it("of the app's own stays between one client and the next", async () => {
    const app = await makeApp(session(), "org.example.OneByOne", "command=sh\n[Context]\nsockets=x11;\n[X-Tsbox Display]\nx11=nested\n");
    const script = "for i in 1 2 3 4 5; do timeout 10 xdpyinfo >/dev/null && echo $i; done";
    assert.equal((await app.run(["-c", script], { limit: 60_000 })).stdout, "1\n2\n3\n4\n5\n");
  });

  it("is absent without a grant", async () => {
    const result = await (await makeApp(session(), "org.example.NoX", DENIED)).run(["-display", `:${display.number}`]);
    assert.notEqual(result.status, 0);
    assert.match(result.stderr, /unable to open display/);
    const probe = await makeProbe(session(), "", "org.example.NoXPath");
    assert.deepEqual(await probe.act([`connect /tmp/.X11-unix/X${display.number}`]), ["ENOENT"]);
    const facts = await probe.facts();
    assert.deepEqual(
      facts.environment.filter((entry) => /^(DISPLAY|XAUTHORITY)=/.test(entry)),
      [],
    );
  });

  it("is out of reach by its abstract socket though it lets every program of the user in", async () => {
    const s = session();
    const name = `/tmp/.X11-unix/X${display.number}`;
    await s.run(["xhost", `+si:localuser:${s.account.name}`]);
    assert.equal((await s.run(["xdpyinfo"], { environment: { XAUTHORITY: "/dev/null" } })).status, 0, "outside no cookie is needed now");
    assert.deepEqual(await (await probeHost(s)).act([`connect-abstract ${name}`]), ["ok"]);
    for (const [id, text] of [
      ["org.example.NoXAbstract", "[Context]\nshared=network;ipc;\n"],
      ["org.example.XAbstract", "[Context]\nshared=network;ipc;\nsockets=x11;\n"],
    ] as const) {
      const probe = await makeProbe(s, text, id);
      assert.deepEqual(await probe.act([`connect-abstract ${name}`]), ["EPERM"], id);
    }
    const own = await makeProbe(s, "", "org.example.NoXOwnNetwork");
    assertOneOf((await own.act([`connect-abstract ${name}`]))[0], ["ECONNREFUSED", "EPERM"]);
  });
});

inOrdinarySession("an X server at :99", (session: () => Session) => {
  let app: App;
  before(async () => {
    await startXvfb(session(), { number: 99 });
    app = await makeApp(session(), "org.example.NinetyNine", SHARED);
  });

  it("has the next free number inside", async () => {
    const result = await app.run();
    assert.equal(result.status, 0, result.stderr);
    assert.notEqual(displayName(result.stdout), ":99");
    assert.ok(
      !readFileSync("/proc/net/unix", "utf8").includes(`@/tmp/.X11-unix/X${displayName(result.stdout)?.slice(1)}\n`),
      "no server of the host has that abstract name",
    );
  });
});

inOrdinarySession("sockets=x11 where no X server is", (session) => {
  it("is told with its line, and the program starts where it can do without", async () => {
    const app = await makeApp(session(), "org.example.XAbsent", "command=sh\n[Context]\nsockets=x11;\n");
    const result = await app.run(["-c", "exit 5"], { environment: { DISPLAY: ":4711" } });
    assertOneOf(String(result.status), ["5", "125"]);
    if (result.status === 125) assert.match(result.stderr, /org\.example\.XAbsent\.ini:5/);
  });
});

inOrdinarySession("X11 only where there is no Wayland", (session) => {
  before(() => startXvfb(session()));
  const SCRIPT = 'echo "$WAYLAND_DISPLAY"; xdpyinfo > /dev/null 2>&1 && echo X11 || echo no X11; ls /tmp/.X11-unix 2>/dev/null | wc -l';
  const seen = async (): Promise<readonly string[]> => {
    const words = ["fallback-x11;", "if:x11:!has-wayland;"];
    const apps = await Promise.all(
      words.map((word, index) => makeApp(session(), `org.example.Fallback${index}`, `command=sh\n[Context]\nsockets=wayland;${word}\n`)),
    );
    return Promise.all(apps.map(async (app) => expectSuccess(await app.run(["-c", SCRIPT]))));
  };

  it("is given on an X desktop, by `fallback-x11` and by a condition", async () => {
    assert.deepEqual(await seen(), ["\nX11\n1\n", "\nX11\n1\n"]);
  });

  it("is out of reach on a desktop that has both", async () => {
    await startWeston(session());
    assert.deepEqual(await seen(), ["wayland-0\nno X11\n0\n", "wayland-0\nno X11\n0\n"]);
    assert.equal((await session().run(["xdpyinfo"])).status, 0, "outside it still answers");
  });
});
