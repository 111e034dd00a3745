// The bus process dies twenty times while windows are open: no program ends, unsaved text stays, and each is still reached over the bus.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { answersPing, killOftenAndAsk, namesOfApps } from "../support/bus-process.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { type Desk, furnishDesktop } from "../support/desktop.ts";
import { openPrograms, type OpenPrograms } from "../support/killed-programs.ts";
import { waitFor } from "../support/process.ts";

const KILLS = 20;
const UNSAVED = "not saved yet";

inOrdinarySession("kill -9 of the bus process", (session) => {
  let programs: OpenPrograms;
  let names: ReadonlySet<string> = new Set();
  let desk: Desk;
  const answers = (name: string): Promise<boolean> => answersPing(session(), name);

  before(async () => {
    desk = await furnishDesktop(session());
    programs = await openPrograms(session(), desk, 150_000);
    names = await namesOfApps(session());
    await programs.editor.type(UNSAVED);
  });

  it(`ends no program in ${KILLS} kills; each answers within a second of every kill`, async () => {
    const { running } = programs;
    assert.ok(names.size >= running.size, [...names].join(" "));
    for (const name of names) assert.ok(await answers(name), name);
    await killOftenAndAsk(session(), names, KILLS);
    for (const [id, child] of running) assert.equal(await Promise.race([child.ended, Promise.resolve(undefined)]), undefined, `${id}: ${child.stderr()}`);
    for (const name of names) assert.ok(await answers(name), name);
  });

  it("leaves the unsaved text in its window, and windows that still obey", async () => {
    await programs.editor.press("ctrl+s");
    await waitFor("the text in the file", () => session().read(desk.letter).includes(UNSAVED));
  });
});
