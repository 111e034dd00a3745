// An app that exchanges its name for a link just as the broker takes what lies there: nothing but regular files reaches the host's folder.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { createBindFollower } from "../../launcher/broker/follow-binds.ts";
import type { FollowedFile } from "../../launcher/plan/door.ts";
import { loadAddon } from "../../native/addon.ts";
import { EXCHANGER } from "../support/exchanger.ts";

const ROUNDS = Number(process.env["TSBOX_RACES"] ?? 40);
const LIMIT = 60_000 + ROUNDS * 200;

const addon = loadAddon(`${process.cwd()}/build/tsbox.node`);
const root = mkdtempSync(join(tmpdir(), "tsbox-races-"));
after(() => rmSync(root, { recursive: true, force: true }));
const host = join(root, "host/file");
const inside = join(root, "stage/name");
const secret = join(root, "secret");

beforeEach(() => {
  for (const name of ["host", "stage", "known"]) rmSync(join(root, name), { recursive: true, force: true });
  for (const name of ["host", "stage"]) mkdirSync(join(root, name));
  writeFileSync(host, "host\n");
  writeFileSync(secret, "secret\n");
});

function file(copies: boolean): FollowedFile {
  const { dev, ino } = statSync(join(root, "stage"), { bigint: true });
  return {
    path: host,
    stage: join(root, "stage"),
    stageDev: dev,
    stageIno: ino,
    name: "name",
    writable: true,
    copies,
    opened: null,
    known: join(root, "known"),
  };
}

/** Another file of that age in its place, as an atomic save makes it. */
function save(path: string, text: string, seconds: number): void {
  writeFileSync(`${path}.new`, text);
  utimesSync(`${path}.new`, seconds, seconds);
  renameSync(`${path}.new`, path);
}

/** What of the host's folder is no regular file, or holds what only the link leads to. */
function foreign(): readonly string[] {
  const folder = join(root, "host");
  return readdirSync(folder).filter((name) => !lstatSync(join(folder, name)).isFile() || readFileSync(join(folder, name), "utf8") === "secret\n");
}

for (const copies of [false, true])
  test(`the older of two versions that becomes a link in the moment leaves nothing on the host (${copies ? "copied" : "one file under two names"})`, async () => {
    const events: string[] = [];
    let exchange = (): void => {};
    const follower = createBindFollower(addon, (event) => {
      events.push(event);
      if (event === "document conflict") exchange();
    });
    const change = (round: number): void => {
      save(inside, "of the app\n", 1_000_000 + round);
      save(host, "of the user\n", 2_000_000 + round);
    };
    (await follower.begin([file(copies)]))();
    // Where it stays what it is, it is kept.
    change(1);
    (await follower.begin([file(copies)]))();
    const kept = readdirSync(join(root, "host")).filter((name) => name !== "file");
    assert.deepEqual([kept.length, readFileSync(join(root, "host", kept[0] ?? ""), "utf8")], [1, "of the app\n"]);
    exchange = () => {
      renameSync(inside, `${inside}.was`);
      symlinkSync(secret, inside);
    };
    change(2);
    (await follower.begin([file(copies)]))();
    assert.equal(events.filter((event) => event === "document conflict").length, 2);
    assert.deepEqual(readdirSync(join(root, "host")).sort(), ["file", ...kept]);
    assert.equal(readFileSync(host, "utf8"), "of the user\n");
    assert.deepEqual(foreign(), []);
  });

for (const copies of [false, true])
  test(`a name that is a file and a link in turn brings no link to the host (${copies ? "copied" : "one file under two names"})`, {
    timeout: LIMIT,
  }, async () => {
    const follower = createBindFollower(addon, () => {});
    (await follower.begin([file(copies)]))();
    save(inside, "of the app\n", 1_000_000);
    symlinkSync(secret, join(root, "stage/link"));
    const exchanger = spawn("/usr/bin/python3", ["-c", EXCHANGER, inside, join(root, "stage/link")], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(exchanger.stdout, "data");
      for (let round = 1; round <= ROUNDS; round++) {
        // Now one is the newer one, now the other.
        save(host, "of the user\n", round % 2 === 0 ? 500_000 + round : 2_000_000 + round);
        (await follower.begin([file(copies)]))();
        assert.deepEqual(foreign(), [], `round ${round}`);
      }
      assert.equal(exchanger.exitCode, null, "the names changed until the end");
    } finally {
      exchanger.kill("SIGKILL");
    }
    assert.equal(readFileSync(secret, "utf8"), "secret\n");
  });
