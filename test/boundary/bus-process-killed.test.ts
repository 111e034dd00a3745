// The bus process dies by kill -9, again and again, while programs call through it: none ends, none loses a call, and no message comes twice.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, makeApp } from "../support/sandbox.ts";
import { serverScript } from "../support/server-script.ts";
import { backgroundProcesses, type Session } from "../support/session.ts";

const KILLS = 20;
const NAME = "org.example.Counted";
const POLICY = `command=python3\n[Session Bus Policy]\n${NAME}=talk\n`;
const CLIENT = readFileSync("test/fixtures/servers/counting_client.py", "utf8");

interface Seen {
  readonly sent: number;
  readonly answered: number;
  readonly wrong: number;
  readonly errors: readonly string[];
  /** Seconds between two answers. */
  readonly longest: number;
  readonly signals: { readonly distinct: number; readonly twice: number };
  readonly closed: boolean;
}

function processesOf(session: Session, bundle: string): number[] {
  return backgroundProcesses(session.runtimeDirectory)
    .filter(({ argv }) => argv.some((word) => word.endsWith(bundle)))
    .map(({ pid }) => pid);
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

inOrdinarySession("kill -9 of the bus process", (session) => {
  let app: App;
  before(async () => {
    await startBus(session());
    app = await makeApp(session(), "org.example.Caller", POLICY);
  });
  /** Kills it at random moments, each after the next one serves. `alsoBroker`: how often the broker goes with it. */
  const killOften = async (times: number, alsoBroker = false): Promise<void> => {
    for (let round = 0; round < times; round++) {
      const [pid] = await waitFor("the bus process", () => {
        const found = processesOf(session(), "bus.cjs");
        return found.length > 0 && found;
      });
      await pause(200 + Math.random() * 400);
      if (alsoBroker) for (const broker of processesOf(session(), "broker.cjs")) process.kill(broker, "SIGKILL");
      process.kill(pid as number, "SIGKILL");
      await waitFor("its end", () => !processesOf(session(), "bus.cjs").includes(pid as number));
    }
  };
  const count = async (outstanding: number, bytes: number, kill: () => Promise<void>) => {
    const service = session().start(["/usr/bin/python3", serverScript(session(), "counting_service.py"), NAME], { input: "pipe", limit: 120_000 });
    await waitFor("the service", () => service.stdout().includes("ready"));
    const client = app.start(["-c", CLIENT, NAME, String(outstanding), String(bytes)], { input: "pipe", limit: 120_000 });
    await waitFor("the client", () => client.stdout().includes("ready") || client.stderr().includes("Error"));
    await kill();
    await pause(1000);
    client.closeInput();
    const outcome = await client.ended;
    service.closeInput();
    const served = await service.ended;
    const seen = JSON.parse(outcome.stdout.split("\n")[1] ?? "null") as Seen | null;
    assert.ok(seen !== null, `${outcome.status} ${outcome.signal} ${outcome.stderr}`);
    const { counts } = JSON.parse(served.stdout.split("\n")[1] ?? "{}") as { counts: Record<string, number> };
    return { seen, counts };
  };

  for (const [outstanding, bytes] of [
    [1, 10],
    [16, 200],
    [8, 9000],
  ] as const) {
    it(`loses no call and delivers none twice: ${outstanding} at a time, ${bytes} bytes each, killed ${KILLS} times`, async () => {
      const { seen, counts } = await count(outstanding, bytes, () => killOften(KILLS));
      const twice = Object.values(counts).filter((times) => times !== 1).length;
      assert.deepEqual([seen.closed, seen.errors, seen.wrong, seen.answered, twice], [false, [], 0, seen.sent, 0], JSON.stringify(seen));
      assert.deepEqual(seen.signals, { distinct: seen.sent, twice: 0 });
      assert.equal(Object.keys(counts).length, seen.sent);
      assert.ok(seen.longest < 1, `${seen.longest} s without an answer`);
      assert.ok(seen.sent > 1000, `${seen.sent} calls`);
    });
  }

  it("goes on where the broker is killed with it: the front asks the next one", async () => {
    const { seen, counts } = await count(4, 100, () => killOften(5, true));
    const twice = Object.values(counts).filter((times) => times !== 1).length;
    assert.deepEqual([seen.closed, seen.errors, seen.wrong, seen.answered, twice], [false, [], 0, seen.sent, 0], JSON.stringify(seen));
  });
});
