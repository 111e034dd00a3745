import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HANGUP, READABLE, WRITABLE } from "../../native/addon.ts";
import { builtAddon, bytes, openDescriptors } from "./support.ts";

const addon = builtAddon();

function nextEvent(fd: number, events: number): Promise<number> {
  return new Promise((done) => {
    const watcher = addon.watch(fd, events, (happened) => {
      watcher.close();
      done(happened);
    });
  });
}

test("a watcher tells readable, writable and the end", async () => {
  const [a, b] = addon.socketpair();
  assert.equal((await nextEvent(a, WRITABLE)) & WRITABLE, WRITABLE);
  addon.sendmsg(b, bytes("x"), 0, 1, []);
  assert.equal((await nextEvent(a, READABLE)) & READABLE, READABLE);
  addon.recvmsg(a, Buffer.alloc(1), 0, 1, []);
  addon.close(b);
  assert.equal((await nextEvent(a, READABLE)) & HANGUP, HANGUP);
  addon.close(a);
});

test("a paused watcher is silent until it is resumed", async () => {
  const [a, b] = addon.socketpair();
  let calls = 0;
  const watcher = addon.watch(a, READABLE, () => {
    calls++;
    watcher.update(0);
  });
  watcher.update(0);
  addon.sendmsg(b, bytes("x"), 0, 1, []);
  await sleep(20);
  assert.equal(calls, 0);
  watcher.update(READABLE);
  await sleep(20);
  assert.equal(calls, 1);
  watcher.close();
  watcher.close();
  watcher.update(READABLE);
  addon.close(a);
  addon.close(b);
});

test("a peer that resets the connection is reported and its last bytes can still be read", async () => {
  const [a, b] = addon.socketpair();
  addon.sendmsg(a, bytes("unread"), 0, 6, []);
  addon.sendmsg(b, bytes("last"), 0, 4, []);
  addon.close(b);
  assert.ok(((await nextEvent(a, READABLE)) & READABLE) !== 0);
  const buffer = Buffer.alloc(8);
  assert.equal(addon.recvmsg(a, buffer, 0, 8, []), 4);
  assert.ok(addon.recvmsg(a, buffer, 0, 8, []) <= 0);
  addon.close(a);
});

test("promises run between two events and an exception in a callback is an uncaught one", () => {
  const script = `
    const addon = require(${JSON.stringify(resolve("build/tsbox.node"))});
    const [a, b] = addon.socketpair();
    process.on("uncaughtException", (e) => { console.log("caught", e.message); process.exit(3); });
    let calls = 0;
    const watcher = addon.watch(a, 2, () => {
      if (++calls === 1) return void Promise.resolve().then(() => console.log("microtask in call", calls));
      throw new Error("boom");
    });`;
  const child = spawnSync(process.execPath, ["-e", script], { timeout: 10_000, encoding: "utf8" });
  assert.equal(child.status, 3);
  assert.match(child.stdout, /^microtask in call 1$/m);
  assert.match(child.stdout, /caught boom/);
});

test("watchers that always have something to tell hold up no timer, immediate, file or child, and none of them stops the watchers", async () => {
  const [a, b] = addon.socketpair();
  let passed = 0;
  const pass = (from: number, to: number) => {
    const byte = Buffer.alloc(1);
    return addon.watch(from, READABLE, () => {
      if (addon.recvmsg(from, byte, 0, 1, []) !== 1) return;
      passed++;
      addon.sendmsg(to, byte, 0, 1, []);
    });
  };
  const watchers = [pass(a, a), pass(b, b)];
  addon.sendmsg(a, bytes("x"), 0, 1, []);
  const waits: readonly (() => Promise<unknown>)[] = [
    () => sleep(3),
    () => new Promise((done) => setImmediate(done)),
    () => readFile("/proc/self/stat"),
    () => new Promise((done) => spawn("true").once("close", done)),
    () => new Promise((done) => setImmediate(done).unref()),
  ];
  for (const wait of [...waits, ...waits]) {
    const before = passed;
    await wait();
    await sleep(1);
    assert.ok(passed > before);
  }
  for (const watcher of watchers) watcher.close();
  addon.close(a);
  addon.close(b);
});

test("a descriptor that is closed and opened again while others are told is told nothing of the one before", async () => {
  const pairs = Array.from({ length: 8 }, () => addon.socketpair());
  const told: string[] = [];
  const first = pairs.map(([mine]) =>
    addon.watch(mine, READABLE, () => {
      told.push("first");
      for (const [index, watcher] of first.entries()) {
        watcher.close();
        addon.close((pairs[index] as [number, number])[0]);
      }
      // The same numbers, and nothing to read.
      for (const [again, other] of Array.from({ length: 4 }, () => addon.socketpair())) {
        second.push(addon.watch(again, READABLE, () => void told.push("second")));
        opened.push(again, other);
      }
    }),
  );
  const second: { close(): void }[] = [];
  const opened: number[] = [];
  for (const [, theirs] of pairs) addon.sendmsg(theirs, bytes("x"), 0, 1, []);
  await sleep(30);
  assert.deepEqual(told, ["first"]);
  for (const watcher of second) watcher.close();
  for (const fd of [...opened, ...pairs.map(([, theirs]) => theirs)]) addon.close(fd);
});

test("an unreferenced watcher lets the process end, a referenced one keeps it", () => {
  const start = `const addon = require(${JSON.stringify(resolve("build/tsbox.node"))}); const [a, b] = addon.socketpair(); const w = addon.watch(a, 1, () => {});`;
  assert.equal(spawnSync(process.execPath, ["-e", `${start} w.unref();`], { timeout: 5000 }).status, 0);
  assert.equal(spawnSync(process.execPath, ["-e", start], { timeout: 400 }).status, null);
});

test("ten thousand watchers leave no descriptor behind", async () => {
  const before = openDescriptors();
  for (let round = 0; round < 10_000; round++) {
    const [a, b] = addon.socketpair();
    addon.watch(a, READABLE, () => {}).close();
    addon.close(a);
    addon.close(b);
    if (round % 1000 === 0) await sleep(0);
  }
  assert.equal(openDescriptors(), before);
});
