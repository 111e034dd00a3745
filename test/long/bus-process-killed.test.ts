// The bus process dies twenty times under five programs at once, one of them Firefox, and under one that counts its calls: none ends, none loses a call, none gets an answer twice.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { answersPing, type Asked, countCalls, killOftenAndAsk, namesOfApps } from "../support/bus-process.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { furnishDesktop } from "../support/desktop.ts";
import { openPrograms } from "../support/killed-programs.ts";
import { type Running, waitFor } from "../support/process.ts";
import { makeApp } from "../support/sandbox.ts";
import { writeReport } from "./report.ts";

const FIREFOX = "org.mozilla.firefox";
const COUNTED = "org.example.Counted";
const KILLS = 20;
const UNSAVED = "not saved yet";
const LIMIT = 280_000;
/** Milliseconds without a connection more or less. */
const SETTLED = 5000;

inOrdinarySession("kill -9 of the bus process", (session) => {
  it(`under gnome-calculator, evince, mousepad, kcalc and Firefox ends none in ${KILLS} kills; each answers within a second, and no call is lost or made twice`, {
    timeout: LIMIT,
  }, async () => {
    const desk = await furnishDesktop(session());
    const { running: opened, editor } = await openPrograms(session(), desk, LIMIT);
    const running = new Map<string, Running>(opened);
    const counting = await makeApp(session(), "org.example.Caller", `command=python3\n[Session Bus Policy]\n${COUNTED}=talk\n`);
    session().write(".config/user-dirs.dirs", 'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
    const page = session().write("Downloads/page.html", "<title>a page</title>");
    session().write(`.local/share/tsbox/manifests/${FIREFOX}.ini`, readFileSync(`manifests/${FIREFOX}.ini`));
    const options = ["--nosocket=wayland", "--nosocket=pulseaudio"];
    const before = await namesOfApps(session());
    const browser = session().start([counting.tsbox, "run", ...options, FIREFOX, `file://${page}`], { limit: LIMIT });
    running.set(FIREFOX, browser);
    // A browser that starts makes connections that it ends again.
    let names = before;
    let since = performance.now();
    await waitFor(
      "Firefox on the bus, and nobody coming or going",
      async () => {
        const found = await namesOfApps(session());
        if ([...found].join() !== [...names].join()) since = performance.now();
        names = found;
        return found.size > before.size && performance.now() - since > SETTLED;
      },
      120_000,
    );
    await editor.type(UNSAVED);
    assert.ok(names.size >= running.size, [...names].join(" "));
    let asked: readonly Asked[] = [];
    const start = (words: readonly string[]): Running => counting.start(words, { input: "pipe", limit: LIMIT });
    const { seen, counts } = await countCalls(session(), start, COUNTED, { outstanding: 4, bytes: 200 }, async () => {
      asked = await killOftenAndAsk(session(), names, KILLS);
    });
    for (const [id, child] of running) assert.equal(await Promise.race([child.ended, Promise.resolve(undefined)]), undefined, `${id}: ${child.stderr()}`);
    for (const name of names) assert.ok(await answersPing(session(), name), name);
    await editor.press("ctrl+s");
    await waitFor("the text in the file", () => session().read(desk.letter).includes(UNSAVED));
    const twice = Object.values(counts).filter((times) => times !== 1).length;
    assert.deepEqual([seen.closed, seen.errors, seen.wrong, seen.answered, twice], [false, [], 0, seen.sent, 0], JSON.stringify(seen));
    assert.equal(Object.keys(counts).length, seen.sent);
    assert.ok(seen.sent > 5 * KILLS, `${seen.sent} calls`);
    const times = (key: keyof Asked): string => {
      const all = asked.map((one) => Math.round(one[key])).sort((a, b) => a - b);
      return `${all[all.length >> 1]} ms in the median and ${all.at(-1)} ms at most`;
    };
    writeReport("bus-process-killed", [
      `${[...running.keys()].sort().join(", ")}: open at once, with ${names.size} connections to the session bus`,
      `${asked.length} kills at random moments: none ended, all answered, the unsaved text was saved afterwards`,
      `an answer behind a kill took ${times("took")}, with the start of the program that asks; without a kill that took ${times("undisturbed")}`,
      `${seen.sent} calls of another program meanwhile: ${seen.answered} answered, ${Object.keys(counts).length} arrived, ${twice} more than once`,
    ]);
    browser.kill("SIGTERM");
    await browser.ended;
  });
});
