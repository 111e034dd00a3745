// The bus process dies by kill -9, again and again, while programs call through it: none ends, none loses a call, and no message comes twice.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { countCalls } from "../support/bus-process.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { backgroundProcesses, type Session } from "../support/session.ts";

const KILLS = 20;
const NAME = "org.example.Counted";
const POLICY = `command=python3\n[Session Bus Policy]\n${NAME}=talk\n`;
const LIST_NAMES = ["--dest", "org.freedesktop.DBus", "--object-path", "/", "--method", "org.freedesktop.DBus.ListNames"];
const CLIENT = readFileSync("test/fixtures/servers/counting_client.py", "utf8");

function processesOf(session: Session, bundle: string): number[] {
  return backgroundProcesses(session.runtimeDirectory)
    .filter(({ argv }) => argv.some((word) => word.endsWith(bundle)))
    .map(({ pid }) => pid);
}

/** Connectors of the app; its identity is what stands in their root. */
function connectorsOf(id: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/comm`, "utf8") === "tsbox-connector\n" && readFileSync(`/proc/${pid}/root/.flatpak-info`, "utf8").includes(`name=${id}\n`)
        );
      } catch {
        return false;
      }
    });
}

/** Ends a wait for a client that ended. */
function lastWords(client: Running): false {
  if (client.stdout().includes("{")) throw new Error(`the client ended: ${client.stdout().slice(-500)}`);
  return false;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

inOrdinarySession("kill -9 of the bus process", (session) => {
  let app: App;
  before(async () => {
    await startBus(session());
    app = await makeApp(session(), "org.example.Caller", POLICY);
  });
  /** Kills it at random moments; calls are answered again within a second. One round may take longer where other programs hold the machine; most may not. */
  const killOften = async (client: Running, times: number, { alsoBroker = false, by = "SIGKILL" as NodeJS.Signals } = {}): Promise<void> => {
    const answered = (): number => Number(client.stdout().trimEnd().split("\n").at(-1));
    // With the broker a second Node must start before.
    const most = alsoBroker ? 2000 : 1000;
    const tooks: number[] = [];
    for (let round = 0; round < times; round++) {
      await pause(Math.random() * 300);
      const [pid] = await waitFor("the bus process", () => processesOf(session(), "bus.cjs"));
      if (alsoBroker) for (const broker of processesOf(session(), "broker.cjs")) process.kill(broker, "SIGKILL");
      process.kill(pid as number, by);
      const killed = performance.now();
      // What was answered before the kill may still be on its way to the client: only what comes after the next process is there counts.
      await waitFor("the next bus process", () => processesOf(session(), "bus.cjs").some((each) => each !== pid));
      const then = answered();
      await waitFor(`answers after kill ${round}`, () => answered() > then + 1 || lastWords(client));
      const took = performance.now() - killed;
      assert.ok(took < 5 * most, `${Math.round(took)} ms without an answer after kill ${round}`);
      tooks.push(Math.round(took));
    }
    const median = tooks.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
    assert.ok(median < most, `without an answer after each kill, in ms: ${tooks.join(" ")}`);
  };
  const count = (outstanding: number, bytes: number, kill: (client: Running) => Promise<void>) =>
    countCalls(session(), (words) => app.start(words, { input: "pipe", limit: 120_000 }), NAME, { outstanding, bytes }, kill);

  for (const [outstanding, bytes] of [
    [1, 10],
    [16, 200],
    [8, 9000],
  ] as const) {
    it(`loses no call and delivers none twice: ${outstanding} at a time, ${bytes} bytes each, killed ${KILLS} times`, async () => {
      const { seen, counts } = await count(outstanding, bytes, (client) => killOften(client, KILLS));
      const twice = Object.values(counts).filter((times) => times !== 1).length;
      assert.deepEqual([seen.closed, seen.errors, seen.wrong, seen.answered, twice], [false, [], 0, seen.sent, 0], JSON.stringify(seen));
      assert.deepEqual(seen.signals, { distinct: seen.sent, twice: 0 });
      assert.equal(Object.keys(counts).length, seen.sent);
      // Enough that each kill had calls around it, on however busy a machine.
      assert.ok(seen.sent > 5 * KILLS, `${seen.sent} calls`);
    });
  }

  it("goes on where the broker is killed with it: the front asks the next one", async () => {
    const { seen, counts } = await count(4, 100, (client) => killOften(client, 5, { alsoBroker: true }));
    const twice = Object.values(counts).filter((times) => times !== 1).length;
    assert.deepEqual([seen.closed, seen.errors, seen.wrong, seen.answered, twice], [false, [], 0, seen.sent, 0], JSON.stringify(seen));
  });

  it("hands over when it is asked to leave, as for another version", async () => {
    const { seen, counts } = await count(4, 100, (client) => killOften(client, 5, { by: "SIGTERM" }));
    const twice = Object.values(counts).filter((times) => times !== 1).length;
    assert.deepEqual([seen.closed, seen.errors, seen.wrong, seen.answered, twice], [false, [], 0, seen.sent, 0], JSON.stringify(seen));
  });

  it("ends both sides of a connection whose connector is killed, and serves the next start", async () => {
    const client = app.start(["-c", CLIENT, NAME, "0", "0"], { input: "pipe" });
    await waitFor("the client", () => client.stdout().includes("ready"));
    const outside = async () => (await session().run(["gdbus", "call", "--session", ...LIST_NAMES])).stdout.match(/:[\d.]+/g)?.length ?? 0;
    const before = await outside();
    const connectors = connectorsOf("org.example.Caller");
    assert.equal(connectors.length, 1);
    process.kill(connectors[0] as number, "SIGKILL");
    const { closed } = JSON.parse((await client.ended).stdout.trimEnd().split("\n").at(-1) ?? "{}") as { closed: boolean };
    assert.ok(closed, "the app's side");
    await waitFor("the end of the bus' side", async () => (await outside()) < before);
    const { seen } = await count(1, 1, () => pause(100));
    assert.deepEqual([seen.closed, seen.errors], [false, []]);
  });
});
