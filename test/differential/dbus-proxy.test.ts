// One script played against this proxy and Debian's xdg-dbus-proxy, with the same scripted bus behind both: everything observable is compared.
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { compare } from "./dbus-proxy/compare.ts";
import { DIFFERENCES, type ScriptFacts } from "./dbus-proxy/differences.ts";
import { type Pair, startPair } from "./dbus-proxy/rig.ts";
import { FIRST_SERIAL } from "./dbus-proxy/side.ts";
import { LISTEN, type Step, step, writeStep } from "./dbus-proxy/steps.ts";

/** Scripts per policy; a long run asks for more. */
const SCRIPTS = Number(process.env["TSBOX_DIFFERENTIAL_SCRIPTS"] ?? 600);
const LIMIT = Number(process.env["TSBOX_DIFFERENTIAL_LIMIT"] ?? 120_000);
/** Milliseconds that a proxy is given beyond its test. */
const GRACE = 10_000;

const FULL = [
  "--filter",
  "--see=org.test.See",
  "--talk=org.test.Talk",
  "--own=org.test.Own",
  "--talk=org.test.Sub.*",
  "--call=org.test.Rule=org.test.I.*@/test/*",
  "--broadcast=org.test.Rule=org.test.I.Sig@/test/*",
  "--call=org.test.Call=org.test.I.M",
];
const POLICIES: Readonly<Record<string, readonly string[]>> = {
  "a policy with every kind of rule": FULL,
  "the same with sloppy names": [...FULL, "--sloppy-names"],
  "a filter that allows nothing": ["--filter"],
  "no filter": [],
};

describe("beside Debian's xdg-dbus-proxy, with a scripted bus", () => {
  const uid = process.getuid?.() ?? 0;
  const spares: number[] = [];
  const counts = new Map<string, number>();
  let steps = 0;

  before(() => {
    spares.push(openSync("/dev/null", "r"), openSync("/dev/null", "r"));
  });
  after(() => {
    for (const fd of spares) closeSync(fd);
    console.log(`${steps} steps compared; by listed difference: ${JSON.stringify(Object.fromEntries(counts))}`);
  });

  const play = async ({ theirs, ours }: Pair, script: readonly Step[], facts: ScriptFacts): Promise<void> => {
    assert.deepEqual(await Promise.all([theirs.open(uid), ours.open(uid)]), [true, true], "both let the app in");
    let serial = FIRST_SERIAL;
    for (const one of facts.listens ? [LISTEN, ...script] : script) {
      const written = [theirs, ours].map((side) =>
        writeStep(one, { serial, busSerial: 5000 + serial, outstanding: side.outstanding, incoming: side.incoming }),
      );
      if (written[0] === undefined || written[1] === undefined) continue;
      const fds = spares.slice(0, written[0].descriptors);
      const [there, here] = await Promise.all([theirs.step({ ...written[0], fds }, serial + 1), ours.step({ ...written[1], fds }, serial + 1)]);
      steps++;
      serial += 2;
      const comparison = compare(one, there, here, facts);
      if (comparison.kind === "unexplained") throw new Error(comparison.text);
      if (comparison.kind === "explained") {
        const { id, ends } = comparison.difference;
        counts.set(id, (counts.get(id) ?? 0) + 1);
        if (ends === true) return;
      }
      // The scripted bus would go on with a peer that has left it.
      if (one.kind === "owner-change" && one.name.startsWith(":") && one.after === "") return;
      // With descriptors that fit no header, the next messages no longer say what the two make of them alone.
      if ("descriptors" in one && (one.descriptors !== one.claimed || one.spoilt === "descriptors-claimed")) return;
      // They go on together as long as both know of the same calls.
      const alike = theirs.outstanding.length === ours.outstanding.length && theirs.incoming.length === ours.incoming.length;
      if (!alike || there.state !== "open" || here.state !== "open") return;
    }
  };

  it("lists at most 30 differences", () => assert.ok(DIFFERENCES.length <= 30));

  for (const [words, options] of Object.entries(POLICIES)) {
    it(`treats every message alike, or worse for a listed reason: ${words}`, { timeout: LIMIT }, async () => {
      const pair = await startPair(options, LIMIT + GRACE);
      try {
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), fc.boolean(), (script, listens) =>
            play(pair, script, { filtered: options.length > 0, listens }),
          ),
          { numRuns: SCRIPTS, endOnFailure: true, includeErrorInReport: true },
        );
      } finally {
        await pair.close();
      }
    });
  }
});
