// `tsbox doctor` on machines that are literal objects: what it says of each, and how it ends.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { doctorCommand, examine } from "../../launcher/cli/doctor.ts";
import { CHECKS, type Ended, type Machine } from "../../launcher/doctor/door.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";
import { assertPromisedJson } from "../support/json-schema.ts";

const WELL: Ended = { status: 0, stdout: "", stderr: "" };

function machine(changed: Partial<Machine> = {}): Machine {
  return {
    environment: new Map(),
    uid: 1000,
    kernelRelease: "6.12.1",
    runtimeDirectory: "/run/user/1000",
    installation: "/usr/lib/tsbox",
    readText: () => null,
    look: () => null,
    list: () => [],
    isFull: () => false,
    run: () => WELL,
    ...changed,
  };
}

const said = (changed: Partial<Machine>, ...names: readonly string[]) => examine(names, false, () => machine(changed));

test("each check has a name of its own, and whatever it may find has a text", () => {
  const names = CHECKS.map(({ name }) => name);
  assert.deepEqual([...new Set(names)], names);
  for (const name of names) assert.match(name, /^[a-z][a-z-]*$/);
  const { output } = said({});
  for (const name of names) assert.match(output, new RegExp(`^(good|weaker|bad) +${name}: `, "m"));
});

test("a kernel is told by what the sandbox can do on it", () => {
  const first = (release: string): string => said({ kernelRelease: release }, "kernel").output.split("\n")[0] ?? "";
  assert.equal(first("6.12.1"), "good   kernel: Linux 6.12.1");
  assert.match(first("6.1.0-28-amd64"), /^weaker kernel: Linux 6\.1\.0-28-amd64 cannot close/);
  assert.match(first("5.11.9"), /^bad {4}kernel: /);
  assert.deepEqual([said({ kernelRelease: "6.1.0" }, "kernel").status, said({ kernelRelease: "5.11.9" }, "kernel").status], [0, 1]);
});

test("a sandbox is built with the installed program, and what it says is passed on with its fix", () => {
  let asked: readonly unknown[] = [];
  const refused: Ended = { status: 125, stdout: "", stderr: "tsbox: making it: refused\nhint: do this\n" };
  const { output, status } = said(
    {
      run: (...words) => {
        asked = words;
        return refused;
      },
    },
    "user-namespaces",
  );
  assert.deepEqual([asked[0], asked[2]], ["/usr/lib/tsbox/bin/tsbox", "tsbox-plan"]);
  assert.deepEqual([output, status], ["bad    user-namespaces: no sandbox can be built: making it: refused\n       fix: do this\n", 1]);
  assert.equal(
    said({ run: () => ({ ...refused, stderr: "tsbox: making it: refused\n" }) }, "user-namespaces").output,
    "bad    user-namespaces: no sandbox can be built: making it: refused\n",
  );
});

test("JSON has the same rows, with the code that stays when the text changes", () => {
  const { output } = examine(["kernel"], true, () => machine({ kernelRelease: "6.1.0" }));
  assertPromisedJson(
    doctorCommand(() => ""),
    output,
  );
  const rows = JSON.parse(output) as Record<string, string>[];
  assert.deepEqual(rows, [
    {
      check: "kernel",
      title: "the kernel's version",
      state: "weaker",
      code: "doctor.kernel-without-scopes",
      text: rows[0]?.text,
      fix: rows[0]?.fix,
    },
  ]);
  assert.ok(rows[0]?.text?.includes("6.1.0") && rows[0].fix);
});

test("a check that does not exist is refused with the names of those that do", () => {
  const { status, problems } = said({}, "kernel", "nothing");
  assert.equal(status, 125);
  assert.deepEqual(
    problems.map(({ key, values }) => [key, values.name]),
    [["doctor.check-unknown", "nothing"]],
  );
  assert.ok(MESSAGES["doctor.check-unknown"]);
});

test("the AppArmor profile names one path, which root owns, without a pattern and outside of every home", () => {
  const profile = readFileSync("native/apparmor/tsbox", "utf8").replace(/^#.*$/gm, "");
  const paths = [...profile.matchAll(/(?<![\w<])\/[^\s{,>]+/g)].map(([path]) => path);
  assert.deepEqual(paths, ["/usr/libexec/tsbox/bin/tsbox"]);
  assert.doesNotMatch(profile, /[*?@]|home/i);
});
