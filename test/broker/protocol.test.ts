import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeFields, FrontFrame } from "../../native/frames.ts";
import { addon, ask, connectFront, requestFields, startBroker, type TestBroker, until } from "../support/broker.ts";

describe("a running broker", () => {
  let broker: TestBroker;
  before(async () => {
    broker = await startBroker();
  });
  after(() => broker.stop());

  test("acknowledges a request before it does anything else", async () => {
    const front = await ask(broker, ["install"]);
    assert.deepEqual(
      front.frames.map((frame) => frame.type),
      [FrontFrame.ACK, FrontFrame.NOT_HERE],
    );
    await until(() => front.closed());
  });

  test("answers ps itself", async () => {
    const front = await ask(broker, ["ps"]);
    assert.deepEqual([front.frames[0]?.type, front.status(), front.output(1), front.output(2)], [FrontFrame.ACK, 0, "", ""]);
  });

  test("answers `run --help` on the caller's standard output and does not end by it", async () => {
    const front = await ask(broker, ["run", "--help"]);
    assert.equal(front.status(), 0);
    assert.match(front.output(1), /--dry-run/);
    assert.equal((await ask(broker, ["ps"])).status(), 0);
  });

  test("tells a bad option apart from an app's failure by the status 125", async () => {
    const front = await ask(broker, ["run", "--no-such-option", "x"]);
    assert.equal(front.status(), 125);
    assert.match(front.output(2), /^tsbox: unknown option `--no-such-option`\nhint: /);
  });

  test("refuses a request that it cannot read, and says so", async () => {
    const front = connectFront(broker.socket);
    front.stream.send(FrontFrame.REQUEST, encodeFields([["no-such-key", "1"]]));
    await until(() => front.status() !== undefined);
    assert.equal(front.status(), 125);
    assert.match(front.output(2), /could not be read/);
  });

  test("serves its own runtime directory only", async () => {
    const front = connectFront(broker.socket);
    front.stream.send(FrontFrame.REQUEST, encodeFields(requestFields({ runtimeDirectory: "/elsewhere", home: "/" }, ["ps"])));
    await until(() => front.status() !== undefined);
    assert.equal(front.status(), 125);
    assert.match(front.output(2), /`\/elsewhere`/);
  });

  test("drops a connection that does not begin with a request", async () => {
    const front = connectFront(broker.socket);
    front.stream.send(FrontFrame.EXITED, encodeFields([["status", "0"]]));
    await until(() => front.closed());
    assert.deepEqual(front.frames, []);
  });

  test("lets go of connections that are cut off in the middle of a request", async () => {
    for (let round = 0; round < 50; round++) {
      const fd = addon.connectUnix(broker.socket);
      addon.sendmsg(fd, Buffer.from([200, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3]), 0, 11, []);
      addon.close(fd);
    }
    assert.equal((await ask(broker, ["ps"])).status(), 0);
  });

  test("does not listen to a process of our uid in another user namespace", async () => {
    // Prints `closed` if the broker hangs up, `open` if it waits for a request.
    const script = `
      const addon = require(${JSON.stringify(resolve("build/tsbox.node"))});
      const fd = addon.connectUnix(${JSON.stringify(broker.socket)});
      addon.watch(fd, 1, () => { console.log("closed"); process.exit(0); });
      setTimeout(() => { console.log("open"); process.exit(0); }, 1000);`;
    const outside = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 20_000 });
    assert.equal(outside.stdout, "open\n", outside.stderr);
    for (const namespace of ["--user", "--user --mount", "--user --pid"]) {
      const inside = spawnSync("unshare", [...namespace.split(" "), ...(namespace.includes("pid") ? ["--fork"] : []), process.execPath, "-e", script], {
        encoding: "utf8",
        timeout: 20_000,
      });
      assert.equal(inside.stdout, "closed\n", `${namespace}: ${inside.stderr}`);
    }
  });
});

describe("a broker with nothing to do", () => {
  test("leaves after its time, with its socket", async () => {
    const broker = await startBroker({ idleSeconds: 0.3 });
    try {
      assert.equal((await ask(broker, ["ps"])).status(), 0);
      assert.equal(await broker.ended, 0);
      assert.ok(!existsSync(broker.socket));
    } finally {
      await broker.stop();
    }
  });

  test("stays while a front holds the start lock, since that front is about to connect", async () => {
    const broker = await startBroker({ idleSeconds: 0.2 });
    try {
      const lock = openSync(`${broker.socket}.lock`, "a+", 0o600);
      assert.ok(addon.flock(lock, true));
      await new Promise((done) => setTimeout(done, 800));
      assert.equal((await ask(broker, ["ps"])).status(), 0);
      closeSync(lock);
      assert.equal(await broker.ended, 0);
    } finally {
      await broker.stop();
    }
  });

  test("stays while a connection is open", async () => {
    const broker = await startBroker({ idleSeconds: 0.2 });
    try {
      const front = connectFront(broker.socket);
      await new Promise((done) => setTimeout(done, 800));
      assert.ok(!front.closed());
      front.stream.close();
      assert.equal(await broker.ended, 0);
    } finally {
      await broker.stop();
    }
  });

  test("leaves a socket alone that is no longer its own", async () => {
    const broker = await startBroker({ idleSeconds: 60 });
    try {
      renameSync(broker.socket, `${broker.socket}.old`);
      const other = addon.listenUnix(broker.socket, 1);
      assert.equal(await broker.ended, 0);
      assert.ok(existsSync(broker.socket));
      addon.close(other);
      rmSync(`${broker.socket}.old`);
    } finally {
      await broker.stop();
    }
  });

  test("leaves on SIGTERM at once", async () => {
    const broker = await startBroker();
    try {
      broker.process.kill("SIGTERM");
      assert.equal(await broker.ended, 0);
      assert.ok(!existsSync(broker.socket));
    } finally {
      await broker.stop();
    }
  });

  test("answers or never acknowledges whoever connects while it leaves: nobody is acknowledged and forgotten", async () => {
    for (let round = 0; round < 6; round++) {
      const broker = await startBroker({ idleSeconds: 0.05 });
      try {
        const fronts = [];
        let gone = false;
        void broker.ended.then(() => {
          gone = true;
        });
        while (!gone && fronts.length < 12) {
          try {
            const front = connectFront(broker.socket);
            front.stream.send(FrontFrame.REQUEST, encodeFields(requestFields(broker, ["ps"])));
            fronts.push(front);
            await until(() => front.closed());
          } catch {
            // Refused: the socket is gone, which a front answers by starting a new broker.
          }
          await new Promise((done) => setTimeout(done, 40 + round * 5));
        }
        broker.process.kill("SIGTERM");
        await broker.ended;
        for (const front of fronts) assert.equal(front.has(FrontFrame.ACK), front.status() === 0);
      } finally {
        await broker.stop();
      }
    }
  });
});
