// A child that the front clones before the plan is there: it becomes the sandbox of just that plan, or nothing at all.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type Front, isLocked, makeFront, PLANNED_SYSTEM } from "./executor.ts";

/** The app may begin a moment before pid 1 has executed init. */
const INIT_IS_THERE = "for i in $(seq 100); do grep -q init /proc/1/comm && break; sleep 0.1; done";
const SHOW = ["--", "sh", "-c", `${INIT_IS_THERE}; readlink /proc/self/ns/net /proc/self/ns/ipc; cat /proc/1/comm; exit 9`];
const OWN = { network: "own", ipc: "own" };

inEachSession("a child cloned ahead", (session) => {
  let made = 0;
  const front = (behaviour: Parameters<typeof makeFront>[2]): Front => makeFront(session(), `ahead-${++made}`, behaviour);
  /** Processes of this installation's program. */
  const alive = (of: Front): readonly string[] =>
    readdirSync("/proc").filter((pid) => {
      try {
        return /^[0-9]+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === of.tsbox;
      } catch {
        return false;
      }
    });

  it("becomes the sandbox of the plan that follows, with the namespaces, the lock and the status of any other", async () => {
    const instance = session().makeFolder(join(session().scratch, "instance"));
    const show = ["--", "sh", "-c", `${SHOW[3]?.replace("exit 9", "sleep 0.7; exit 9")}`];
    const of = front({ namespaces: OWN, pause: 0.1, plan: [...PLANNED_SYSTEM, "--instance-dir", instance, "--unshare-net", ...show] });
    const running = of.start(["run", "org.example.App"]);
    await waitFor("the sandbox", () => of.seen("sandbox")[0]);
    assert.ok(await isLocked(session(), join(instance, ".ref")));
    const result = await running.ended;
    const [network, ipc, init] = result.stdout.trim().split("\n");
    assert.equal(result.status, 9, result.stderr);
    assert.notEqual(network, readlinkSync("/proc/self/ns/net"));
    assert.notEqual(ipc, readlinkSync("/proc/self/ns/ipc"));
    assert.equal(init, "tsbox-init");
    const info = JSON.parse(readFileSync(join(instance, "bwrapinfo.json"), "utf8")) as Record<string, number>;
    assert.equal(network, `net:[${info["net-namespace"]}]`);
    await waitFor("the end of the lock, which init holds to its own end", async () => !(await isLocked(session(), join(instance, ".ref"))));
  });

  it("is dropped where the plan asks for other namespaces, and the plan gets its own", async () => {
    const of = front({ namespaces: OWN, pause: 0.1, plan: [...PLANNED_SYSTEM, "--share-net", "--share-ipc", ...SHOW] });
    const result = await of.run(["run", "org.example.App"]);
    assert.deepEqual([result.status, result.stdout], [9, `${readlinkSync("/proc/self/ns/net")}\n${readlinkSync("/proc/self/ns/ipc")}\ntsbox-init\n`]);
    assert.deepEqual(alive(of), []);
  });

  it("follows what was announced as shared", async () => {
    const of = front({ namespaces: { network: "shared", ipc: "shared" }, plan: [...PLANNED_SYSTEM, "--share-net", "--share-ipc", ...SHOW] });
    assert.equal((await of.run(["run", "org.example.App"])).stdout, `${readlinkSync("/proc/self/ns/net")}\n${readlinkSync("/proc/self/ns/ipc")}\ntsbox-init\n`);
  });

  it("leaves nothing behind where the broker refuses after all, dies, or the front is ended while it waits", async () => {
    const refused = front({ namespaces: OWN, pause: 0.1, output: "no\n", outputTo: 2, exit: 125 });
    const result = await refused.run(["run", "org.example.App"]);
    assert.deepEqual([result.status, result.stderr], [125, "no\n"]);
    assert.deepEqual(alive(refused), []);

    const died = front({ namespaces: OWN, pause: 0.1, dieAfterAck: true });
    assert.equal((await died.run(["run", "org.example.App"])).status, 125);
    assert.deepEqual(alive(died), []);

    const interrupted = front({ namespaces: OWN, pause: 2, exit: 1 });
    const running = interrupted.start(["run", "org.example.App"]);
    await waitFor("the announcement", () => interrupted.seen("announced")[0]);
    assert.ok(alive(interrupted).length >= 1);
    running.kill("SIGINT");
    assert.equal((await running.ended).signal, "SIGINT");
    await waitFor("the end of its child", () => (alive(interrupted).length === 0 ? true : undefined));
  });
});
