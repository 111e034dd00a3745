// Every system call of front, init, connector and app of a whole start, failing with each error in turn. What is left running must be on the list of
// native/harmless-faults.ts, and what is on the list must be found. It takes hours; one that was ended goes on where it was, as long as the build is the same.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { ERRORS, type FaultRig, openFaultRig } from "../native/faults.ts";
import { HARMLESS_FAULTS, isHarmless } from "../native/harmless-faults.ts";
import { openKeptOutcomes } from "./kept-outcomes.ts";
import { writeReport } from "./report.ts";

const LIMIT = 3_600_000;
/** As many calls as lie this far apart; 1 is every one. */
const STEP = Number(process.env["TSBOX_FAULT_STEP"] ?? 1);
/** Whose calls, where it is not everybody's: after a change of the front, say. */
const ALL = "front init connector app";
const PROCESSES = (process.env["TSBOX_FAULT_PROCESSES"] ?? ALL).split(" ");

inOrdinarySession("a start of which one system call fails", (session) => {
  if (process.arch !== "x64") return;
  let rig: FaultRig;
  const kept = openKeptOutcomes();
  const found = new Set<string>();
  /** What was not refused, by process, call and outcome: how often with each error. */
  const survived = new Map<string, Record<string, number>>();
  const lines: string[] = [];
  before(async () => {
    rig = await openFaultRig(session());
  });

  after(() => {
    if (STEP !== 1) return; // a report is of every call
    if (rig.calls.every((call) => ERRORS.every((error) => kept.get({ ...call, error }) !== undefined))) kept.forget();
    const rows = [...survived].sort().map(([name, by]) => `${name}: ${ERRORS.map((error) => `${error} ${by[error] ?? 0}`).join(", ")}`);
    writeReport(PROCESSES.join(" ") === ALL ? "faults" : `faults-${PROCESSES.join("-")}`, [
      `${rig.calls.length} calls of a start, those of ${PROCESSES.join(", ")} played`,
      ...lines,
      "",
      "not refused:",
      ...rows,
    ]);
  });

  for (const error of ERRORS)
    it(`with ${error} is refused, or runs the very same sandbox`, { timeout: LIMIT }, async (context) => {
      const counts: Record<string, number> = {};
      const wrong = new Map<string, string>();
      for (const call of rig.calls.filter((call, index) => index % STEP === 0 && PROCESSES.includes(call.process))) {
        const fault = { ...call, error };
        const before = kept.get(fault);
        const outcome = before ?? (await rig.run(fault));
        const { kind, detail, hit } = outcome;
        if (before === undefined) kept.put(fault, outcome);
        counts[hit ? kind : "not reached"] = (counts[hit ? kind : "not reached"] ?? 0) + 1;
        if (!hit || kind === "refused") continue;
        found.add(`${call.process} ${call.name}`);
        const by = survived.get(`${call.process} ${call.name} ${kind}`) ?? {};
        survived.set(`${call.process} ${call.name} ${kind}`, { ...by, [error]: (by[error] ?? 0) + 1 });
        if (!isHarmless(call.process, call.name, kind)) wrong.set(`${call.process} ${call.name} ${kind}`, `${call.count} (${call.argument}): ${detail}`);
      }
      const line = `${error}: ${Object.entries(counts)
        .map(([kind, count]) => `${kind} ${count}`)
        .sort()
        .join(", ")}`;
      context.diagnostic(line);
      lines.push(line);
      // A few come or not, as it happens; more would mean that the starts fail for a reason of their own.
      const missed = counts["not reached"] ?? 0;
      assert.ok(missed <= Math.max(10, rig.calls.length / 50), `${missed} calls were not reached`);
      assert.deepEqual(Object.fromEntries(wrong), {});
    });

  it("has every call of the list of harmless ones", () => {
    if (STEP !== 1) return;
    assert.deepEqual(
      HARMLESS_FAULTS.filter((known) => PROCESSES.includes(known.process) && known.sometimes !== true)
        .map(({ process: role, call }) => `${role} ${call}`)
        .filter((name) => !found.has(name)),
      [],
    );
  });
});
