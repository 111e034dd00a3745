// `tsbox doctor INSTANCE`: what a real app is seen to wait for, by its user alone.
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { before, it } from "node:test";
import { startBus, startService } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { type App, findTsbox, makeApp } from "../support/sandbox.ts";

const ID = "org.example.Waiting";

interface Examined {
  readonly application: string;
  readonly instance: string;
  readonly starting: boolean;
  readonly buses: { readonly connections: number; readonly outstandingCalls: number } | null;
  readonly portalRequests: readonly string[] | null;
  readonly processes: readonly {
    readonly name: string;
    readonly inside: number;
    readonly waits: string;
    readonly call: string | null;
    readonly on: string | null;
  }[];
}

inOrdinarySession("what an instance waits for", (session) => {
  let app: App;
  let tsbox: string;
  let service: Running;
  const examine = async (): Promise<Examined | undefined> => {
    const { stdout } = await session().run([tsbox, "doctor", "--json", ID]);
    return stdout === "" ? undefined : (JSON.parse(stdout) as Examined[])[0];
  };
  before(async () => {
    tsbox = await findTsbox(session());
    await startBus(session());
    service = await startService(session(), "org.example.Slow");
    app = await makeApp(session(), ID, "command=sh\n[Session Bus Policy]\norg.example.Slow=talk\n");
  });

  it("tells reading from a pipe, a sleep and a wait for a child, each with its process", async () => {
    const running = app.start(["-c", "mkfifo $HOME/p; sleep 60 & cat $HOME/p"]);
    const found = await waitFor("the reader", async () => {
      const one = await examine();
      const waits = (name: string): string | undefined => one?.processes.find((row) => row.name === name)?.waits;
      return waits("cat") === "opening" && waits("sleep") === "time" && waits("sh") === "child" ? one : undefined;
    });
    assert.equal(found.application, ID);
    assert.equal(found.starting, false);
    const shown = (await session().run([tsbox, "doctor", found.instance])).stdout;
    assert.match(shown, new RegExp(`^${ID.replaceAll(".", "\\.")} \\d+\\n {2}buses: no call waits for an answer \\(0 connections\\)\\n`));
    assert.match(shown, /^ {2}sleep \(\d+, inside \d+\): waits for a time \(`clock_nanosleep`\)$/m);
    await session().run([tsbox, "kill", ID]);
    await running.ended;
  });

  it("tells a call on the bus that nobody answers, and none once it is answered", async () => {
    service.kill("SIGSTOP");
    const call = "gdbus call --session --timeout=100 --dest org.example.Slow --object-path /test --method org.example.Test.Echo x; sleep 60";
    const running = app.start(["-c", call]);
    try {
      const found = await waitFor("the call", async () => {
        const one = await examine();
        const isIdle = one?.processes.some(({ name, waits }) => name === "gdbus" && waits === "events");
        return isIdle && one?.buses?.outstandingCalls === 1 ? one : undefined;
      });
      assert.equal(found.buses?.connections, 1);
      assert.match((await session().run([tsbox, "doctor", ID])).stdout, /^ {2}buses: 1 calls wait for an answer \(1 connections\)$/m);
    } finally {
      service.kill("SIGCONT");
    }
    await waitFor("the answer", async () => (await examine())?.buses?.outstandingCalls === 0);
    await session().run([tsbox, "kill", ID]);
    await running.ended;
  });

  it("tells a dialog of our portals that is open", async () => {
    const program = session().write("bin/zenity", "#!/bin/sh\nexec sleep 60\n", 0o755);
    const ask = [
      "import dbus, time",
      "bus = dbus.SessionBus()",
      "portal = bus.get_object('org.freedesktop.portal.Desktop', '/org/freedesktop/portal/desktop', introspect=False)",
      "portal.OpenFile('', 'title', dbus.Dictionary({}, 'sv'), dbus_interface='org.freedesktop.portal.FileChooser')",
      "time.sleep(60)",
    ].join("\n");
    const environment = { DISPLAY: ":987", PATH: `${dirname(program)}:/usr/bin:/bin` };
    const running = app.start(["-c", 'exec python3 -c "$0"', ask], { environment });
    const found = await waitFor("the dialog", async () => {
      const one = await examine();
      return one?.portalRequests?.length === 1 ? one : undefined;
    });
    assert.deepEqual(found.portalRequests, ["org.freedesktop.portal.FileChooser.OpenFile"]);
    await session().run([tsbox, "kill", ID]);
    await running.ended;
  });

  it("tells a stopped process, and refuses what does not run", async () => {
    const running = app.start(["-c", "kill -STOP $$; true"]);
    await waitFor("the stop", async () => (await examine())?.processes.some(({ name, waits }) => name === "sh" && waits === "stopped"));
    await session().run([tsbox, "kill", ID]);
    // The front stops with its app, as a shell's job does.
    running.kill("SIGCONT");
    await running.ended;
    const gone = await waitFor("its end", async () => {
      const outcome = await session().run([tsbox, "doctor", ID]);
      return outcome.status === 1 ? outcome : undefined;
    });
    assert.match(gone.stderr, /^tsbox: `org\.example\.Waiting` is not running\n/);
    assert.match((await session().run([tsbox, "doctor", "kernel"])).stdout, /^(?:good|weaker) +kernel: Linux /);
  });
});
