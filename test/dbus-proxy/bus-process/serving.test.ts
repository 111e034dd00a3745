// The bus process as the broker meets it: started once, fed with instances, asked for its state, left alone. The connector is played by the test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { BusStartError, connectBus } from "../../../dbus-proxy/launch.ts";
import { isAlive, waitFor } from "../../support/process.ts";
import { errorOf, Peer } from "../live/peer.ts";
import { addon, type Broker, type BusRig, policy, startBusRig, TARGET } from "./bus-rig.ts";

describe("the bus process", () => {
  let bus: BusRig;
  let runtime: string;
  let pids: Set<number>;
  const broker = (): Promise<Broker> => bus.broker();
  const instance: BusRig["instance"] = (...words) => bus.instance(...words);
  before(async () => {
    bus = await startBusRig();
    ({ runtime, pids } = bus);
  });
  after(() => bus.close());

  it("is started once by any number that want it at the same time", async () => {
    const three = await Promise.all([broker(), broker(), broker()]);
    assert.equal(pids.size, 1);
    for (const one of three) one.stream.close();
    await waitFor("the process to leave", () => ![...pids].some(isAlive));
    assert.ok(!readdirSync(join(runtime, "tsbox")).includes("bus-1"));
    pids.clear();
  });

  it("serves an instance through its connector, reports refusals with counts, and forgets connections", async () => {
    const one = await broker();
    const forgotten: string[] = [];
    const { path } = instance(one, "1", forgotten);
    const app = await Peer.open(path);
    assert.deepEqual((await app.call({ ...TARGET, signature: "s" }, ["hello"])).values, ["hello"]);
    for (let round = 0; round < 3; round++) assert.equal(errorOf(await app.call({ ...TARGET, destination: "org.test.Hidden" })), "ServiceUnknown");
    // A batch may end between two of them: their counts add up.
    const verdicts = (verdict: string, count: number) => {
      const all = one.reports.flatMap((each) => (each.type === "verdict" && each.verdict === verdict && each.message.includes("org.test") ? [each] : []));
      return all.reduce((sum, each) => sum + each.count, 0) === count && { ...all[0], count };
    };
    assert.deepEqual(await waitFor("the report", () => verdicts("hide", 3)), {
      type: "verdict",
      instance: "1",
      appId: "org.test.App",
      bus: "session",
      verdict: "hide",
      because: "`org.test.Hidden` does not exist in this sandbox; `org.test.Hidden=talk` would allow it",
      message: "org.test.Hidden org.test.I.M at /test",
      count: 3,
    });
    assert.deepEqual(await waitFor("what was allowed", () => verdicts("allow", 1)), {
      type: "verdict",
      instance: "1",
      appId: "org.test.App",
      bus: "session",
      verdict: "allow",
      because: "test",
      message: "org.test.Talk org.test.I.M at /test",
      count: 1,
    });
    one.ask({ type: "status" });
    assert.deepEqual(await waitFor("the status", () => one.reports.find((each) => each.type === "status")), {
      type: "status",
      instances: [{ instance: "1", connections: 1, calls: 0 }],
    });
    app.close();
    await waitFor("FORGET", () => forgotten.length === 1);
    one.ask({ type: "close", instance: "1" });
    await waitFor("gone", () => one.reports.some((each) => each.type === "gone"));
    one.stream.close();
  });

  it("replaces the policy of a running instance from one message to the next", async () => {
    const one = await broker();
    const { path } = instance(one, "2");
    const app = await Peer.open(path);
    assert.equal((await app.call(TARGET)).header.type, 2);
    one.ask({ type: "policy", instance: "2", bus: "session", policy: policy("see") });
    await waitFor("the new policy", async () => errorOf(await app.call(TARGET)) === "AccessDenied");
    one.ask({ type: "policy", instance: "2", bus: "session", policy: policy("talk") });
    await waitFor("the old policy", async () => (await app.call(TARGET)).header.type === 2);
    app.close();
    one.ask({ type: "close", instance: "2" });
    one.stream.close();
  });

  it("goes on without a broker, takes the next one, and ends an instance whose connector dies", async () => {
    const first = await broker();
    const { path, connector } = instance(first, "3");
    const app = await Peer.open(path);
    first.stream.close();
    await new Promise((done) => setTimeout(done, 100));
    assert.equal((await app.call(TARGET)).header.type, 2);
    const second = await broker();
    second.ask({ type: "status" });
    await waitFor("the status", () => second.reports.some((each) => each.type === "status" && each.instances.length === 1));
    connector.close();
    await waitFor("the end of the connection", () => app.closed);
    await waitFor("gone", () => second.reports.some((each) => each.type === "gone" && each.instance === "3"));
    second.stream.close();
    await waitFor("the process to leave", () => ![...pids].some(isAlive));
    pids.clear();
  });

  it("leaves at once where the last broker went before the last instance", async () => {
    const one = await broker();
    const { path, connector } = instance(one, "3");
    const app = await Peer.open(path);
    one.stream.close();
    await new Promise((done) => setTimeout(done, 100));
    assert.ok([...pids].every(isAlive), "it has an instance");
    connector.close();
    await waitFor("the end of the connection", () => app.closed);
    await waitFor("the process to leave", () => ![...pids].some(isAlive));
    pids.clear();
  });

  it("leaves the name of its socket to another process that has it by now", async () => {
    const one = await broker();
    const socket = join(runtime, "tsbox/bus-1");
    rmSync(socket);
    const others = addon.listenUnix(socket, 1);
    one.stream.close();
    await waitFor("the process to leave", () => ![...pids].some(isAlive));
    pids.clear();
    assert.deepEqual(readdirSync(join(runtime, "tsbox")).sort(), ["bus-1", "bus-1.lock", "bus.log"]);
    addon.close(others);
    rmSync(socket);
  });

  it("never takes one instance's descriptors for another's", async () => {
    const one = await broker();
    instance(one, "4");
    instance(one, "4");
    await waitFor("the refusal of the second", () => one.reports.some((each) => each.type === "gone" && each.instance === "4"));
    one.ask({ type: "instance", instance: "5", appId: "a", buses: [{ name: "session", policy: policy("see") }] }, [addon.memfd("one", Buffer.from("x"))]);
    await waitFor("the refusal of too few", () => one.reports.some((each) => each.type === "gone" && each.instance === "5"));
    const file = (): number => addon.memfd("no socket", Buffer.from("x"));
    one.ask({ type: "instance", instance: "6", appId: "a", buses: [{ name: "session", policy: policy("see") }] }, [file(), file()]);
    const [ours, theirs] = addon.socketpair();
    one.ask({ type: "instance", instance: "7", appId: "a", buses: [{ name: "session", policy: policy("see") }] }, [file(), theirs]);
    await waitFor("the refusal of what is no socket", () => one.reports.some((each) => each.type === "gone" && each.instance === "7"));
    assert.equal(addon.recvmsg(ours, new Uint8Array(1), 0, 1, []), 0);
    addon.close(ours);
    one.ask({ type: "close", instance: "4" });
    one.stream.close();
  });

  it("tells why it cannot start", async () => {
    const empty = mkdtempSync(join(tmpdir(), "tsbox-run-"));
    mkdirSync(join(empty, "tsbox"), { mode: 0o700 });
    await assert.rejects(
      connectBus({ addon, runtimeDirectory: empty, build: join(empty, "nothing") }),
      (error) => error instanceof BusStartError && error.code === "start",
    );
    assert.deepEqual(readdirSync(join(empty, "tsbox")).sort(), ["bus-1.lock", "bus.log"]);
    rmSync(empty, { recursive: true });
  });

  it("is not taken for started where it ends without a word", async () => {
    for (const [program, words] of [
      ["process.exit(7)", /did not start \(it ended with 7\)/],
      ['process.kill(process.pid, "SIGKILL")', /did not start \(it ended with SIGKILL\)/],
    ] as const) {
      const folder = mkdtempSync(join(tmpdir(), "tsbox-run-"));
      mkdirSync(join(folder, "tsbox"), { mode: 0o700 });
      writeFileSync(join(folder, "bus.cjs"), program);
      await assert.rejects(
        connectBus({ addon, runtimeDirectory: folder, build: folder }),
        (error) => error instanceof BusStartError && words.test(error.message),
      );
      rmSync(folder, { recursive: true });
    }
  });

  it("is believed only where it listens in the broker's own namespaces", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsbox-run-"));
    mkdirSync(join(folder, "tsbox"), { mode: 0o700 });
    const script = `const m = { exports: {} }; process.dlopen(m, ${JSON.stringify(resolve("build/tsbox.node"))});
      m.exports.listenUnix(${JSON.stringify(join(folder, "tsbox/bus-1"))}, 4); console.log("listens"); setTimeout(() => {}, 20000);`;
    for (const around of [[], ["unshare", "--user", "--mount"]]) {
      const [program = process.execPath, ...words] = [...around, process.execPath, "-e", script];
      const other = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
      await new Promise((done) => other.stdout.once("data", done));
      const connecting = connectBus({ addon, runtimeDirectory: folder, build: join(folder, "nothing") });
      if (around.length === 0) addon.close(await connecting);
      else await assert.rejects(connecting, (error) => error instanceof BusStartError && /is not the bus process \(namespace\)/.test(error.message));
      other.kill("SIGKILL");
      rmSync(join(folder, "tsbox/bus-1"));
    }
    rmSync(folder, { recursive: true });
  });

  it("follows no link that was planted in the place of its files (CVE-2015-1331)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsbox-run-"));
    mkdirSync(join(folder, "tsbox"), { mode: 0o700 });
    writeFileSync(join(folder, "victim"), "kept");
    symlinkSync(join(folder, "victim"), join(folder, "tsbox", "bus-1.lock"));
    await assert.rejects(connectBus({ addon, runtimeDirectory: folder, build: resolve("build") }), { code: "ELOOP" });
    rmSync(folder, { recursive: true });
  });
});
