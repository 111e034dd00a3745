// Every program of the catalogue under an X server, from its shipped manifest: opens its document, changes it, saves it, and the change is there outside. Then once more
// without each permission, and it is not. `TSBOX_CATALOGUE=ID,ID` plays these.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { it, before } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { inOrdinarySession } from "../../support/cases.ts";
import { furnishDesktop } from "../../support/desktop.ts";
import { waitFor } from "../../support/process.ts";
import { findTsbox } from "../../support/sandbox.ts";
import { waitForWindow } from "../../support/window.ts";
import type { Need, Program } from "./program.ts";
import { PROGRAMS } from "./programs.ts";

const TEST_LIMIT = 600_000;
const WINDOW_LIMIT = 90_000;
const CHANGE_LIMIT = 30_000;
/** Without a permission it fails; for that is waited at least so long, and twice as long as it took with the permission. */
const NOT_LIMIT = 6_000;
const REPORT = "build/catalogue.json";
/** What the screen showed when a program failed. */
const SCREEN = "build/catalogue-screen";

/** Ids to play, with commas; else all. */
const wanted = process.env["TSBOX_CATALOGUE"]?.split(",");

interface Took {
  readonly window: number;
  readonly change: number;
}

inOrdinarySession("the catalogue", (session) => {
  let tsbox: string;
  const report: Record<string, { readonly changed: boolean; readonly neededFor: readonly string[] }> = {};

  before(async () => {
    await furnishDesktop(session());
    const folders = Object.entries({ DOCUMENTS: "Documents", PICTURES: "Pictures", DOWNLOAD: "Downloads", MUSIC: "Music", VIDEOS: "Videos" });
    session().write(".config/user-dirs.dirs", folders.map(([name, folder]) => `XDG_${name}_DIR="$HOME/${folder}"\n`).join(""));
    for (const [, folder] of folders) session().makeFolder(folder);
    tsbox = await findTsbox(session());
  });

  /** The whole way, and how long each part of it took. */
  const play = async (program: Program, options: readonly string[], limits: Took, at = program.document?.path): Promise<Took> => {
    const { document, makes } = program;
    const path = document === undefined ? session().path(makes ?? "") : session().write(at ?? document.path, document.content);
    if (makes !== undefined) rmSync(path, { force: true });
    const words = [...options, program.id, ...(program.arguments ?? []), ...(document === undefined ? [] : [path])];
    const run = session().start([tsbox, "run", ...words], { limit: 240_000 });
    try {
      const started = Date.now();
      const window = await waitForWindow(session(), program.title, run, limits.window);
      await wait(program.patience ?? 700);
      const shown = Date.now();
      await program.act(window, session());
      await waitFor(`the change of ${program.id}`, () => program.isDone(session(), path, window), limits.change);
      return { window: shown - started, change: Date.now() - shown };
    } catch (error) {
      if (options.length === 0) await session().run(["import", "-silent", "-window", "root", session().path("screen.png")]);
      if (options.length === 0) cpSync(session().path("screen.png"), `${SCREEN}-${program.id}.png`);
      throw error;
    } finally {
      run.kill("SIGTERM");
      const killer = setTimeout(() => run.kill("SIGKILL"), 10_000);
      await run.ended;
      clearTimeout(killer);
    }
  };
  const playWithout = (program: Program, { without, at }: Need, took: Took): Promise<boolean> =>
    play(program, without.split(" "), { window: Math.max(NOT_LIMIT, 2 * took.window), change: Math.max(NOT_LIMIT, 2 * took.change) }, at).then(
      () => true,
      () => false,
    );

  for (const program of PROGRAMS.filter(({ id }) => wanted === undefined || wanted.includes(id))) {
    const name = [program.id, ...(program.part === undefined ? [] : [program.part])].join(", ");
    it(`${name} changes what it was given, and needs what its manifest says for it`, { timeout: TEST_LIMIT }, async () => {
      const full: Took = { window: WINDOW_LIMIT, change: CHANGE_LIMIT };
      const took = await play(program, [], full);
      for (const need of program.needs) {
        if (need.at !== undefined) await play(program, [], full, need.at);
        assert.equal(await playWithout(program, need, took), false, `${need.without} changes nothing`);
      }
      report[name] = { changed: true, neededFor: program.needs.map(({ without }) => without) };
      mkdirSync("build", { recursive: true });
      writeFileSync(REPORT, `${JSON.stringify(report, null, 1)}\n`);
    });
  }
});
