// Two names of one file kept the same: what begins, what is left at the end, and what is refused.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { createBindFollower } from "../../launcher/broker/follow-binds.ts";
import type { FollowedFile } from "../../launcher/plan/door.ts";
import { loadAddon } from "../../native/addon.ts";
import { waitFor } from "../support/process.ts";

const root = mkdtempSync(join(tmpdir(), "tsbox-follow-"));
after(() => rmSync(root, { recursive: true, force: true }));
const follower = createBindFollower(loadAddon(`${process.cwd()}/build/tsbox.node`), () => {});
const host = join(root, "host/file");
const inside = join(root, "stage/name");

beforeEach(() => {
  for (const name of ["host", "stage", "known"]) rmSync(join(root, name), { recursive: true, force: true });
  for (const name of ["host", "stage"]) mkdirSync(join(root, name));
  writeFileSync(host, "host\n");
});

function file(more: Partial<FollowedFile> = {}): FollowedFile {
  const { dev, ino } = statSync(join(root, "stage"), { bigint: true });
  return {
    path: host,
    stage: join(root, "stage"),
    stageDev: dev,
    stageIno: ino,
    name: "name",
    writable: true,
    copies: false,
    opened: null,
    known: join(root, "known"),
    ...more,
  };
}

test("a second name is the file itself while somebody sees it, and goes with the last who does", async () => {
  const [first, second] = [await follower.begin([file()]), await follower.begin([file()])];
  assert.equal(statSync(inside).ino, statSync(host).ino);
  first();
  assert.ok(existsSync(inside));
  second();
  assert.ok(!existsSync(inside));
  assert.equal(readFileSync(host, "utf8"), "host\n");
});

test("a copy never is the file itself, stays when nobody follows it, and changes nothing then", async () => {
  const end = await follower.begin([file({ copies: true })]);
  assert.notEqual(statSync(inside).ino, statSync(host).ino);
  writeFileSync(inside, "changed inside\n");
  await waitFor("the change", () => readFileSync(host, "utf8") === "changed inside\n");
  assert.notEqual(statSync(inside).ino, statSync(host).ino);
  end();
  writeFileSync(inside, "later\n");
  assert.equal(readFileSync(host, "utf8"), "changed inside\n");
});

test("what was changed on one side while nobody followed is there at the next start, and what both changed is lost on neither", async () => {
  (await follower.begin([file({ copies: true })]))();
  writeFileSync(inside, "inside\n");
  (await follower.begin([file({ copies: true })]))();
  assert.equal(readFileSync(host, "utf8"), "inside\n");
  writeFileSync(inside, "of the app, meanwhile\n");
  writeFileSync(host, "of the user\n");
  (await follower.begin([file({ copies: true })]))();
  const all = readdirSync(join(root, "host")).map((name) => readFileSync(join(root, "host", name), "utf8"));
  assert.deepEqual(all.sort(), ["of the app, meanwhile\n", "of the user\n"]);
});

test("what had the name before the first start is set aside, and overwrites nothing of the host", async () => {
  writeFileSync(inside, "the app's own, and newer\n");
  const end = await follower.begin([file({ copies: true })]);
  assert.equal(readFileSync(host, "utf8"), "host\n");
  assert.equal(readFileSync(inside, "utf8"), "host\n");
  assert.deepEqual(
    readdirSync(join(root, "stage"))
      .filter((name) => name !== "name")
      .map((name) => [name.replace(/\d+$/, ""), readFileSync(join(root, "stage", name), "utf8")]),
    [["name.before-bind-", "the app's own, and newer\n"]],
  );
  end();
});

test("another folder than that of the plan is refused, and written to by nobody", async () => {
  const wanted = file();
  renameSync(join(root, "stage"), join(root, "moved"));
  mkdirSync(join(root, "stage"));
  await assert.rejects(follower.begin([wanted]), /another folder/);
  assert.deepEqual(readdirSync(join(root, "stage")), []);
  rmSync(join(root, "moved"), { recursive: true });
});
