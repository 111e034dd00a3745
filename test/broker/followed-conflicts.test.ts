// Conflicts of a file that both sides keep changing: the older versions stay beside it, the newest few of them, and nothing else there is touched.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createBindFollower } from "../../launcher/broker/follow-binds.ts";
import type { FollowedFile } from "../../launcher/plan/door.ts";
import { loadAddon } from "../../native/addon.ts";

const KEPT = 5;
const addon = loadAddon(`${process.cwd()}/build/tsbox.node`);
const root = mkdtempSync(join(tmpdir(), "tsbox-conflicts-"));
after(() => rmSync(root, { recursive: true, force: true }));

function save(path: string, text: string, seconds: number): void {
  writeFileSync(`${path}.new`, text);
  utimesSync(`${path}.new`, seconds, seconds);
  renameSync(`${path}.new`, path);
}

test("the newest five conflicts of a file stay beside it, and files that are called alike stay too", async () => {
  for (const name of ["host", "stage"]) mkdirSync(join(root, name));
  const [host, inside] = [join(root, "host/file"), join(root, "stage/name")];
  const others = ["file.conflict-notes", "file.conflict-17000000000001", "other.conflict-1700000000000", "file.conflict"];
  for (const name of others) writeFileSync(join(root, "host", name), "the user's\n");
  writeFileSync(host, "first\n");
  const { dev, ino } = statSync(join(root, "stage"), { bigint: true });
  const file: FollowedFile = {
    path: host,
    stage: join(root, "stage"),
    stageDev: dev,
    stageIno: ino,
    name: "name",
    writable: true,
    copies: false,
    opened: null,
    known: join(root, "known"),
  };
  const follower = createBindFollower(addon, () => {});
  (await follower.begin([file]))();
  for (let round = 1; round <= KEPT + 3; round++) {
    save(inside, `of the app ${round}\n`, 1_000_000 + round);
    save(host, `of the user ${round}\n`, 2_000_000 + round);
    (await follower.begin([file]))();
    await setTimeout(3);
  }
  const names = readdirSync(join(root, "host")).filter((name) => name !== "file");
  for (const name of others) assert.ok(names.includes(name), name);
  const conflicts = names.filter((name) => !others.includes(name)).sort();
  assert.deepEqual(
    conflicts.map((name) => readFileSync(join(root, "host", name), "utf8")),
    [4, 5, 6, 7, 8].map((round) => `of the app ${round}\n`),
  );
  assert.equal(readFileSync(host, "utf8"), `of the user ${KEPT + 3}\n`);
});
