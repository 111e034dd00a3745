import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { notifyUser, plainBusAddress } from "../../launcher/broker/host-bus.ts";
import { dialogFor, noticeFor, notificationFor } from "../../launcher/broker/tell-user.ts";
import { runProblem } from "../../launcher/broker/broker.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";

const WORKER = resolve("build/host-bus-worker.cjs");

/** A notification service in a few lines: prints summary and body of what it is told. */
const SERVICE = `
import dbus, dbus.service, dbus.mainloop.glib
from gi.repository import GLib
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
class Service(dbus.service.Object):
    @dbus.service.method("org.freedesktop.Notifications", in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        print(summary + "|" + body, flush=True)
        return 7
name = dbus.service.BusName("org.freedesktop.Notifications", dbus.SessionBus())
service = Service(dbus.SessionBus(), "/org/freedesktop/Notifications")
print("ready", flush=True)
GLib.MainLoop().run()
`;

describe("a notification over a real bus", () => {
  const directory = mkdtempSync(join(tmpdir(), "tsbox-host-bus-"));
  const address = `unix:path=${directory}/bus`;
  let bus: ChildProcess;
  before(async () => {
    bus = spawn("dbus-daemon", ["--session", "--nofork", `--address=${address}`, "--print-address"], { stdio: ["ignore", "pipe", "ignore"] });
    await once(bus.stdout as NodeJS.ReadableStream, "data");
  });
  after(() => {
    bus.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  });

  test("reaches the service, with markup in it harmless", async () => {
    const service = spawn("/usr/bin/python3", ["-c", SERVICE], {
      env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: address },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    service.stdout.on("data", (chunk) => {
      printed += String(chunk);
    });
    while (!printed.includes("ready") && service.exitCode === null) await Promise.race([once(service.stdout, "data"), once(service, "exit")]);
    const taken = await notifyUser(WORKER, { busAddress: plainBusAddress(address) as string, notification: { title: "t", body: "<b>no</b> & yes", icon: "" } });
    service.kill("SIGKILL");
    assert.ok(taken);
    assert.match(printed, /t\|&lt;b&gt;no&lt;\/b&gt; &amp; yes/);
  });

  test("is false where no service answers, and never an exception", async () => {
    assert.equal(await notifyUser(WORKER, { busAddress: plainBusAddress(address) as string, notification: { title: "t", body: "b", icon: "" } }), false);
    assert.equal(await notifyUser(WORKER, { busAddress: "unix:socket=/nowhere/bus", notification: { title: "t", body: "b", icon: "" } }), false);
  });
});

describe("who is notified", () => {
  const request = (standard: FrontRequest["standard"], environment: Record<string, string>): FrontRequest =>
    ({ argv: ["run", "--socket=x11", "org.example.App"], standard, environment: new Map(Object.entries(environment)) }) as unknown as FrontRequest;
  const desktop = { DISPLAY: ":0", DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" };
  const problem = runProblem("run.app-missing", {});

  test("a desktop's user without a terminal", () => {
    const notice = noticeFor(request(["null", "socket", "file"], desktop), [problem]);
    assert.equal(notice?.title, "org.example.App was not started");
    assert.match(notice?.body ?? "", /^no app is named\n`tsbox run/);
    assert.equal(noticeFor(request(["null", "null", "null"], { ...desktop, LANG: "zh_CN.UTF-8" }), [problem])?.title, "org.example.App 没有启动");
  });

  test("who clicked an entry of a desktop that collects by pipes what programs say", () => {
    for (const mark of ["GIO_LAUNCHED_DESKTOP_FILE", "DESKTOP_STARTUP_ID", "XDG_ACTIVATION_TOKEN"])
      assert.ok(noticeFor(request(["null", "pipe", "pipe"], { ...desktop, [mark]: "x" }), [problem]), mark);
    assert.equal(noticeFor(request(["tty", "pipe", "pipe"], { ...desktop, DESKTOP_STARTUP_ID: "x" }), [problem]), null);
  });

  test("nobody who reads standard error, or has no screen", () => {
    assert.equal(noticeFor(request(["tty", "tty", "tty"], desktop), [problem]), null);
    assert.equal(noticeFor(request(["null", "pipe", "pipe"], desktop), [problem]), null);
    assert.equal(noticeFor(request(["null", "null", "null"], { ...desktop, DISPLAY: "" }), [problem]), null);
    assert.equal(notificationFor(request(["null", "null", "null"], { DISPLAY: ":0" }), { title: "t", body: "b", icon: "" }), null, "no bus");
  });

  test("a dialog is shown by the first program of the caller's PATH, and no text becomes an option or markup", () => {
    const notification = { title: "-t", body: "<b>-x</b>", icon: "" };
    const asked = request(["null", "null", "null"], { PATH: "relative:/opt/bin:/usr/bin" });
    assert.equal(
      dialogFor(asked, notification, () => false),
      null,
    );
    assert.deepEqual(
      dialogFor(asked, notification, (path) => path === "/usr/bin/zenity"),
      [...["/usr/bin/zenity", "--error", "--no-markup", "--title=-t", "--text=<b>-x</b>", "--width=420"]],
    );
    assert.match(dialogFor(asked, notification, (path) => path === "/opt/bin/yad")?.join(" ") ?? "", /--text=&lt;b&gt;-x/);
    assert.equal(
      dialogFor(asked, notification, (path) => path.startsWith("relative")),
      null,
    );
  });

  test("bus addresses are read with their escapes; odd ones are left alone", () => {
    assert.equal(plainBusAddress("tcp:host=x;unix:abstract=/tmp/a%2db,guid=1"), "unix:socket=\0/tmp/a-b");
    assert.equal(plainBusAddress("unix:path=/a%3ab"), null);
    assert.equal(plainBusAddress(undefined), null);
  });
});
