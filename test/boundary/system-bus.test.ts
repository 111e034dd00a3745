// The system bus, private to the test, with mocked services of the machine: not there unasked, filtered where names are asked for, whole where all of it is.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, describe, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inEachSession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { SERVER_LIFE } from "../support/server-script.ts";
import type { Session } from "../support/session.ts";

const LOGIN = ["org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"] as const;
const POWER = ["org.freedesktop.UPower", "/org/freedesktop/UPower", "org.freedesktop.UPower"] as const;
type Service = typeof LOGIN | typeof POWER;

const callOf = ([name, path, interfaceName]: Service, method: string, ...values: string[]): [string, ...string[]] => [
  ...(["call", "--system", "--timeout=5", "--dest", name, "--object-path", path, "--method", `${interfaceName}.${method}`] as const),
  ...values,
];
const canReboot = callOf(LOGIN, "CanReboot");
const critical = callOf(POWER, "GetCriticalAction");

/** A bus that calls itself the system's, with the services that people's programs look for. */
async function startSystemBus(session: Session): Promise<void> {
  const socket = `${session.scratch}/system-bus`;
  const end = (server: Running): void =>
    session.onClose(async () => {
      server.kill("SIGTERM");
      await server.ended;
    });
  end(session.start(["dbus-daemon", "--session", "--nofork", "--nopidfile", `--address=unix:path=${socket}`], { limit: SERVER_LIFE }));
  await waitFor("the system bus", () => existsSync(socket));
  session.environment["DBUS_SYSTEM_BUS_ADDRESS"] = `unix:path=${socket}`;
  for (const template of ["logind", "upower"])
    end(session.start(["/usr/bin/python3", "-m", "dbusmock", "--system", "--template", template], { limit: SERVER_LIFE }));
  for (const words of [canReboot, critical])
    await waitFor(`an answer of ${words[4]}`, async () => (await session.run(["gdbus", ...words])).status === 0, 20_000);
}

inEachSession("the system bus", (session) => {
  before(async () => {
    await startBus(session());
    await startSystemBus(session());
  });
  const app = (context: string) => makeApp(session(), "org.example.Machine", `command=gdbus\n${context}`);

  describe("with a name on it", () => {
    const TALK = "[System Bus Policy]\norg.freedesktop.login1=talk\n";

    it("carries calls to that name and shows no other, though outside both answer", async () => {
      const one = await app(TALK);
      assert.match((await one.run(canReboot)).stdout, /^\('\w+',\)/);
      const hidden = await one.run(critical);
      assert.match(hidden.stderr, /ServiceUnknown: `org\.freedesktop\.UPower` does not exist in this sandbox/);
      const names = (await one.run(["call", "--system", "--dest", "org.freedesktop.DBus", "--object-path", "/", "--method", "org.freedesktop.DBus.ListNames"]))
        .stdout;
      assert.match(names, /org\.freedesktop\.login1/);
      assert.doesNotMatch(names, /UPower/);
    });

    it("lets a name be seen only, where it says see", async () => {
      const one = await app("[System Bus Policy]\norg.freedesktop.UPower=see\n");
      assert.match((await one.run(critical)).stderr, /AccessDenied/);
    });

    it("hears its signals", async () => {
      const one = await app(TALK);
      const listener = one.start(["monitor", "--system", "--dest", "org.freedesktop.login1"]);
      await waitFor("the listener", () => listener.stdout().includes("is owned by"));
      const mock = ["call", "--system", "--dest", LOGIN[0], "--object-path", LOGIN[1], "--method", "org.freedesktop.DBus.Mock.EmitSignal"];
      await session().run(["gdbus", ...mock, LOGIN[2], "PrepareForSleep", "b", "[<true>]"]);
      await waitFor("the signal inside", () => listener.stdout().includes("PrepareForSleep"));
      listener.kill("SIGTERM");
      await listener.ended;
    });
  });

  it("is not there for an app that asks for nothing on it", async () => {
    const result = await (await app("")).run(canReboot);
    assert.notEqual(result.status, 0);
    assert.match(result.stderr, /No such file or directory/);
  });

  it("is whole with sockets=system-bus", async () => {
    const one = await app("[Context]\nsockets=system-bus;\n");
    for (const words of [canReboot, critical]) assert.equal((await one.run(words)).status, 0);
  });

  it("is opened and closed on the command line too", async () => {
    const one = await app("");
    assert.equal((await one.run(canReboot, { options: ["--system-talk-name=org.freedesktop.login1"] })).status, 0);
    assert.equal((await one.run(critical, { options: ["--socket=system-bus"] })).status, 0);
    assert.notEqual((await one.run(critical, { options: ["--system-talk-name=org.freedesktop.login1"] })).status, 0);
  });
});
