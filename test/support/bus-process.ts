// The bus process of a session under apps that stay: who of them is on the bus, and whether they answer after each of its deaths.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { busCall } from "./bus.ts";
import { type Running, waitFor } from "./process.ts";
import { serverScript } from "./server-script.ts";
import { backgroundProcesses, type Session } from "./session.ts";

export function busProcesses(session: Session): number[] {
  return backgroundProcesses(session.runtimeDirectory)
    .filter(({ argv }) => argv.some((word) => word.endsWith("bus.cjs")))
    .map(({ pid }) => pid);
}

/** Every library answers a ping. */
export async function answersPing(session: Session, name: string): Promise<boolean> {
  return (await busCall(session, name, "/", "org.freedesktop.DBus.Peer.Ping")).status === 0;
}

/** Unique names of the connections that connectors hold. */
export async function namesOfApps(session: Session): Promise<Set<string>> {
  const ask = async (method: string, ...words: string[]): Promise<string> =>
    (await busCall(session, "org.freedesktop.DBus", "/", `org.freedesktop.DBus.${method}`, ...words)).stdout;
  const names = new Set<string>();
  for (const [name] of (await ask("ListNames")).matchAll(/:[\d.]+/g)) {
    const pid = /\d+,/.exec((await ask("GetConnectionUnixProcessID", name)).replace("uint32", ""))?.[0].slice(0, -1);
    if (pid !== undefined && readFileSync(`/proc/${pid}/comm`, "utf8") === "tsbox-connector\n") names.add(name);
  }
  return names;
}

/** Milliseconds until an answer: behind a kill, and before it. */
export interface Asked {
  readonly took: number;
  readonly undisturbed: number;
}

/** At random moments; after each one of the names is asked, which must answer within a second. */
export async function killOftenAndAsk(session: Session, names: ReadonlySet<string>, times: number): Promise<readonly Asked[]> {
  const all: Asked[] = [];
  for (let round = 0; round < times; round++) {
    const [pid] = await waitFor("the bus process", () => busProcesses(session).length > 0 && busProcesses(session));
    const name = [...names][round % names.size] as string;
    const timed = async (): Promise<number> => {
      const start = performance.now();
      assert.ok(await answersPing(session, name), `${name}, kill ${round}`);
      return performance.now() - start;
    };
    // Starting the program that asks takes its time on a busy machine, too.
    const undisturbed = await timed();
    await pause(300 * Math.random());
    process.kill(pid as number, "SIGKILL");
    const took = await timed();
    assert.ok(took < 1000 + 3 * undisturbed, `${name} took ${Math.round(took)} ms after kill ${round}, ${Math.round(undisturbed)} before`);
    all.push({ took, undisturbed });
  }
  return all;
}

/** What the counting client says at its end, and how often the counting service saw each of its calls. */
export interface Counted {
  readonly seen: {
    readonly sent: number;
    readonly answered: number;
    readonly wrong: number;
    readonly errors: readonly string[];
    readonly signals: { readonly distinct: number; readonly twice: number };
    readonly closed: boolean;
  };
  readonly counts: Readonly<Record<string, number>>;
}

/** A service outside and a client in a sandbox that calls it until `meanwhile` is over. `start` gets the client's words behind `python3`. */
export async function countCalls(
  session: Session,
  start: (words: readonly string[]) => Running,
  name: string,
  { outstanding, bytes }: { readonly outstanding: number; readonly bytes: number },
  meanwhile: (client: Running) => Promise<void>,
): Promise<Counted> {
  const service = session.start(["/usr/bin/python3", serverScript(session, "counting_service.py"), name], { input: "pipe", limit: 120_000 });
  await waitFor("the service", () => service.stdout().includes("ready"));
  const client = start(["-c", readFileSync("test/fixtures/servers/counting_client.py", "utf8"), name, String(outstanding), String(bytes)]);
  await waitFor("the client", () => client.stdout().includes("ready") || client.stderr().includes("Error"));
  try {
    await meanwhile(client);
    await pause(1000);
  } finally {
    // Whatever failed: the next test's service wants the same name.
    client.closeInput();
    await client.ended;
    service.closeInput();
    await service.ended;
  }
  const outcome = await client.ended;
  const seen = JSON.parse(outcome.stdout.trimEnd().split("\n").at(-1) ?? "null") as Counted["seen"] | null;
  assert.ok(seen !== null, `${outcome.status} ${outcome.signal} ${outcome.stderr}`);
  const { counts } = JSON.parse((await service.ended).stdout.split("\n")[1] ?? "{}") as Pick<Counted, "counts">;
  return { seen, counts };
}
