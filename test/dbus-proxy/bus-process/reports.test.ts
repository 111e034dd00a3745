import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Reports } from "../../../dbus-proxy/bus-process/reports.ts";
import { emptyHeader } from "../../../dbus-proxy/wire/message.ts";

type Line = Parameters<ConstructorParameters<typeof Reports>[0]>[0];

function collect(): { reports: Reports; lines: Line[] } {
  const lines: Line[] = [];
  return { reports: new Reports((line) => lines.push({ ...line })), lines };
}

const header = (member: string) => ({ ...emptyHeader(), path: "/a", interface: "i.j", member });

test("equal refusals are one line with a count, different ones a line each up to the bound, and the rest one more", () => {
  const { reports, lines } = collect();
  for (let round = 0; round < 1000; round++) reports.add("session", { verdict: "deny", because: "b", message: "same" });
  for (let index = 0; index < 10_000; index++) reports.add("session", { verdict: "deny", because: "b", message: `m${index}` });
  reports.flush();
  assert.ok(lines.length <= 251, String(lines.length));
  assert.deepEqual(lines[0], { bus: "session", verdict: "deny", because: "b", message: "same", count: 1000 });
  assert.equal(
    lines.reduce((sum, { count }) => sum + count, 0),
    11_000,
  );
});

test("what is allowed is told once, then counted, and no message is counted twice or lost", () => {
  const { reports, lines } = collect();
  for (let round = 0; round < 500; round++) for (const member of ["M", "N"]) reports.allowed("session", "b", "org.a", header(member));
  reports.flush();
  assert.deepEqual(
    lines.map(({ message, count }) => [message, count]),
    [
      ["org.a i.j.M at /a", 500],
      ["org.a i.j.N at /a", 500],
    ],
  );
  reports.allowed("session", "b", "org.a", header("M"));
  reports.allowed("system", "b", "org.a", header("M"));
  reports.flush();
  assert.deepEqual(
    lines.slice(2).map(({ bus, message, count }) => [bus, message, count]),
    [
      ["system", "org.a i.j.M at /a", 1],
      ["session", "org.a i.j.M at /a", 1],
    ],
  );
});

test("an app that says ever new things fills neither memory nor log", () => {
  const { reports, lines } = collect();
  for (let index = 0; index < 20_000; index++) reports.allowed("session", "b", "org.a", header(`M${index}`));
  for (let round = 0; round < 20; round++) reports.flush();
  assert.ok(lines.length <= 2001, String(lines.length));
  assert.equal(
    lines.reduce((sum, { count }) => sum + count, 0),
    20_000,
  );
});

test("nor does one that says them to everybody, or of which there are ever new senders", () => {
  const { reports, lines } = collect();
  const kept = (): number => {
    let count = 0;
    for (let round = 0; round < 40; round++) reports.flush();
    for (const { message } of lines) count += message === "" ? 0 : 1;
    return count;
  };
  for (let index = 0; index < 5_000; index++) reports.allowed("session", "b", "", { ...header("S"), interface: `i.j${index}` });
  for (let index = 0; index < 5_000; index++) reports.allowed("session", "b", `:1.${index}`, header("S"));
  reports.allowed("system", "b", ":1.1", header("S"));
  assert.equal(kept(), 2000);
  assert.deepEqual(
    lines.filter(({ message }) => message === "").map(({ bus, because, count }) => [bus, because, count]),
    [
      ["session", "too many different messages", 8000],
      ["system", "too many different messages", 1],
    ],
  );
  // What was met before is still counted by its name, and the rest goes on with the rest.
  reports.allowed("session", "b", "", { ...header("S"), interface: "i.j7" });
  reports.allowed("session", "b", "", { ...header("S"), interface: "i.j4000" });
  lines.length = 0;
  reports.flush();
  assert.deepEqual(
    lines.map(({ message, count }) => [message, count]),
    [
      ["(all) i.j7.S at /a", 1],
      ["", 1],
    ],
  );
});

test("a path as long as a header is not told as long as it is", () => {
  const { reports, lines } = collect();
  reports.add("session", { verdict: "deny", because: "b", message: `org.a M at /${"a".repeat(60_000)}` });
  reports.allowed("session", "b", "org.a", { ...header("M"), path: `/${"a".repeat(60_000)}` });
  reports.flush();
  assert.deepEqual(
    lines.map(({ message }) => message.length),
    [1024, 1024],
  );
});

test("without anybody asking, refusals are told four times a second and counts once a minute", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { reports, lines } = collect();
    reports.add("session", { verdict: "deny", because: "b", message: "m" });
    reports.allowed("session", "b", "", header("M"));
    for (let index = 0; index < 300; index++) reports.allowed("session", "b", "org.a", header(`M${index}`));
    mock.timers.tick(250);
    assert.equal(lines.length, 251);
    assert.equal(lines[1]?.message, "(all) i.j.M at /a");
    mock.timers.tick(250);
    assert.equal(lines.length, 302);
    for (let round = 0; round < 5; round++) reports.allowed("session", "b", "org.a", header("M1"));
    mock.timers.tick(59_000);
    assert.equal(lines.length, 302);
    mock.timers.tick(1000);
    assert.deepEqual(
      lines.slice(302).map(({ message, count }) => [message, count]),
      [["org.a i.j.M1 at /a", 5]],
    );
  } finally {
    mock.timers.reset();
  }
});
