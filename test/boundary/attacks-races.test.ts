// Starts while somebody exchanges what they are about to open: an app that still runs, or another app with the same grant. Whatever a start sees, it
// must take it once, and never anything outside. `npm run test:long` plays many more rounds (TSBOX_RACES).
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { after, it, type TestContext } from "node:test";
import { writeReport } from "../long/report.ts";
import { inEachSession, inOrdinarySession } from "../support/cases.ts";
import { EXCHANGER } from "../support/exchanger.ts";
import { isAlive, type Outcome, waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";

const ROUNDS = Number(process.env["TSBOX_RACES"] ?? 10);
const LIMIT = 120_000 + ROUNDS * 2_000;

inEachSession("a start of the same app", (session) => {
  it("takes no folder of the app's own that is a link, a file or a pipe, nor one above it (GHSA-8688-9x26-hhxj, CVE-2024-42472)", async () => {
    const s = session();
    s.write(`${s.scratch}/canary/file`, "canary");
    const app = await makeApp(s, "org.example.Hostile", "command=sh\n[Context]\npersistent=.kept/deep;\n");
    assert.equal((await app.run(["-c", "true"])).status, 0);
    const look =
      'cat "$XDG_DATA_HOME/file" "$XDG_CONFIG_HOME/file" "$XDG_CACHE_HOME/file" ~/.kept/deep/file ~/.local/state/file /var/tmp/file; for d in "$XDG_DATA_HOME" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME" ~/.kept/deep ~/.local/state; do echo x > $d/planted; done; true';
    for (const folder of ["cache", "config", "data", ".local/state", ".local", "cache/tmp", ".kept/deep", ".kept", "."]) {
      const place = folder === "." ? app.data : `${app.data}/${folder}`;
      for (const plant of [
        ["ln", "-s", `${s.scratch}/canary`, place],
        ["ln", "-s", "../../../..", place],
        ["ln", "-s", `/proc/self/root${s.scratch}/canary`, place],
        ["ln", "-s", "nowhere", place],
        ["touch", place],
        ["mkfifo", place],
      ] as const) {
        const there = existsSync(place);
        if (there) renameSync(place, `${place}.kept`);
        await s.run([...plant]);
        const outcome = await app.run(["-c", look], { limit: 10_000 });
        assert.doesNotMatch(outcome.stdout, /canary/, `${plant.join(" ")}`);
        assert.notEqual(outcome.status, null, `${plant.join(" ")}: it hangs`);
        assert.deepEqual(readdirSync(`${s.scratch}/canary`), ["file"], plant.join(" "));
        assert.ok(!existsSync(s.path("planted")) && !existsSync(`${app.data}/nowhere`), plant.join(" "));
        rmSync(place, { recursive: true, force: true });
        if (there) renameSync(`${place}.kept`, place);
      }
    }
  });
});

inOrdinarySession("a program changes its places:", (session) => {
  const report: string[] = [];
  after(() => writeReport("races", [`${ROUNDS} starts each`, ...report]));
  /** Starts while `a` and `b` change places. Each works or is refused; how often which is told. */
  const race = async (context: TestContext, a: string, b: string, start: () => Promise<Outcome>): Promise<void> => {
    const s = session();
    const exchanger = s.start(["/usr/bin/python3", "-c", EXCHANGER, a, b], { limit: LIMIT });
    await waitFor("the exchange", () => exchanger.stdout().includes("on"));
    const counts = { worked: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const { status, stderr } = await start();
      assert.ok(status === 0 || status === 125, `each start works or is refused: ${status}: ${stderr}`);
      counts[status === 0 ? "worked" : "refused"]++;
    }
    assert.ok(isAlive(exchanger.pid), "the places changed until the end");
    exchanger.kill("SIGKILL");
    await exchanger.ended;
    const line = `${context.name}: ${counts.worked} worked, ${counts.refused} refused`;
    context.diagnostic(line);
    report.push(line);
  };

  it("a persistent folder never leads outside (CVE-2024-42472)", { timeout: LIMIT }, async (context) => {
    const s = session();
    s.write("canary/file", "canary");
    const app = await makeApp(s, "org.example.Raced", "command=sh\n[Context]\npersistent=.kept;\n");
    assert.equal((await app.run(["-c", "true"])).status, 0);
    s.link(s.path("canary"), `${app.data}/.other`);
    await race(context, `${app.data}/.kept`, `${app.data}/.other`, async () => {
      const outcome = await app.run(["-c", "cat ~/.kept/file; echo x > ~/.kept/planted; true"]);
      assert.doesNotMatch(outcome.stdout, /canary/);
      return outcome;
    });
    assert.deepEqual(readdirSync(s.path("canary")), ["file"]);
  });

  it("a folder that two apps share never leads a mount outside it (CVE-2021-30465, CVE-2019-19921, CVE-2024-45310)", { timeout: LIMIT }, async (context) => {
    const s = session();
    s.write("canary/file", "canary");
    s.write("shared/inner/deep/one", "x");
    s.link(s.path("canary"), "shared/other");
    mkdirSync(s.path("canary/deep"));
    const app = await makeApp(s, "org.example.Shared", "command=sh\n[Context]\nfilesystems=~/shared;~/shared/inner/deep:ro;!~/shared/inner/hidden;\n");
    await race(context, s.path("shared/inner"), s.path("shared/other"), async () => {
      const outcome = await app.run(["-c", `cat ~/shared/inner/file ~/shared/other/file; echo x > ~/shared/inner/deep/planted; true`]);
      assert.doesNotMatch(outcome.stdout, /canary/);
      return outcome;
    });
    const left = await s.run(["find", s.path("canary"), "-mindepth", "1", "-printf", "%P\n"]);
    assert.deepEqual(left.stdout.trim().split("\n").sort(), ["deep", "file"], "nothing was made outside the shared folder");
  });

  it("its grant is the folder that was compared, or the start is refused (CVE-2026-34078)", { timeout: LIMIT }, async (context) => {
    const s = session();
    s.write("one/file", "one");
    s.write("two/file", "two");
    const app = await makeApp(s, "org.example.Compared", "command=sh\n[Context]\nfilesystems=~/one;\n");
    await race(context, s.path("one"), s.path("two"), async () => {
      const outcome = await app.run(["-c", "cat ~/one/file ~/one/file; ls ~"]);
      assert.ok(outcome.status === 125 || /^(oneone|twotwo)/.test(outcome.stdout), `${outcome.status}: ${outcome.stdout}${outcome.stderr}`);
      return outcome;
    });
    writeFileSync(s.path("one/after"), "");
  });
});
