import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { builtAddon } from "./support.ts";

const addon = builtAddon();

test("a listening socket is reached by its path and the peer is who the kernel says", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-addon-"));
  const path = join(folder, "socket");
  const listener = addon.listenUnix(path, 4);
  assert.equal(addon.accept(listener), -1);
  const client = addon.connectUnix(path);
  const server = addon.accept(listener);
  assert.ok(server >= 0);
  assert.deepEqual(addon.checkPeer(server), { ok: true, pid: process.pid });
  for (const fd of [listener, client, server]) addon.close(fd);
  rmSync(folder, { recursive: true });
});

test("a message bears its sender's credentials where the receiver asks for them later, and only if the sender passes them", () => {
  const script = [
    "import socket, struct",
    "receiver = socket.socket(fileno=0)",
    "receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)",
    "print([struct.unpack('iII', data)[0] for _, kind, data in receiver.recvmsg(1, 64)[1] if kind == socket.SCM_CREDENTIALS])",
  ].join("\n");
  for (const passes of [true, false]) {
    const [ours, theirs] = addon.socketpair();
    if (passes) addon.passCredentials(ours);
    assert.equal(addon.sendmsg(ours, Uint8Array.of(1), 0, 1, []), 1);
    const result = spawnSync("python3", ["-c", script], { stdio: [theirs, "pipe", "pipe"], encoding: "utf8" });
    assert.equal(result.stdout, passes ? `[${process.pid}]\n` : "[0]\n", result.stderr);
    for (const fd of [ours, theirs]) addon.close(fd);
  }
});

test("a path that is too long is refused, never cut", () => {
  assert.throws(() => addon.listenUnix(`/tmp/${"x".repeat(120)}`, 1), { code: "ENAMETOOLONG" });
  assert.throws(() => addon.connectUnix(`@${"x".repeat(120)}`), { code: "ENAMETOOLONG" });
});

test("a path with a NUL is refused", () => {
  assert.throws(() => addon.connectUnix("/tmp/a\0b"), TypeError);
});

test("a missing socket is a system error with its code and call", () => {
  assert.throws(() => addon.connectUnix("/nonexistent/socket"), { code: "ENOENT", syscall: "connect" });
});

test("an existing path is not listened on a second time", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-addon-"));
  const path = join(folder, "socket");
  const listener = addon.listenUnix(path, 4);
  assert.throws(() => addon.listenUnix(path, 4), { code: "EADDRINUSE", syscall: "bind" });
  addon.close(listener);
  rmSync(folder, { recursive: true });
});

test("who listened last is the peer that a client is told", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-addon-"));
  const path = join(folder, "socket");
  // Bound and listened on by a process that ends at once; the socket lives on as our standard input would.
  const listener = addon.listenUnix(path, 4);
  const script = `const { dlopen } = process; const m = { exports: {} }; dlopen(m, ${JSON.stringify(resolve("build/tsbox.node"))}); m.exports.listenOn(0, 4);`;
  const other = spawnSync(process.execPath, ["-e", script], { stdio: [listener, "ignore", "inherit"] });
  assert.equal(other.status, 0);
  const told = (): number => {
    const client = addon.connectUnix(path);
    try {
      return addon.checkPeer(client).pid;
    } finally {
      addon.close(client);
    }
  };
  assert.notEqual(told(), process.pid);
  addon.listenOn(listener, 4);
  assert.equal(told(), process.pid);
  addon.close(listener);
  rmSync(folder, { recursive: true });
});

test("shutting down the writing half lets the peer see the end", () => {
  const [a, b] = addon.socketpair();
  addon.shutdown(a, 1);
  assert.equal(addon.recvmsg(b, Buffer.alloc(1), 0, 1, []), 0);
  addon.close(a);
  addon.close(b);
});

test("a descriptor number that is no integer is refused", () => {
  assert.throws(() => addon.close(1.5), TypeError);
  assert.throws(() => addon.close(2 ** 32 + 1), TypeError);
});
