// Manifests drafted by `tsbox init`: programs start and draw by them, no draft grants too much, and every profile of Debian's firejail-profiles converts.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { type DraftLine, readProfile } from "../../launcher/draft/door.ts";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { draft, startsAndDraws, TOO_MUCH } from "../support/drafts.ts";
import { findTsbox } from "../support/sandbox.ts";
import { startXvfb } from "../support/xvfb.ts";

inOrdinarySession("a drafted manifest", (session) => {
  let tsbox: string;
  before(async () => {
    await startBus(session());
    await startXvfb(session(), { windowManager: true });
    tsbox = await findTsbox(session());
  });

  for (const program of ["mousepad", "kcalc", "evince", "xcalc", "xeyes"]) {
    it(`starts ${program}, which draws, and grants neither the home, nor the host, nor a whole bus, nor all devices`, async () => {
      const text = await draft(session(), tsbox, `org.example.Of.${program}`, program);
      assert.doesNotMatch(text, TOO_MUCH);
      assert.match(text, /^sockets=/m, "a window");
      assert.equal(await startsAndDraws(session(), tsbox, `org.example.Of.${program}`), null);
    });
  }

  it("gives a program of KDE's the name that it must have to start, though no entry and no service says it, and no other program one", async () => {
    const named = async (source: string): Promise<string> => {
      const copy = session().write("programs/lonely", readFileSync(source), 0o755);
      return draft(session(), tsbox, "org.example.Lonely", copy);
    };
    assert.match(await named("/usr/bin/kdialog_progress_helper"), /^org\.kde\.lonely=own$/m);
    assert.doesNotMatch(await named("/usr/bin/xeyes"), /=own/);
  });

  it("from Firejail's profile starts a program too", async () => {
    const text = await draft(session(), tsbox, "org.example.From.mousepad", "/etc/firejail/mousepad.profile");
    assert.doesNotMatch(text, TOO_MUCH);
    assert.equal(await startsAndDraws(session(), tsbox, "org.example.From.mousepad"), null);
  });
});

describe("Debian's profiles for Firejail", () => {
  const folder = "/etc/firejail";
  const texts = new Map<string, string | null>();
  const read = (path: string): string | null => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    let text: string | null = null;
    try {
      text = readFileSync(path, "utf8");
    } catch {}
    texts.set(path, text);
    return text;
  };

  it("all convert, and at least 90 % of their lines are expressed, or needless with a reason", (context) => {
    const profiles = readdirSync(folder).filter((name) => name.endsWith(".profile"));
    assert.ok(profiles.length > 1000, `${profiles.length} profiles`);
    const counts: Record<DraftLine["verdict"], number> = { expressed: 0, needless: 0, inexpressible: 0 };
    for (const name of profiles) {
      // Their own lines, and those of other profiles that they include. The common files are the same for all, and are read with every fiftieth.
      const whole = profiles.indexOf(name) % 50 === 0;
      const source = { read: (path: string) => (path.endsWith(".inc") && !whole ? "" : read(path)), folders: [folder] };
      for (const line of readProfile(`${folder}/${name}`, source)) if (line.line > 0 && line.file.endsWith(".profile")) counts[line.verdict] += 1;
    }
    const total = counts.expressed + counts.needless + counts.inexpressible;
    const share = (counts.expressed + counts.needless) / total;
    context.diagnostic(
      `${profiles.length} profiles, ${total} lines: ${(share * 100).toFixed(1)} % expressed (${counts.expressed}) or needless (${counts.needless})`,
    );
    assert.ok(share >= 0.9, `${(share * 100).toFixed(1)} %`);
  });
});
