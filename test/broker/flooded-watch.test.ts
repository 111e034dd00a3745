// An app that writes to its folder without end: the broker goes on, and what the app has written is there afterwards.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, test } from "node:test";
import { loadAddon } from "../../native/addon.ts";
import { folderMark, openMirror } from "../../portals/door.ts";
import { waitFor } from "../support/process.ts";

const root = mkdtempSync(join(tmpdir(), "tsbox-flood-"));
after(() => rmSync(root, { recursive: true, force: true }));
/** Two files by turns: the kernel tells of a change that is the same as the last one only once. */
const FLOOD = `
import os, sys, time
end = time.time() + 30
a, b = (os.open(f"{sys.argv[1]}/{os.getpid()}{name}", os.O_CREAT | os.O_RDWR) for name in "ab")
print("on", flush=True)
while time.time() < end:
    for _ in range(1000):
        os.pwrite(a, b"x", 0)
        os.pwrite(b, b"x", 0)
`;

test("who fills the broker's queue of changes does not stop it, and his file is still followed", async () => {
  const [host, stage] = [join(root, "host"), join(root, "stage")];
  for (const folder of [host, stage]) mkdirSync(folder);
  writeFileSync(join(host, "file"), "first");
  const addon = loadAddon(resolve("build/tsbox.node"));
  const parts = { addon, path: join(host, "file"), mark: folderMark(addon, host), stage, stageMark: folderMark(addon, stage), known: "" };
  const mirror = openMirror({ ...parts, writable: () => true, remember: () => {}, note: () => {} });
  const floods = [1, 2, 3].map(() => spawn("/usr/bin/python3", ["-c", FLOOD, stage], { stdio: ["ignore", "pipe", "inherit"] }));
  const ended = floods.map((flood) => once(flood, "exit"));
  try {
    await Promise.all(floods.map((flood) => once(flood.stdout, "data")));
    for (let turn = 0; turn < 20; turn++) await sleep(50);
    assert.ok(
      floods.every(({ exitCode }) => exitCode === null),
      "they write on",
    );
  } finally {
    for (const flood of floods) flood.kill("SIGKILL");
    await Promise.all(ended);
  }
  writeFileSync(join(stage, "new"), "second");
  renameSync(join(stage, "new"), join(stage, "file"));
  await waitFor("the file outside", () => readFileSync(join(host, "file"), "utf8") === "second");
  mirror.close(true);
});
