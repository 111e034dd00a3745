import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { test } from "node:test";
import { describeFailure, failureKey, type FrontFailure, failureStatus } from "../../launcher/broker/failure.ts";
import { NATIVE_MESSAGES } from "../../launcher/messages/native.ts";
import { MESSAGES } from "../../launcher/messages/messages.ts";
import { renderProblem } from "../../launcher/messages/render.ts";
import type { Plan } from "../../launcher/plan/plan.ts";
import { assertGolden } from "../support/golden.ts";

const ENOENT = 2;
const EACCES = 13;
const EIO = 5;

function failure(stage: string, errno: number, index = -1, detail = ""): FrontFailure {
  return { kind: "failed", stage, errno, index, detail };
}

const ORIGIN = { layer: "manifest", file: "/m/org.example.App.ini", line: 7, column: 13, text: "filesystems=~/Music" } as const;
const PLAN = {
  operations: [
    { kind: "tmpfs", to: "/tmp", mode: 0o1777, sizeBytes: null, because: { reason: "every app has a `/tmp` of its own", origin: null } },
    {
      kind: "bind",
      from: "/home/u/Music",
      to: "/home/u/Music",
      source: { type: "directory", dev: 1n, ino: 2n },
      access: "rw",
      because: { reason: "the manifest grants it", origin: ORIGIN },
    },
  ],
  command: ["player"],
} as unknown as Plan;

test("every stage that the C part can name has a text here", () => {
  const source = readFileSync("native/messages-table.c", "utf8");
  const stages = [...source.matchAll(/\{"sandbox\.([a-z-]+)"/g)].map((match) => match[1] as string);
  assert.ok(stages.length > 20);
  assert.deepEqual(
    stages.filter((stage) => NATIVE_MESSAGES[`native.${stage}`] === undefined),
    [],
  );
});

test("the most exact text wins: stage and errno, then stage, then what fits all", () => {
  assert.equal(failureKey(failure("source", ENOENT)), "native.source.ENOENT");
  assert.equal(failureKey(failure("source", EIO)), "native.source");
  assert.equal(failureKey(failure("no-such-stage", EIO)), "native.other");
});

test("a failed operation is told with the line of the manifest that led to it", () => {
  assert.equal(
    renderProblem(describeFailure(failure("source", EACCES, 1, "/home/u/Music"), PLAN), MESSAGES).split("\n")[0],
    "tsbox: /m/org.example.App.ini:7:13: `/home/u/Music` may not be opened by this user (the manifest grants it)",
  );
});

test("an operation that no line led to is told with its reason", () => {
  assert.match(
    renderProblem(describeFailure(failure("tmpfs", EIO, 0, "/tmp"), PLAN), MESSAGES),
    /^tsbox: no memory file system could be made at `\/tmp`: i\/o error \(EIO\)\n/,
  );
});

test("the status is a shell's: 127 not found, 126 not executable, 125 our own failure", () => {
  assert.equal(failureStatus(failure("exec", ENOENT)), 127);
  assert.equal(failureStatus(failure("exec", EACCES)), 126);
  assert.equal(failureStatus(failure("source", ENOENT)), 125);
});

test("every text, as the caller reads it, is in the golden file and leaves no placeholder open", () => {
  const rendered = Object.keys(NATIVE_MESSAGES).map((key) => {
    const [, stage = "", name = "EACCES"] = key.split(".");
    const errno = constants.errno[name as keyof typeof constants.errno];
    const text = renderProblem({ ...describeFailure(failure(stage, errno, 1, "/home/u/Music"), PLAN), key }, MESSAGES);
    assert.doesNotMatch(text, /[{}]/, key);
    return `# ${key}\n${text}`;
  });
  assertGolden("messages/native", "all", rendered.join("\n"));
});
