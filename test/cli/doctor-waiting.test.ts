// What a process waits for, from what the kernel says of it: both architectures, each state.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessFacts, waitingOf } from "../../launcher/doctor/door.ts";
import { DOCTOR_MESSAGES } from "../../launcher/messages/doctor.ts";

const PROCESS: ProcessFacts = { pid: 7, inside: 2, name: "app", state: "S", call: 0, on: null };

function kindOf(more: Partial<ProcessFacts>, arch = "x64"): string {
  return waitingOf({ ...PROCESS, ...more }, arch).kind;
}

test("the number of a system call means what it means on this architecture", () => {
  assert.equal(kindOf({ call: 202 }), "thread");
  assert.equal(kindOf({ call: 202 }, "arm64"), "input");
  assert.equal(kindOf({ call: 98 }, "arm64"), "thread");
  assert.equal(kindOf({ call: 7 }, "arm64"), "call", "there is no poll(2) there");
});

test("states that are no waiting in a call come first", () => {
  for (const [state, kind] of [
    ["R", "runs"],
    ["T", "stopped"],
    ["t", "traced"],
    ["Z", "ended"],
  ] as const)
    assert.equal(kindOf({ state }), kind);
  assert.deepEqual(waitingOf({ ...PROCESS, state: "D", on: "/nfs/file" }, "x64"), { kind: "disk", call: "read", on: "/nfs/file" });
});

test("only calls about a descriptor tell what lies behind their first argument", () => {
  assert.equal(waitingOf({ ...PROCESS, on: "/dev/pts/3" }, "x64").on, "/dev/pts/3");
  assert.equal(waitingOf({ ...PROCESS, call: 61, on: "/dev/pts/3" }, "x64").on, null);
  assert.equal(kindOf({ call: null }), "unknown");
  assert.deepEqual(waitingOf({ ...PROCESS, call: 9999 }, "x64"), { kind: "call", call: "9999", on: null });
});

test("each kind has its text, and those about a descriptor one with it", () => {
  const kinds = [
    "runs",
    "stopped",
    "traced",
    "ended",
    "disk",
    "events",
    "thread",
    "child",
    "input",
    "output",
    "connection",
    "lock",
    "time",
    "opening",
    "call",
    "unknown",
  ];
  for (const kind of kinds) assert.ok(DOCTOR_MESSAGES[`doctor.waits-${kind}`], kind);
  for (const kind of ["disk", "input", "output", "connection", "lock"]) assert.ok(DOCTOR_MESSAGES[`doctor.waits-${kind}-on`], kind);
});
