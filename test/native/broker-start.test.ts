// The start protocol between fronts and a broker: one start for all, told once, asked again only before an answer.
import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { isAlive, waitFor } from "../support/process.ts";
import { type Front, makeFront } from "./executor.ts";

inEachSession("the front and its broker", (session) => {
  let made = 0;
  const front = (behaviour: Parameters<typeof makeFront>[2]): Front => makeFront(session(), `start-${++made}`, behaviour);
  const runtime = (of: Front): string => join(of.build, "../run");

  it("asks again where the broker left before it answered, and never after", async () => {
    const again = front({ dropRequests: 2, exit: 4 });
    assert.equal((await again.run(["run", "x"])).status, 4);
    assert.equal(again.seen("request").length, 3);
    const never = front({ dropRequests: 3, exit: 4 });
    const lost = await never.run(["run", "x"]);
    assert.equal(lost.status, 125);
    assert.match(
      lost.stderr,
      /^tsbox: asking the broker: it went away three times before it took the request\nhint: try again; its output is in `.*broker.log`\n$/,
    );
    const after = front({ dieAfterAck: true });
    assert.equal((await after.run(["run", "x"])).status, 125);
    assert.equal(after.seen("request").length, 1);
  });

  it("starts one broker for ten that come at once", async () => {
    const of = front({ exit: 6 });
    const results = await Promise.all(Array.from({ length: 10 }, () => of.run(["run", "x"])));
    assert.deepEqual(
      results.map((result) => result.status),
      Array.from({ length: 10 }, () => 6),
    );
    assert.equal(of.seen("start").length, 1);
    assert.deepEqual(readdirSync(join(runtime(of), "tsbox")).sort(), ["broker-1", "broker-1.lock", "broker.log"]);
  });

  it("tells all who waited why a start failed, and tries once", async () => {
    const of = front({ failStart: "Error: something is missing" });
    const results = await Promise.all(Array.from({ length: 5 }, () => of.run(["run", "x"])));
    for (const result of results) {
      assert.equal(result.status, 125);
      assert.match(result.stderr, /^tsbox: starting the broker: Error: something is missing\nhint: its output is in `.*`\n$/);
    }
    // Who comes too late to have waited may try again.
    assert.ok(of.seen("start").length <= 2, `${of.seen("start").length} starts`);
    assert.ok(!existsSync(join(runtime(of), "tsbox/broker-1")));
  });

  it("takes the place of a broker that was killed", async () => {
    const of = front({ exit: 6 });
    await of.run(["run", "x"]);
    process.kill(of.seen("start")[0]?.pid ?? 0, "SIGKILL");
    await waitFor("its end", () => !isAlive(of.seen("start")[0]?.pid ?? 0));
    assert.equal((await of.run(["run", "x"])).status, 6);
    assert.equal(of.seen("start").length, 2);
  });

  it("says which node is gone", async () => {
    const of = front({ exit: 0 });
    writeFileSync(join(of.build, "node"), "/no/such/node\n");
    const result = await of.run(["run", "x"]);
    assert.deepEqual(
      [result.status, result.stderr],
      [
        125,
        "tsbox: starting `/no/such/node`, the node that tsbox was built with: No such file or directory\nhint: run `npm rebuild tsbox` (with -g for a global installation)\n",
      ],
    );
    assert.deepEqual(readdirSync(join(runtime(of), "tsbox")), ["broker-1.lock"]);
  });
});
