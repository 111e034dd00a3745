// Portals of our own, where the host has none: complete in the eyes of a client, for the app alone, and gone when the policy denies them.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { DESKTOP, DESKTOP_PATH, portalCall } from "../support/portal-call.ts";

const BUS = "org.freedesktop.DBus";

inOrdinarySession("portals of our own", (session) => {
  let app: App;
  const call = (method: string, ...parameters: string[]) => portalCall(app, method, parameters);
  const bus = (method: string, ...parameters: string[]) => portalCall(app, `${BUS}.${method}`, parameters, { name: BUS, path: "/org/freedesktop/DBus" });
  before(async () => {
    await startBareBus(session());
    app = await makeApp(session(), "org.example.Portals", "command=gdbus\n[Context]\nshared=network;\n");
  });

  it("are not there for a caller outside", async () => {
    const outside = await session().run([
      "gdbus",
      "call",
      "--session",
      "--dest",
      DESKTOP,
      "--object-path",
      DESKTOP_PATH,
      "--method",
      "org.freedesktop.DBus.Peer.Ping",
    ]);
    assert.match(outside.stderr, /ServiceUnknown/);
  });

  it("have a name, an owner and a start for every client's questions", async () => {
    assert.equal((await bus("NameHasOwner", DESKTOP)).stdout, "(true,)\n");
    const owner = (await bus("GetNameOwner", DESKTOP)).stdout;
    assert.match(owner, /^\(':0\.\d+',\)\n$/);
    assert.equal((await bus("StartServiceByName", DESKTOP, "0")).stdout, "(uint32 2,)\n");
    assert.match((await bus("ListNames")).stdout, /'org\.freedesktop\.portal\.Desktop'/);
    assert.match((await bus("ListActivatableNames")).stdout, /'org\.freedesktop\.portal\.Desktop'/);
    const uid = /'(:0\.\d+)'/.exec(owner)?.[1] ?? "";
    assert.equal((await bus("GetConnectionUnixUser", uid)).stdout, `(uint32 ${session().account.uid},)\n`);
    assert.match((await bus("GetConnectionUnixProcessID", uid)).stderr, /UnixProcessIdUnknown/);
  });

  it("answer by the owner's unique name too", async () => {
    const owner = /'(:0\.\d+)'/.exec((await bus("GetNameOwner", DESKTOP)).stdout)?.[1] ?? "";
    const answer = await portalCall(app, "org.freedesktop.portal.Settings.ReadOne", ["org.freedesktop.appearance", "color-scheme"], { name: owner });
    assert.equal(answer.stdout, "(<uint32 0>,)\n", answer.stderr);
  });

  it("introspect as what they serve, and as nothing else", async () => {
    const { stdout } = await app.run(["introspect", "--session", "--dest", DESKTOP, "--object-path", DESKTOP_PATH]);
    for (const name of ["Settings", "NetworkMonitor", "ProxyResolver", "MemoryMonitor", "PowerProfileMonitor"]) {
      assert.match(stdout, new RegExp(`interface org\\.freedesktop\\.portal\\.${name} \\{`));
    }
    assert.doesNotMatch(stdout, /portal\.(Camera|ScreenCast|RemoteDesktop|Screenshot|Location) \{/);
    const root = await app.run(["introspect", "--session", "--recurse", "--only-properties", "--dest", DESKTOP, "--object-path", "/"]);
    assert.match(root.stdout, /readonly u version = 2/);
  });

  it("give errors of the right name", async () => {
    assert.match((await call("org.freedesktop.portal.Camera.AccessCamera", "{}")).stderr, /UnknownMethod/);
    assert.match((await call("org.freedesktop.portal.Settings.Nothing")).stderr, /UnknownMethod/);
    assert.match((await call("org.freedesktop.portal.Settings.ReadOne", "a.b", "c")).stderr, /portal\.Error\.NotFound/);
    const get = "org.freedesktop.DBus.Properties.Get";
    assert.match((await call(get, "org.freedesktop.portal.Camera", "version")).stderr, /UnknownInterface/);
    assert.match((await call(get, "org.freedesktop.portal.Settings", "speed")).stderr, /UnknownProperty/);
    const nowhere = await portalCall(app, "org.freedesktop.portal.Settings.ReadAll", ["[]"], { path: "/org/freedesktop/portal/nowhere" });
    assert.match(nowhere.stderr, /UnknownObject/);
  });

  it("tell their versions", async () => {
    for (const [name, version] of [
      ["Settings", 2],
      ["NetworkMonitor", 3],
      ["ProxyResolver", 1],
    ] as const) {
      const answer = await call("org.freedesktop.DBus.Properties.Get", `org.freedesktop.portal.${name}`, "version");
      assert.equal(answer.stdout, `(<uint32 ${version}>,)\n`, answer.stderr);
    }
  });

  it("tell of the network where the app has it, and refuse where it has none", async () => {
    const without = await makeApp(session(), "org.example.PortalsOffline", "command=gdbus\n");
    assert.match(
      (await call("org.freedesktop.portal.NetworkMonitor.GetStatus")).stdout,
      /^\(\{'available': <(true|false)>, 'metered': <false>, 'connectivity': <uint32 \d>\},\)/,
    );
    assert.match((await call("org.freedesktop.portal.ProxyResolver.Lookup", "https://example.org/")).stdout, /^\(\['direct:\/\/'\],\)/);
    for (const method of ["NetworkMonitor.GetStatus", "NetworkMonitor.GetAvailable"]) {
      assert.match((await portalCall(without, `org.freedesktop.portal.${method}`, [])).stderr, /portal\.Error\.NotAllowed/);
    }
    assert.match((await portalCall(without, "org.freedesktop.portal.ProxyResolver.Lookup", ["https://example.org/"])).stderr, /portal\.Error\.NotAllowed/);
  });

  it("are hidden where the user denies them", async () => {
    const denied = await makeApp(session(), "org.example.PortalsDenied", "command=gdbus\n[Session Bus Policy]\norg.freedesktop.portal.*=none\n");
    assert.match((await portalCall(denied, "org.freedesktop.portal.Settings.ReadAll", ["[]"])).stderr, /ServiceUnknown|NameHasNoOwner/);
    const asked = await portalCall(denied, `${BUS}.NameHasOwner`, [DESKTOP], { name: BUS, path: "/org/freedesktop/DBus" });
    assert.equal(asked.stdout, "(false,)\n");
  });
});
