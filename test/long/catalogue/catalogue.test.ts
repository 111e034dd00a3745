// Every program of the catalogue under an X server, from its shipped manifest: opens its document, changes it, saves it, and the change is there outside. Then once more
// without each permission, and it is not. `TSBOX_CATALOGUE=ID` plays one.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { it, before } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { inOrdinarySession } from "../../support/cases.ts";
import { furnishDesktop } from "../../support/desktop.ts";
import { waitFor } from "../../support/process.ts";
import { findTsbox } from "../../support/sandbox.ts";
import { waitForWindow } from "../../support/window.ts";
import { type Program, PROGRAMS } from "./programs.ts";

const WINDOW_LIMIT = 60_000;
const CHANGE_LIMIT = 30_000;
/** Without a permission it fails; how long that is waited for. */
const NOT_LIMIT = 8_000;
const REPORT = "build/catalogue.json";

const wanted = process.env["TSBOX_CATALOGUE"];

inOrdinarySession("the catalogue", (session) => {
  let tsbox: string;
  const report: Record<string, { readonly changed: boolean; readonly neededFor: string[] }> = {};

  before(async () => {
    await furnishDesktop(session());
    session().write(".config/user-dirs.dirs", 'XDG_DOCUMENTS_DIR="$HOME/Documents"\nXDG_PICTURES_DIR="$HOME/Pictures"\nXDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
    for (const folder of ["Documents", "Pictures", "Downloads"]) session().makeFolder(folder);
    tsbox = await findTsbox(session());
  });

  /** The whole way; true where the change arrives outside. */
  const play = async (program: Program, options: readonly string[], limits: { readonly window: number; readonly change: number }): Promise<boolean> => {
    const { document, makes } = program;
    const path = document === undefined ? session().path(makes ?? "") : session().write(document.path, document.content);
    if (makes !== undefined) rmSync(path, { force: true });
    const words = [...options, program.id, ...(program.arguments ?? []), ...(document === undefined ? [] : [path])];
    const run = session().start([tsbox, "run", ...words], { limit: 180_000 });
    try {
      const window = await waitForWindow(session(), program.title, run, limits.window);
      await wait(program.patience ?? 700);
      await program.act(window);
      await waitFor(`the change of ${program.id}`, () => program.isDone(session(), path), limits.change);
      return true;
    } catch (error) {
      if (options.length === 0) throw error;
      return false;
    } finally {
      run.kill("SIGTERM");
      await run.ended;
    }
  };

  for (const program of PROGRAMS.filter(({ id }) => wanted === undefined || id === wanted)) {
    it(`${program.id} changes what it was given, and needs what its manifest says for it`, async () => {
      await play(program, [], { window: WINDOW_LIMIT, change: CHANGE_LIMIT });
      const neededFor: string[] = [];
      for (const need of program.needs) {
        assert.equal(await play(program, need.split(" "), { window: NOT_LIMIT, change: NOT_LIMIT }), false, `${need} changes nothing`);
        neededFor.push(need);
      }
      report[program.id] = { changed: true, neededFor };
      mkdirSync("build", { recursive: true });
      writeFileSync(REPORT, `${JSON.stringify(report, null, 1)}\n`);
    });
  }
});
