// No failed system call weakens a start. Here those that make the protection, and a few dozen spread over all of a start; `npm run test:long` plays every one with every error.
// Which calls there are, and how many, differs with the C library and the kernel. So here a call that may fail is told by what came of it: the very same sandbox, compared in
// full, or none. That every such call is known by name and reason is for the long test, on a machine where all were looked at.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { ERRORS, type Fault, type FaultRig, openFaultRig } from "./faults.ts";
import { isHarmless } from "./harmless-faults.ts";

const SAMPLE = 36;
/** Calls of our own, without which the sandbox would be a weaker one. Those of Landlock are made where the kernel has it. */
const PROTECTING: Readonly<Record<"init" | "connector" | "app", readonly string[]>> = {
  init: ["open_tree", "mount_setattr", "move_mount", "fsmount", "pivot_root", "umount2", "capset", "close_range", "execveat"],
  connector: ["unshare", "open_tree", "mount_setattr", "move_mount", "pivot_root", "umount2", "capset", "close_range", "setsid"],
  app: ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "close_range"],
};
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

  it("is refused, or runs the very same sandbox", async (context) => {
    const step = Math.floor(rig.calls.length / SAMPLE);
    const wrong: string[] = [];
    for (let at = 0; at < SAMPLE; at++) {
      const call = rig.calls[at * step + (at % step)];
      if (call === undefined) continue;
      const fault: Fault = { ...call, error: ERRORS[at % ERRORS.length] ?? "EPERM" };
      const { kind, detail } = await rig.run(fault);
      const told = `${fault.process} ${fault.name} ${fault.count} ${fault.error}: ${kind}: ${detail}`;
      if (kind === "wrong") wrong.push(told);
      else if (kind !== "refused" && !isHarmless(fault.process, fault.name, kind)) context.diagnostic(`may fail, and is not on the list: ${told}`);
    }
    assert.deepEqual(wrong, []);
  });

  it("is refused where the call that failed makes the protection", async () => {
    let turn = 0;
    for (const [role, names] of Object.entries(PROTECTING))
      for (const name of names) {
        const calls = rig.calls.filter((call) => call.process === role && call.name === name);
        assert.ok(calls.length > 0 || name.startsWith("landlock"), `${role} makes no ${name}`);
        const call = calls[turn % calls.length];
        if (call === undefined) continue;
        const error = ERRORS[turn++ % ERRORS.length] ?? "EPERM";
        const { kind, detail, hit } = await rig.run({ ...call, error });
        assert.ok(hit && kind === "refused", `${role} ${name} ${call.count} ${error}: ${hit ? kind : "not reached"}: ${detail}`);
      }
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
