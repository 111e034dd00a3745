// The connector against real buses: who the bus thinks is calling, and how long the process lives.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { isAlive, waitFor } from "../support/process.ts";
import type { Session } from "../support/session.ts";
import { makeFront, type Seen, USR } from "./executor.ts";

const PLAN: readonly string[] = [
  ...USR,
  "--proc",
  "/proc",
  "--dev",
  "/dev",
  "--init",
  "/run/init",
  "--unshare-net",
  "--setenv",
  "PATH",
  "/usr/bin:/bin",
  "--connector",
  "%0",
];
const IDENTITY = "[Application]\nname=org.example.App\n";

inEachSession("the connector", (session) => {
  let made = 0;
  /** A bus of its own; the address as D-Bus has it and as the plan has it. */
  const startBus = async (abstract: boolean): Promise<{ readonly address: string; readonly plan: string }> => {
    const place = abstract ? `@tsbox-test-${process.pid}-${session().account.uid}-${++made}` : join(session().scratch, `bus-${++made}`);
    const listen = abstract ? `unix:abstract=${place.slice(1)}` : `unix:path=${place}`;
    const bus = session().start(["dbus-daemon", "--session", "--nofork", "--print-address", `--address=${listen}`]);
    await waitFor("the bus", () => bus.stdout().includes("unix:"));
    return { address: bus.stdout().trim(), plan: place };
  };
  const run = async (
    name: string,
    buses: readonly (readonly [name: string, address: string, ...source: readonly string[]])[],
    behaviour: Parameters<typeof makeFront>[2],
    command: readonly string[] = ["sleep", "0.8"],
  ) => {
    const words = buses.flatMap(([bus, address, ...source]) => [...(source.length === 0 ? [] : ["--source", ...source]), "--connector-bus", bus, address]);
    const plan = [...PLAN, ...words, "--", ...command];
    const front = makeFront(session(), name, { plan, blobs: [IDENTITY], ...behaviour });
    const running = front.start(["run", "org.example.App"]);
    const sandbox = await waitFor("the sandbox", () => front.seen("sandbox")[0] ?? front.seen("failed")[0]);
    return { front, running, sandbox };
  };
  const firstConnection = (seen: Seen) => seen.connections?.[0] ?? assert.fail("no connection");
  /** Processes of the account that are connectors and hold this front's instance. */
  const connectors = (of: Session): number[] =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          return (
            readFileSync(`/proc/${pid}/comm`, "utf8") === "tsbox-connector\n" &&
            readFileSync(`/proc/${pid}/root/.flatpak-info`, "utf8") === IDENTITY &&
            readFileSync(`/proc/${pid}/status`, "utf8").includes(`\nUid:\t${of.account.uid}\t`)
          );
        } catch {
          return false;
        }
      });

  for (const kind of ["a path", "an abstract name"])
    it(`calls connect() for the app on a bus with ${kind}, so that the bus sees its pid and its root the app's identity`, async () => {
      const bus = await startBus(kind !== "a path");
      const { running, sandbox } = await run(`identity-${made}`, [["session", bus.plan]], { connect: ["session"], busAddress: bus.address });
      const { identity, name } = firstConnection(sandbox);
      assert.match(name ?? "", /^:1\./);
      assert.equal(identity?.info, IDENTITY);
      assert.equal(identity?.comm, "tsbox-connector");
      await running.ended;
      await waitFor("the connector's end", () => !isAlive(identity?.pid ?? 0) || connectors(session()).length === 0);
    });

  it("has no capability, no terminal, a filter, own user and mount namespaces, the host's others, and nothing but the identity and its buses", async () => {
    const bus = await startBus(false);
    const { running, sandbox } = await run(
      "bare",
      [
        ["session", bus.plan],
        ["system", bus.plan],
      ],
      { connect: ["session"], busAddress: bus.address },
      ["sleep", "60"],
    );
    const pid = firstConnection(sandbox).identity?.pid ?? 0;
    const show = async (script: string): Promise<string> => (await session().run(["sh", "-c", script])).stdout;
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    assert.match(status, /CapPrm:\t0{16}\nCapEff:\t0{16}\nCapBnd:\t0{16}\nCapAmb:\t0{16}\nNoNewPrivs:\t1\nSeccomp:\t2/);
    assert.equal(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0], "tsbox-connector");
    assert.equal(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[6], "0", "no terminal");
    for (const kind of ["pid", "net", "ipc", "uts", "cgroup"])
      assert.equal(readlinkSync(`/proc/${pid}/ns/${kind}`), readlinkSync(`/proc/self/ns/${kind}`), kind);
    for (const kind of ["user", "mnt"]) assert.notEqual(readlinkSync(`/proc/${pid}/ns/${kind}`), readlinkSync(`/proc/self/ns/${kind}`), kind);
    // As the account itself, which is how a portal looks.
    assert.equal(await show(`cat /proc/${pid}/root/.flatpak-info`), IDENTITY);
    assert.equal(await show(`ls -A /proc/${pid}/root/`), ".flatpak-info\nbus-0\nbus-1\n");
    assert.match((await session().run(["touch", `/proc/${pid}/root/new`])).stderr, /Read-only/);
    const descriptors = readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
    assert.deepEqual(
      [...descriptors].sort().map((name) => name.replace(/\[.*/, "")),
      ["/dev/null", "/dev/null", "/dev/null", "anon_inode:", "socket:", "socket:", "socket:"],
      descriptors.join(" "),
    );
    running.kill();
    await running.ended;
  });

  it("takes a bus that is the very socket that the plan saw, and ends the start where another one lies at its path since", async () => {
    const bus = await startBus(false);
    const { dev, ino } = statSync(bus.plan, { bigint: true });
    const source = ["s", String(dev), String(ino)];
    const first = await run("same-bus", [["session", bus.plan, ...source]], { connect: ["session"], busAddress: bus.address });
    assert.match(firstConnection(first.sandbox).name ?? "", /^:1\./);
    await first.running.ended;
    const other = await startBus(false);
    renameSync(other.plan, bus.plan);
    const second = await run("other-bus", [["session", bus.plan, ...source]], { connect: ["session"], busAddress: bus.address });
    assert.equal(second.sandbox.event, "failed");
    assert.deepEqual(
      second.sandbox.fields?.filter(([key]) => key === "stage" || key === "detail"),
      [
        ["stage", "source-changed"],
        ["detail", bus.plan],
      ],
    );
    // Without the words it would have been taken.
    const third = await run("any-bus", [["session", bus.plan]], { connect: ["session"] });
    assert.match(firstConnection(third.sandbox).name ?? "", /^:1\./);
    await third.running.ended;
  });

  it("refuses a bus that the plan does not name", async () => {
    const bus = await startBus(false);
    const { running, sandbox } = await run("unknown-bus", [["session", bus.plan]], { connect: ["system"] });
    assert.deepEqual([firstConnection(sandbox).id, firstConnection(sandbox).errno], ["0", "2"]);
    await running.ended;
  });

  it("ends a connection that is to be forgotten", async () => {
    const bus = await startBus(false);
    const { running, sandbox } = await run("forget", [["session", bus.plan]], { connect: ["session", "session"], forget: true, busAddress: bus.address });
    assert.deepEqual(
      sandbox.connections?.map((connection) => connection.ended),
      [true, true],
    );
    await running.ended;
  });

  it("stays when its peer is gone, and leaves with the last process of the app", async () => {
    const bus = await startBus(false);
    const { running, sandbox } = await run("peer", [["session", bus.plan]], { connect: ["session"], busAddress: bus.address, dieAfterConnect: true }, [
      "sh",
      "-c",
      "sleep 1.5 >/dev/null 2>&1 & sleep 0.5",
    ]);
    const pid = firstConnection(sandbox).identity?.pid ?? 0;
    await running.ended;
    assert.ok(connectors(session()).includes(pid));
    await waitFor("the connector's end", () => !connectors(session()).includes(pid));
  });

  it("that cannot be made ends the start", async () => {
    const marker = join(session().scratch, "started");
    const { front, running } = await run("no-bus", [["session", "/no/such/bus"]], {}, ["touch", marker]);
    const result = await running.ended;
    assert.deepEqual([result.status, existsSync(marker)], [125, false]);
    const failed = new Map(front.seen("failed")[0]?.fields);
    assert.deepEqual([failed.get("stage"), failed.get("errno"), failed.get("detail")], ["connector", "2", "/no/such/bus"]);
    const file = session().write("no-socket", "");
    const other = await run("no-socket", [["session", file]], {}, ["true"]);
    assert.equal((await other.running.ended).status, 125);
    assert.deepEqual(connectors(session()), []);
  });
});
