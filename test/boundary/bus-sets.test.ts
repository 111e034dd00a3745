// Rules about arguments and the named sets, with the real services: the use works, and what lies beside it on the same name does not, though outside it would.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { busCall, startBus, startService } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Outcome, type Running, waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE } from "../support/server-script.ts";
import { startXvfb } from "../support/xvfb.ts";

const ID = "org.example.Sets";
const PROPERTIES = "org.freedesktop.DBus.Properties";

inOrdinarySession("a named set", (session) => {
  const serve = (argv: readonly [string, ...string[]]): Running => {
    const server = session().start(argv, { limit: SERVER_LIFE });
    session().onClose(async () => {
      server.kill("SIGTERM");
      await server.ended;
    });
    return server;
  };
  const app = (groups: string) => makeApp(session(), ID, `command=gdbus\n${groups}`);
  const call = (bus: "session" | "system", [name, path, method]: readonly [string, string, string], values: readonly string[]) => [
    "call",
    `--${bus}`,
    "--timeout=5",
    "--dest",
    name,
    "--object-path",
    path,
    "--method",
    method,
    ...values,
  ];
  /** Outside the call is answered, or refused by the service itself: it arrives. Inside it works, or does not. */
  const outside = (where: readonly [string, string, string], ...values: string[]) => busCall(session(), where[0], where[1], where[2], ...values);
  const owned = (name: string) => waitFor(name, async () => (await outside(BUS_HAS_OWNER, name)).stdout.includes("true"), 20_000);
  before(async () => {
    await startBus(session());
    await startXvfb(session());
  });

  describe("of notifications, with dunst", () => {
    const NOTIFY = ["org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.freedesktop.Notifications.Notify"] as const;
    const HISTORY = [NOTIFY[0], NOTIFY[1], "org.dunstproject.cmd0.NotificationListHistory"] as const;
    const RULE = `${NOTIFY[0]}=call ${NOTIFY[2]} arg0=letters arg6[category]=email`;
    const words = (name: string, hints: string): string[] => [name, "uint32 0", "", "a title", "a body", "@as []", `@a{sv} ${hints}`, "1000"];

    it("shows one, and keeps the history of all from the app", async () => {
      serve(["dunst", "-conf", "/dev/null"]);
      await owned(NOTIFY[0]);
      assert.equal((await outside(HISTORY)).status, 0);
      const one = await app("[X-Tsbox Session Bus Rules]\nsets=notifications;\n");
      assert.match((await one.run(call("session", NOTIFY, words("x", "{}")))).stdout, /^\(uint32 \d+,\)/);
      assert.match((await one.run(call("session", HISTORY, []))).stderr, /AccessDenied/);
      // Without the set there is no such service at all.
      assert.match((await (await app("")).run(call("session", NOTIFY, words("x", "{}")))).stderr, /ServiceUnknown/);
    });

    it("gives way to a rule about arguments, from the manifest, an override and the command line alike", async () => {
      const check = async (run: (argv: readonly string[]) => Promise<Outcome>): Promise<void> => {
        assert.match((await run(call("session", NOTIFY, words("letters", "{'category': <'email'>}")))).stdout, /^\(uint32 \d+,\)/);
        for (const [name, hints] of [
          ["others", "{'category': <'email'>}"],
          ["letters", "{}"],
          ["letters", "{'category': <'im'>}"],
        ] as const) {
          const refused = await run(call("session", NOTIFY, words(name, hints)));
          assert.match(refused.stderr, /AccessDenied: this sandbox may not call .* with these arguments; it may by `.*arg0=letters arg6\[category\]=email`/);
        }
      };
      const manifest = await app(`[X-Tsbox Session Bus Rules]\n${RULE};\n`);
      await check((argv) => manifest.run(argv));
      const plain = await app("");
      await check((argv) => plain.run(argv, { options: [`--bus-rule=${RULE}`] }));
      const file = session().write(`.local/share/tsbox/overrides/${ID}`, `[X-Tsbox Session Bus Rules]\n${RULE};\n`);
      await check((argv) => plain.run(argv));
      session().write(file, "");
      assert.match(
        (await manifest.run(call("session", NOTIFY, words("letters", "{'category': <'email'>}")), { options: [`--no-bus-rule=${RULE}`] })).stderr,
        /ServiceUnknown/,
      );
    });

    it("is gone where an override hides the name", async () => {
      const one = await app("[X-Tsbox Session Bus Rules]\nsets=notifications;\n");
      const hidden = await one.run(call("session", NOTIFY, words("x", "{}")), { options: [`--no-talk-name=${NOTIFY[0]}`] });
      assert.match(hidden.stderr, /ServiceUnknown/);
      assert.match((await one.run(call("session", NOTIFY, words("x", "{}")), { options: ["--no-bus-set=notifications"] })).stderr, /ServiceUnknown/);
    });
  });

  it("of the tray registers the app's icon with a real watcher, and lists nobody's", async () => {
    const WATCHER = "org.kde.StatusNotifierWatcher";
    const items = [WATCHER, "/StatusNotifierWatcher", `${PROPERTIES}.Get`] as const;
    serve(["/usr/libexec/ayatana-indicator-application/ayatana-indicator-application-service"]);
    await owned(WATCHER);
    assert.equal((await outside(items, WATCHER, "RegisteredStatusNotifierItems")).status, 0);
    const one = await app("[X-Tsbox Session Bus Rules]\nsets=tray;\n");
    const bus = (member: string) => ["org.freedesktop.DBus", "/", `org.freedesktop.DBus.${member}`] as const;
    await startService(session(), "org.example.Foreign");
    const foreign = /:[\d.]+/.exec((await outside(bus("GetNameOwner"), "org.example.Foreign")).stdout)?.[0] ?? "";
    assert.equal((await outside([WATCHER, items[1], `${WATCHER}.RegisterStatusNotifierItem`], foreign)).status, 0);
    const script = [
      "import dbus",
      "bus = dbus.SessionBus()",
      "name = dbus.service.BusName('org.kde.StatusNotifierItem-2-1', bus) if hasattr(dbus, 'service') else bus.request_name('org.kde.StatusNotifierItem-2-1')",
      `watcher = bus.get_object('${WATCHER}', '/StatusNotifierWatcher', introspect=False)`,
      `watcher.RegisterStatusNotifierItem('org.kde.StatusNotifierItem-2-1', dbus_interface='${WATCHER}', signature='s')`,
      "print('registered')",
      "second = dbus.SessionBus(private=True)",
      "for own in (bus, second): watcher.RegisterStatusNotifierItem(own.get_unique_name(), dbus_interface='org.kde.StatusNotifierWatcher', signature='s')",
      `for other in ('org.example.Other', 'org.kde.Other', '${foreign}'):`,
      "    try: watcher.RegisterStatusNotifierItem(other, dbus_interface='org.kde.StatusNotifierWatcher', signature='s')",
      "    except dbus.DBusException as error: print(error.get_dbus_name())",
    ].join("\n");
    const result = await one.run(["-c", script], { options: ["--command=python3"] });
    const denied = "org.freedesktop.DBus.Error.AccessDenied";
    assert.equal(result.stdout.trim(), `registered\n${denied}\n${denied}\n${denied}`, result.stderr);
    assert.match((await one.run(call("session", items, [WATCHER, "RegisteredStatusNotifierItems"]))).stderr, /AccessDenied/);
    assert.match((await one.run(call("session", items, [WATCHER, "IsStatusNotifierHostRegistered"]))).stdout, /true|false/);
    const stranger = ["org.kde.StatusNotifierItem-77-1", "/test", "org.example.Test.Echo"] as const;
    await startService(session(), stranger[0]);
    assert.match((await outside(stranger, "outside")).stdout, /outside/);
    assert.match((await one.run(call("session", stranger, ["inside"]))).stderr, /AccessDenied/);
    assert.match((await outside(bus("ListNames"))).stdout, /StatusNotifierItem-77-1/);
    const listed = (await one.run(call("session", bus("ListNames"), []))).stdout;
    assert.ok(listed.includes(WATCHER) && !listed.includes("StatusNotifierItem-77-1"), listed);
    for (const member of ["GetNameOwner", "GetConnectionUnixProcessID", "ListQueuedOwners"])
      assert.match((await one.run(call("session", bus(member), [stranger[0]]))).stderr, /NameHasNoOwner|ServiceUnknown/, member);
    const other = bus("RequestName");
    assert.match((await one.run(call("session", other, ["org.kde.StatusNotifierHost-1", "uint32 0"]))).stderr, /ServiceUnknown/);
  });

  it("of a media player lets the app be controlled by playerctl, and keeps other players from it", async () => {
    const PLAYER = (name: string) => [`org.mpris.MediaPlayer2.${name}`, "/org/mpris/MediaPlayer2", `${PROPERTIES}.Get`] as const;
    const script = [
      "import sys, dbus, dbus.service",
      "from dbus.mainloop.glib import DBusGMainLoop",
      "from gi.repository import GLib",
      "DBusGMainLoop(set_as_default=True)",
      "bus = dbus.SessionBus()",
      "class Player(dbus.service.Object):",
      "    @dbus.service.method('org.freedesktop.DBus.Properties', in_signature='ss', out_signature='v')",
      "    def Get(self, interface, name): return dbus.String('Playing', variant_level=1)",
      "    @dbus.service.method('org.freedesktop.DBus.Properties', in_signature='s', out_signature='a{sv}')",
      "    def GetAll(self, interface): return {'PlaybackStatus': 'Playing', 'CanControl': True, 'CanPause': True}",
      "    @dbus.service.method('org.mpris.MediaPlayer2.Player')",
      "    def Pause(self): print('paused', flush=True)",
      "name = dbus.service.BusName('org.mpris.MediaPlayer2.' + sys.argv[1], bus, do_not_queue=True)",
      "player = Player(bus, '/org/mpris/MediaPlayer2')",
      "print('ready', flush=True)",
      "GLib.MainLoop().run()",
    ].join("\n");
    const host = serve(["/usr/bin/python3", "-c", script, "other"]);
    await waitFor("the player outside", () => host.stdout().includes("ready"));
    const one = await app("[X-Tsbox Session Bus Rules]\nsets=media-player:mine;\n");
    const player = one.start(["-c", script, "mine.instance1"], { options: ["--command=python3"] });
    await waitFor("the player inside", () => player.stdout().includes("ready") || player.stderr().includes("Error"));
    assert.equal((await session().run(["playerctl", "--player=mine", "pause"])).status, 0, player.stderr());
    await waitFor("the pause inside", () => player.stdout().includes("paused"));
    player.kill("SIGTERM");
    await player.ended;
    assert.match((await outside(PLAYER("other"), "org.mpris.MediaPlayer2.Player", "PlaybackStatus")).stdout, /Playing/);
    assert.match((await one.run(call("session", PLAYER("other"), ["org.mpris.MediaPlayer2.Player", "PlaybackStatus"]))).stderr, /ServiceUnknown/);
    const theft = await one.run(["-c", script, "another"], { options: ["--command=python3"] });
    assert.notEqual(theft.status, 0);
  });

  it("of the screen saver inhibits it, and does not lock", async () => {
    const SAVER = "org.freedesktop.ScreenSaver";
    const at = (method: string) => [SAVER, "/org/freedesktop/ScreenSaver", `${SAVER}.${method}`] as const;
    serve(["/usr/bin/python3", "-m", "dbusmock", "--session", SAVER, "/org/freedesktop/ScreenSaver", SAVER]);
    await owned(SAVER);
    const add = [SAVER, "/org/freedesktop/ScreenSaver", "org.freedesktop.DBus.Mock.AddMethod"] as const;
    for (const method of [
      ["Inhibit", "ss", "u", "ret = 7"],
      ["UnInhibit", "u", "", ""],
      ["Lock", "", "", ""],
    ])
      await outside(add, SAVER, ...(method as string[]));
    assert.equal((await outside(at("Lock"))).status, 0);
    const one = await app("[X-Tsbox Session Bus Rules]\nsets=screensaver-inhibit;\n");
    assert.equal((await one.run(call("session", at("Inhibit"), ["x", "a film"]))).stdout.trim(), "(uint32 7,)");
    assert.equal((await one.run(call("session", at("UnInhibit"), ["7"]))).status, 0);
    for (const method of ["Lock", "GetActive", "SimulateUserActivity"]) assert.match((await one.run(call("session", at(method), []))).stderr, /AccessDenied/);
  });

  it("of the input method makes a context with a real Fcitx, and leaves its controller alone", async () => {
    const FCITX = "org.fcitx.Fcitx5";
    const controller = [FCITX, "/controller", "org.fcitx.Fcitx.Controller1.CurrentInputMethod"] as const;
    serve(["fcitx5", "--disable=all", "--enable=dbus,dbusfrontend,keyboard"]);
    await owned(FCITX);
    await waitFor("its controller", async () => (await outside(controller)).status === 0);
    const one = await app("[X-Tsbox Session Bus Rules]\nsets=input-method;\n");
    const script = [
      "import dbus",
      "bus = dbus.SessionBus()",
      `method = bus.get_object('${FCITX}', '/org/freedesktop/portal/inputmethod', introspect=False)`,
      "path, _ = method.CreateInputContext([('program', 'x')], dbus_interface='org.fcitx.Fcitx.InputMethod1', signature='a(ss)')",
      `context = bus.get_object('${FCITX}', path, introspect=False)`,
      "context.FocusIn(dbus_interface='org.fcitx.Fcitx.InputContext1')",
      "print('focused')",
      `stranger = bus.get_object('${FCITX}', path + '9', introspect=False)`,
      "try: stranger.FocusIn(dbus_interface='org.fcitx.Fcitx.InputContext1')",
      "except dbus.DBusException as error: print(error.get_dbus_name())",
    ].join("\n");
    const result = await one.run(["-c", script], { options: ["--command=python3"] });
    assert.equal(result.stdout.trim(), "focused\norg.freedesktop.DBus.Error.AccessDenied", result.stderr);
    assert.match((await one.run(call("session", controller, []))).stderr, /AccessDenied/);
  });

  it("of accessibility reads whether assistive technology runs, and cannot turn it on", async () => {
    const BUS = "org.a11y.Bus";
    const at = (method: string) => [BUS, "/org/a11y/bus", `${PROPERTIES}.${method}`] as const;
    serve(["/usr/libexec/at-spi-bus-launcher"]);
    await owned(BUS);
    const one = await app("[X-Tsbox Session Bus Rules]\nsets=accessibility;\n");
    assert.match((await one.run(call("session", at("Get"), ["org.a11y.Status", "IsEnabled"]))).stdout, /<(true|false)>/);
    const set = ["org.a11y.Status", "ScreenReaderEnabled", "<true>"];
    assert.match((await one.run(call("session", at("Set"), set))).stderr, /AccessDenied/);
    assert.match((await one.run(call("session", [BUS, "/org/a11y/bus", "org.a11y.Bus.GetAddress"], []))).stderr, /AccessDenied/);
    assert.equal((await outside(at("Set"), ...set)).status, 0);
  });

  it("on the system bus keeps the machine awake with logind's interface, and does not switch it off", async () => {
    const LOGIN = "org.freedesktop.login1";
    const at = (method: string) => [LOGIN, "/org/freedesktop/login1", `${LOGIN}.Manager.${method}`] as const;
    const socket = `${session().scratch}/system-bus`;
    serve(["dbus-daemon", "--session", "--nofork", "--nopidfile", `--address=unix:path=${socket}`]);
    session().environment["DBUS_SYSTEM_BUS_ADDRESS"] = `unix:path=${socket}`;
    serve(["/usr/bin/python3", "-m", "dbusmock", "--system", "--template", "logind"]);
    const inhibit = (what: string) => call("system", at("Inhibit"), [what, "x", "a film", "block"]);
    await waitFor("logind", async () => (await session().run(["gdbus", ...inhibit("sleep")])).status === 0, 20_000);
    const one = await app("[X-Tsbox System Bus Rules]\nsets=sleep-inhibit;\n");
    assert.match((await one.run(inhibit("sleep:idle"))).stdout, /handle/);
    assert.match((await one.run(inhibit("shutdown"))).stderr, /AccessDenied/);
    assert.match((await one.run(call("system", at("PowerOff"), ["false"]))).stderr, /AccessDenied/);
    assert.equal((await session().run(["gdbus", ...call("system", at("CanPowerOff"), [])])).status, 0);
    const ruled = [`--system-bus-rule=${LOGIN}=call ${LOGIN}.Manager.CanPowerOff@/org/freedesktop/login1`];
    assert.equal((await one.run(call("system", at("CanPowerOff"), []), { options: ruled })).status, 0);
  });
});

const BUS_HAS_OWNER = ["org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner"] as const;
