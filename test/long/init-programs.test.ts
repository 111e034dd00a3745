// Many programs of Debian's, drafted and started: twenty from nothing but the program, thirty from Firejail's profile of it.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { draft, startsAndDraws, TOO_MUCH } from "../support/drafts.ts";
import { installPackages } from "../support/packages.ts";
import { findTsbox } from "../support/sandbox.ts";
import { startXvfb } from "../support/xvfb.ts";
import { writeReportLine } from "./report.ts";

/** Nothing else here speaks of them. */
const PROGRAMS = [
  ...["geany", "l3afpad", "featherpad", "qalculate-gtk", "xpad", "gpicview", "ristretto", "gcolor3", "xarchiver", "viewnior", "atril"],
  ...["qpdfview", "hitori", "gnome-tetravex", "gnome-taquin", "gnome-klotski", "iagno", "tali", "meld", "pluma", "eom", "ghex", "gpick", "lxtask", "gtkhash"],
] as const;
const WITH_PROFILE = [
  ...["galculator", "geany", "gpicview", "ristretto", "mate-calc", "viewnior", "atril", "qpdfview", "quadrapassel", "gnome-mines", "hitori"],
  ...["gnome-nibbles", "gnome-robots", "gnome-tetravex", "gnome-taquin", "gnome-klotski", "gnome-mahjongg", "five-or-more", "four-in-a-row", "iagno"],
  ...["lightsoff", "swell-foop", "meld", "pluma", "eom", "engrampa", "gucharmap", "mousepad", "evince", "gnome-calculator", "kcalc", "eog", "lximage-qt"],
] as const;
const FEWEST_PROGRAMS = 20;
const FEWEST_PROFILES = 30;

inOrdinarySession("a drafted manifest, for many programs", (session) => {
  let tsbox: string;
  before(async () => {
    installPackages([...new Set([...PROGRAMS, ...WITH_PROFILE])]);
    await startBus(session());
    await startXvfb(session(), { windowManager: true });
    tsbox = await findTsbox(session());
  });

  const startAll = async (prefix: string, programs: readonly string[], what: (program: string) => string): Promise<readonly string[]> => {
    const failed: string[] = [];
    for (const program of programs) {
      const id = `org.example.${prefix}.${program}`;
      const text = await draft(session(), tsbox, id, what(program));
      assert.doesNotMatch(text, TOO_MUCH, program);
      const wrong = await startsAndDraws(session(), tsbox, id);
      if (wrong !== null) failed.push(`${program}: ${wrong}`);
    }
    return failed;
  };

  it(`starts ${FEWEST_PROGRAMS} programs that nobody wrote a manifest for, and they draw`, async (context) => {
    const failed = await startAll("Draft", PROGRAMS, (program) => program);
    context.diagnostic(`${PROGRAMS.length - failed.length} of ${PROGRAMS.length} draw`);
    writeReportLine("drafts", "programs without a manifest", `${PROGRAMS.length - failed.length} of ${PROGRAMS.length} start and draw`);
    assert.ok(PROGRAMS.length - failed.length >= FEWEST_PROGRAMS, failed.join("\n"));
  });

  it(`starts ${FEWEST_PROFILES} programs from Firejail's profiles, and they draw`, async (context) => {
    const failed = await startAll("Jail", WITH_PROFILE, (program) => `/etc/firejail/${program}.profile`);
    context.diagnostic(`${WITH_PROFILE.length - failed.length} of ${WITH_PROFILE.length} draw`);
    writeReportLine("drafts", "programs by Firejail's profiles", `${WITH_PROFILE.length - failed.length} of ${WITH_PROFILE.length} start and draw`);
    assert.ok(WITH_PROFILE.length - failed.length >= FEWEST_PROFILES, failed.join("\n"));
  });
});
