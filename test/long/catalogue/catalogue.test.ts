// Every program of the catalogue under an X server, from its shipped manifest: opens its document, changes it, saves it, and the change is there outside. Then once more
// without each permission, and it is not. `TSBOX_CATALOGUE=ID,ID` plays these.
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { it, before } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { inOrdinarySession } from "../../support/cases.ts";
import { furnishDesktop } from "../../support/desktop.ts";
import { waitFor } from "../../support/process.ts";
import type { Session } from "../../support/session.ts";
import { findTsbox } from "../../support/sandbox.ts";
import { type SoundServer, startSound } from "../../support/sound.ts";
import { waitForWindow } from "../../support/window.ts";
import { writeReportLine } from "../report.ts";
import type { Need } from "./program.ts";
import { PROGRAMS } from "./programs.ts";

const TEST_LIMIT = 600_000;
const RUN_LIMIT = 400_000;
const WINDOW_LIMIT = 180_000;
const CHANGE_LIMIT = 30_000;
/** Without a permission it fails; for that is waited at least so long, and twice as long as it took with the permission. */
const NOT_LIMIT = 6_000;
/** What the screen showed when a program failed. */
const SCREEN = "build/catalogue-screen";

/** Ids to play, with commas; else all. */
const wanted = process.env["TSBOX_CATALOGUE"]?.split(",");

interface Took {
  readonly window: number;
  readonly change: number;
}

const FOLDERS = { DOCUMENTS: "Documents", PICTURES: "Pictures", DOWNLOAD: "Downloads", MUSIC: "Music", VIDEOS: "Videos" } as const;

for (const program of PROGRAMS.filter(({ id }) => wanted === undefined || wanted.includes(id))) {
  const name = [program.id, ...(program.part === undefined ? [] : [program.part])].join(", ");
  inOrdinarySession(name, (session) => {
    let tsbox: string;
    let sound: SoundServer | undefined;
    before(async () => {
      await furnishDesktop(session());
      session().write(
        ".config/user-dirs.dirs",
        Object.entries(FOLDERS)
          .map(([key, folder]) => `XDG_${key}_DIR="$HOME/${folder}"\n`)
          .join(""),
      );
      for (const folder of Object.values(FOLDERS)) session().makeFolder(folder);
      if (program.sounds === true) sound = await startSound(session(), "PulseAudio");
      tsbox = await findTsbox(session());
    });

    /** The whole way, and how long each part of it took. */
    const play = async (options: readonly string[], limits: Took, at = program.document?.path): Promise<Took> => {
      const { document, makes } = program;
      const path = document === undefined ? session().path(makes ?? "") : session().write(at ?? document.path, document.content);
      if (makes !== undefined) rmSync(session().path(makes), { force: true });
      const prepared = (await program.prepare?.(session())) ?? {};
      const words = [program.id, ...(program.arguments ?? []), ...(prepared.arguments ?? []), ...(document === undefined ? [] : [path])];
      const run = session().start([tsbox, "run", ...options, ...words], { limit: RUN_LIMIT });
      try {
        const started = Date.now();
        const window = await waitForWindow(session(), program.title, run, limits.window);
        await wait(program.patience ?? 700);
        const shown = Date.now();
        const bed = { session: session(), window, path, prepared, sound, run };
        await program.act(bed);
        await waitFor(`the change of ${program.id}`, () => program.isDone(bed), limits.change);
        return { window: shown - started, change: Date.now() - shown };
      } catch (error) {
        if (limits.window === WINDOW_LIMIT) await keepScreen(session(), program.id);
        throw error;
      } finally {
        run.kill("SIGTERM");
        const killer = setTimeout(() => run.kill("SIGKILL"), 10_000);
        await run.ended;
        clearTimeout(killer);
        prepared.close?.();
      }
    };

    const playWithout = async ({ without, at }: Need, took: Took): Promise<boolean> => {
      const isOption = without.startsWith("--");
      const own = `.local/share/tsbox/manifests/${program.id}.ini`;
      if (!isOption) session().write(own, readFileSync(`manifests/${program.id}.ini`, "utf8").replace(`${without}\n`, ""));
      const limits = { window: Math.max(NOT_LIMIT, 2 * took.window), change: Math.max(NOT_LIMIT, 2 * took.change) };
      const played = play(isOption ? without.split(" ") : [], limits, at).then(
        () => true,
        () => false,
      );
      return played.finally(() => rmSync(session().path(own), { force: true }));
    };

    const playAll = async (): Promise<void> => {
      const full: Took = { window: WINDOW_LIMIT, change: CHANGE_LIMIT };
      const took = await play([], full);
      for (const need of program.needs) {
        if (need.at !== undefined) await play([], full, need.at);
        assert.equal(await playWithout(need, took), false, `${need.without} changes nothing`);
      }
    };

    it("changes what it was given, and needs what its manifest says for it", { timeout: TEST_LIMIT }, async () => {
      try {
        await playAll();
        writeReportLine("catalogue", name, `passes, and not without ${program.needs.map(({ without }) => without).join(", ")}`);
      } catch (error) {
        writeReportLine("catalogue", name, `FAILS: ${String(error).split("\n")[0]}`);
        throw error;
      }
    });
  });
}

async function keepScreen(session: Session, id: string): Promise<void> {
  const file = session.path("screen.png");
  await session.run(["import", "-silent", "-window", "root", file]);
  cpSync(file, `${SCREEN}-${id}.png`);
}
