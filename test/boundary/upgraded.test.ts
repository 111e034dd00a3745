// Another build of tsbox is installed over the one that runs: its bus process goes on with the connections of running programs.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { it } from "node:test";
import { startBus } from "../support/bus.ts";
import { busProcesses, countCalls } from "../support/bus-process.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { copyBuild } from "../support/sandbox.ts";

const ID = "org.example.Upgraded";
const NAME = "org.example.Counted";
const MARK = "the second build";

inOrdinarySession("an upgrade under a running program", (session) => {
  it("loses no call and delivers none twice, and the new build's bus process serves it", async () => {
    await startBus(session());
    const place = mkdtempSync("/var/tmp/tsbox-upgrade-");
    chmodSync(place, 0o755);
    session().onClose(() => rmSync(place, { recursive: true, force: true }));
    const tsbox = copyBuild(join(place, "build"));
    session().write(`.local/share/tsbox/manifests/${ID}.ini`, `[Application]\nname=${ID}\ncommand=python3\n[Session Bus Policy]\n${NAME}=talk\n`);
    const log = join(session().runtimeDirectory, "tsbox/bus.log");
    const run = (words: readonly string[]) => session().start([tsbox, "run", ID, ...words], { input: "pipe", limit: 120_000 });
    const { seen, counts } = await countCalls(session(), run, NAME, { outstanding: 4, bytes: 100 }, async (client) => {
      const answered = (): number => Number(client.stdout().trimEnd().split("\n").at(-1));
      const [old] = await waitFor("the bus process", () => busProcesses(session()).length > 0 && busProcesses(session()));
      assert.ok(!readFileSync(log, "utf8").includes(MARK));
      const code = join(dirname(tsbox), "bus-code.cjs");
      writeFileSync(`${code}.new`, `process.stderr.write("${MARK}\\n");${readFileSync(code, "utf8")}`, { mode: 0o644 });
      renameSync(`${code}.new`, code);
      process.kill(old as number, "SIGTERM");
      await waitFor("the new build's bus process", () => readFileSync(log, "utf8").includes(MARK) && !busProcesses(session()).includes(old as number));
      const then = answered();
      await waitFor("calls through it", () => answered() > then + 20);
    });
    const twice = Object.values(counts).filter((times) => times !== 1).length;
    assert.deepEqual([seen.closed, seen.errors, seen.wrong, seen.answered, twice], [false, [], 0, seen.sent, 0], JSON.stringify(seen));
    assert.equal(Object.keys(counts).length, seen.sent);
  });
});
