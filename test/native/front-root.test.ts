// What the front refuses to root in the home of somebody else.
import assert from "node:assert/strict";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { type Front, makeFront } from "./executor.ts";

inEachSession("the front", (session) => {
  let made = 0;
  const front = (behaviour: Parameters<typeof makeFront>[2]): Front => makeFront(session(), `front-root-${++made}`, behaviour);

  it("changes nothing as root in another user's home, whose links lead where that user likes, but what is for all users", async () => {
    if (session().account.uid !== 0) return; // as anybody else a foreign home is merely of no use
    const home = mkdtempSync("/var/tmp/tsbox-test-");
    chownSync(home, 65534, 65534);
    const run = (words: readonly string[], environment: Readonly<Record<string, string>>): ReturnType<ReturnType<typeof front>["run"]> =>
      front({ exit: 0 }).run(words, { environment });
    for (const words of [
      ["override", "--share=network", "org.example.App"],
      ["export", "--all"],
      ["install", "/no/such.ini"],
      ["data", "reset", "org.example.App"],
    ])
      for (const environment of [{ HOME: home }, { XDG_STATE_HOME: `${home}/state` }]) {
        const refused = await run(words, environment);
        assert.deepEqual([refused.status, refused.stdout], [125, ""]);
        assert.match(refused.stderr, /^tsbox: changing what a user keeps: `.*` belongs to another user\nhint: run it as that user/);
      }
    const started = await run(["run", "x"], { XDG_DATA_HOME: `${home}/not/there/yet` });
    assert.equal(started.status, 125);
    assert.match(started.stderr, /starting an app: `.*\/not\/there\/yet` belongs to another user/);
    assert.deepEqual(readdirSync(home), []);
    for (const words of [
      ["install", "--system", "/no/such.ini"],
      ["permissions", "org.example.None"],
    ])
      assert.doesNotMatch((await run(words, { HOME: home })).stderr, /belongs to another user/, words.join(" "));
    rmSync(home, { recursive: true });
  });
});
