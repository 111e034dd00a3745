// The app starts when the broker says GO, and not before: until then everything ends the start.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type Front, isLocked, makeFront, PLANNED_SYSTEM } from "./executor.ts";

inEachSession("a sandbox that stands", (session) => {
  let made = 0;
  const prepare = (behaviour: Parameters<typeof makeFront>[2]) => {
    const shared = session().makeFolder(join(session().scratch, `go-${++made}`));
    const instance = session().makeFolder(join(session().scratch, `go-${made}-instance`));
    const marker = join(shared, "marker");
    const app = ["--bind", shared, "/shared", "--instance-dir", instance, "--unshare-net", "--", "sh", "-c", "echo > /shared/marker; exit 9"];
    // In a child of its own, and in one that was cloned ahead.
    const namespaces = made % 2 === 0 ? { namespaces: { network: "own", ipc: "own" } } : {};
    const front: Front = makeFront(session(), `go-${made}-front`, { plan: [...PLANNED_SYSTEM, ...app], ...namespaces, ...behaviour });
    return { front, marker, instance, reference: join(instance, ".ref") };
  };

  it("starts its app when GO comes, however late", async () => {
    const { front, marker, instance } = prepare({ go: "late" });
    const running = front.start(["run", "org.example.App"]);
    await waitFor("the sandbox", () => existsSync(join(instance, "bwrapinfo.json")));
    const before = existsSync(marker) && front.seen("go").length === 0;
    const result = await running.ended;
    assert.deepEqual([before, result.status, result.stderr, existsSync(marker)], [false, 9, "now\n", true]);
  });

  it("ends without its app where the broker says no, says anything else, or is gone", async () => {
    for (const [go, status, said] of [
      ["exit", 17, /^$/],
      ["nonsense", 125, /^tsbox: reading the broker's answer: Protocol error\n/],
      ["end", 125, /^tsbox: asking the broker: it went away before it had answered\n/],
    ] as const) {
      const { front, marker, reference } = prepare({ go });
      const result = await front.run(["run", "org.example.App"]);
      assert.equal(result.status, status, `${go}: ${result.stderr}`);
      assert.match(result.stderr, said);
      assert.equal(existsSync(marker), false, go);
      assert.equal(await isLocked(session(), reference), false, go);
    }
  });

  it("ends without its app by a signal to who waits for it", async () => {
    for (let time = 0; time < 2; time++) {
      const { front, marker, instance, reference } = prepare({ go: "never" });
      const running = front.start(["run", "org.example.App"]);
      // From then on signals are kept for the app.
      await waitFor("the sandbox", () => existsSync(join(instance, "bwrapinfo.json")));
      assert.ok(await isLocked(session(), reference));
      running.kill("SIGTERM");
      assert.equal((await running.ended).status ?? "a signal", 143);
      assert.equal(existsSync(marker), false);
      assert.equal(await isLocked(session(), reference), false);
    }
  });

  it("ends without its app by a signal while nobody reads what the broker says meanwhile", async () => {
    const { front, marker, reference } = prepare({ go: "words" });
    const pipe = join(session().scratch, "unread");
    // It has the pipe open for reading too, and reads nothing.
    const script = `mkfifo ${pipe}; exec 2<>${pipe}; exec ${front.tsbox} run org.example.App`;
    const running = session().start(["sh", "-c", script], { environment: { XDG_RUNTIME_DIR: join(front.build, "../run") } });
    await waitFor("the words", () => front.seen("said").length > 0);
    running.kill("SIGTERM");
    assert.equal((await running.ended).status ?? "a signal", 143);
    assert.equal(existsSync(marker), false);
    assert.equal(await isLocked(session(), reference), false);
  });

  it("has its buses' sockets handed over while it is built, and what fails after that is told", async () => {
    const { front } = prepare({ nobodyComes: true, plan: [...PLANNED_SYSTEM, "--listen", "session", "/run/bus", "--dir", "/usr/bin/new", "--", "true"] });
    const result = await front.run(["run", "org.example.App"]);
    assert.equal(result.status, 125, result.stderr);
    const failed = await waitFor("the failure", () => front.seen("failed")[0]);
    const value = (fields: readonly (readonly [string, string])[] | undefined, name: string): string | undefined => fields?.find(([key]) => key === name)?.[1];
    assert.equal(value(failed.fields, "stage"), "directory");
    assert.deepEqual(
      front.seen("sandbox").map(({ fields }) => value(fields, "listen")),
      ["session"],
    );
  });

  it("that did not come about keeps nobody waiting for words that do not come", async () => {
    const { front } = prepare({ speechless: true, plan: [...PLANNED_SYSTEM, "--ro-bind", "/nowhere", "/nowhere", "--", "true"] });
    const running = front.start(["run", "org.example.App"]);
    await waitFor("the failure", () => front.seen("failed")[0]);
    running.kill("SIGTERM");
    assert.equal((await running.ended).signal, "SIGTERM");
  });
});
