// Services outside that end, and others of the same name that come after them: what a number meant with the one it means nothing with the other.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { startMock } from "../support/mock.ts";
import { makePortalApp, type PortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE } from "../support/server-script.ts";

inOrdinarySession("portals before services that come anew", (session) => {
  let app: PortalApp;
  let mocks: Awaited<ReturnType<typeof startMock>>;
  before(async () => {
    await startBareBus(session());
    mocks = await startMock(session(), "notification_daemon", "session");
    const login = await startMock(session(), "logind", "system");
    session().environment["DBUS_SYSTEM_BUS_ADDRESS"] = login.address;
    app = await makePortalApp(session(), "org.example.Holding");
  });

  it("what is held ends with its own screen saver, and nothing of one that came after it", async () => {
    const script = [
      "import dbus, dbus.service",
      "from dbus.mainloop.glib import DBusGMainLoop; from gi.repository import GLib",
      "NAME = 'org.freedesktop.ScreenSaver'",
      "bus = dbus.SessionBus(mainloop=DBusGMainLoop())",
      "class Saver(dbus.service.Object):",
      "    @dbus.service.method(NAME, in_signature='ss', out_signature='u')",
      "    def Inhibit(self, who, why): print('held', flush=True); return 1",
      "    @dbus.service.method(NAME, in_signature='u')",
      "    def UnInhibit(self, cookie): print('ended', flush=True)",
      "saver = Saver(bus, '/org/freedesktop/ScreenSaver'); name = dbus.service.BusName(NAME, bus)",
      "print('ready', flush=True); GLib.MainLoop().run()",
    ].join("\n");
    const start = async () => {
      const saver = session().start(["/usr/bin/python3", "-c", script], { limit: SERVER_LIFE });
      await waitFor("the screen saver", () => saver.stdout().includes("ready"));
      return saver;
    };
    const hold = async (saver: Awaited<ReturnType<typeof start>>) => {
      const running = app.startRequest("Inhibit.Inhibit", "('', uint32 8, {'reason': <'film'>, 'handle_token': <'TOKEN'>})", "--stay=60000");
      await waitFor("what is held", () => saver.stdout().includes("held"));
      return async () => {
        running.kill("SIGTERM");
        await running.ended;
      };
    };
    const first = await start();
    await (await hold(first))();
    await waitFor("the end of it", () => first.stdout().includes("ended"));
    const end = await hold(first);
    first.kill("SIGKILL");
    await first.ended;
    const second = await start();
    await end();
    // What is asked of the portal later is told to the service later.
    await (await hold(second))();
    await waitFor("the end of the second", () => second.stdout().includes("ended"));
    assert.equal(second.stdout(), "ready\nheld\nended\n");
    second.kill("SIGTERM");
    await second.ended;
  });

  it("a notification of an earlier service's takes no other program's place in the service that comes after it", async () => {
    const script = [
      "import dbus, sys",
      "portal = dbus.SessionBus().get_object('org.freedesktop.portal.Desktop', '/org/freedesktop/portal/desktop', introspect=False)",
      "def act(member, *values): getattr(portal, member)(*values, dbus_interface='org.freedesktop.portal.Notification')",
      "def show(title): act('AddNotification', 'mine', dbus.Dictionary({'title': title}, signature='sv'))",
      "def wait(): print('.', flush=True); sys.stdin.readline()",
      "show('first'); show('again'); wait()",
      "show('after'); act('RemoveNotification', 'mine'); wait()",
    ];
    const shown = await makeApp(session(), "org.example.Shown", "command=python3\n");
    const running = shown.start(["-c", script.join("\n")], { input: "pipe" });
    const turn = async (count: number): Promise<void> => void (await waitFor("its turn", () => running.stdout().length >= 2 * count));
    await turn(1);
    const calls = (log: string): string[] => log.match(/ (?:Notify "org\.example\.Shown" \d+|CloseNotification \d+)/g) ?? [];
    const [first = "", again = ""] = calls(mocks.log());
    assert.equal(first, ' Notify "org.example.Shown" 0');
    assert.match(again, / Notify "org\.example\.Shown" [1-9]/);
    const number = Number(again.split(" ").at(-1));
    await mocks.kill();
    mocks = await startMock(session(), "notification_daemon", "session");
    // Another program has that number in it.
    const words = ["--session", "--dest", "org.freedesktop.Notifications", "--object-path", "/org/freedesktop/Notifications", "--method"];
    const notify = ["org.freedesktop.Notifications.Notify", "other", "0", "", "theirs", "", "[]", "{}", "0"];
    const numbers: string[] = [];
    for (let count = 0; count < number; count++) numbers.push((await session().run(["gdbus", "call", ...words, ...notify])).stdout);
    assert.match(numbers.at(-1) ?? "", new RegExp(`uint32 ${number},`));
    running.write("\n");
    await turn(2);
    assert.deepEqual(calls(mocks.log()), [' Notify "org.example.Shown" 0', ` CloseNotification ${number + 1}`]);
    running.write("\n");
    await running.ended;
  });
});
