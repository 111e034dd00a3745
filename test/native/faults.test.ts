// No failed system call weakens a start. Here a few dozen calls, spread over all of a start; `npm run test:long` plays every one with every error.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { ERRORS, type Fault, type FaultRig, openFaultRig } from "./faults.ts";
import { isHarmless } from "./harmless-faults.ts";

const SAMPLE = 36;
const PR_SET_SECCOMP = "16";

inOrdinarySession("a start of which one system call fails", (session) => {
  if (process.arch !== "x64") return;
  let rig: FaultRig;
  before(async () => {
    rig = await openFaultRig(session());
  });

  it("consists of calls of the front, of what becomes init, of the connector and of the app", (context) => {
    const roles = ["front", "init", "connector", "app"];
    const counts = roles.map((role) => rig.calls.filter((call) => call.process === role).length);
    assert.ok(
      counts.every((count) => count > 0),
      counts.join(" "),
    );
    context.diagnostic(`${rig.calls.length} calls: ${roles.map((role, index) => `${role} ${counts[index]}`).join(", ")}`);
  });

  it("is refused, or runs the very same sandbox", async () => {
    const step = Math.floor(rig.calls.length / SAMPLE);
    const wrong: string[] = [];
    for (let at = 0; at < SAMPLE; at++) {
      const call = rig.calls[at * step + (at % step)];
      if (call === undefined) continue;
      const fault: Fault = { ...call, error: ERRORS[at % ERRORS.length] ?? "EPERM" };
      const { kind, detail } = await rig.run(fault);
      if (kind !== "refused" && !isHarmless(fault.process, fault.name, kind))
        wrong.push(`${fault.process} ${fault.name} ${fault.count} ${fault.error}: ${kind}: ${detail}`);
    }
    assert.deepEqual(wrong, []);
  });

  it("does not start where the filter cannot be installed (CVE-2016-10123)", async () => {
    const installs = rig.calls.filter((call) => call.name === "prctl" && call.argument === PR_SET_SECCOMP);
    assert.deepEqual(installs.map((call) => call.process).sort(), ["app", "connector", "init"]);
    for (const call of installs)
      for (const error of ERRORS) {
        const { kind, detail, hit } = await rig.run({ ...call, error });
        assert.ok(hit && kind === "refused", `${call.process} ${error}: ${kind}: ${detail}`);
      }
  });
});
