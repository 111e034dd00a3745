// `tsbox doctor` in a real session: what runs is good, and what was ended is told with its fix.
import assert from "node:assert/strict";
import { it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { findTsbox } from "../support/sandbox.ts";
import { startSound } from "../support/sound.ts";
import { startXvfb } from "../support/xvfb.ts";

inOrdinarySession("doctor", (session) => {
  it("finds bus, display and sound while they run, and a bus that died", async () => {
    const tsbox = await findTsbox(session());
    const states = async (...names: readonly string[]): Promise<Record<string, string>> => {
      const ran = await session().run([tsbox, "doctor", "--json", ...names]);
      const rows = JSON.parse(ran.stdout) as { check: string; state: string; code: string }[];
      return Object.fromEntries(rows.map(({ check, state, code }) => [check, `${state} ${code}`]));
    };
    const asked = ["session-bus", "display", "sound"] as const;
    assert.deepEqual(await states(...asked), {
      "session-bus": "weaker doctor.session-bus-absent",
      display: "weaker doctor.no-display",
      sound: "weaker doctor.no-sound",
    });
    await startBus(session());
    await startXvfb(session());
    await startSound(session(), "PulseAudio");
    assert.deepEqual(await states(...asked), { "session-bus": "good doctor.session-bus-listens", display: "good doctor.x11", sound: "good doctor.sound" });
    await session().run([
      "sh",
      "-c",
      `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q "[d]bus-daemon --session.*${session().runtimeDirectory}/bus" && kill -9 \${p#/proc/}; done; true`,
    ]);
    await waitFor("the death of the bus", async () => (await states("session-bus"))["session-bus"] === "weaker doctor.session-bus-dead");
  });

  it("finds folders that are not the user's to write", async () => {
    const tsbox = await findTsbox(session());
    session().write(".var", "a file");
    const ran = await session().run([tsbox, "doctor", "folders"]);
    assert.equal(ran.status, 1);
    assert.match(ran.stdout, /^bad +folders: `.*\/\.var` is no folder\n +fix: mv /);
  });
});
