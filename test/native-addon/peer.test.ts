import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { builtAddon, openDescriptors } from "./support.ts";

const addon = builtAddon();
const folder = mkdtempSync(join(tmpdir(), "tsbox-peer-"));
const path = join(folder, "socket");
const listener = addon.listenUnix(path, 4);
after(() => {
  addon.close(listener);
  rmSync(folder, { recursive: true });
});

const CONNECT = `import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); sys.stdin.read()`;

async function connectionOf(command: readonly string[]): Promise<{ fd: number; end: () => Promise<void> }> {
  const child = spawn(command[0] as string, [...command.slice(1), "python3", "-c", CONNECT, path], { stdio: ["pipe", "ignore", "inherit"] });
  for (let round = 0; round < 500; round++) {
    const fd = addon.accept(listener);
    if (fd >= 0)
      return {
        fd,
        end: () =>
          new Promise((done) => {
            child.on("close", () => done());
            child.stdin?.end();
          }),
      };
    await sleep(10);
  }
  throw new Error(`${command[0]} did not connect`);
}

test("a process of ours in our namespaces is accepted", async () => {
  const before = openDescriptors();
  const { fd, end } = await connectionOf(["env"]);
  const check = addon.checkPeer(fd);
  assert.ok(check.ok);
  await end();
  addon.close(fd);
  assert.ok(openDescriptors() <= before);
});

for (const [name, option] of [
  ["mount", "--mount"],
  ["pid", "--pid"],
  ["user", "--user"],
] as const) {
  test(`a process of our uid in another ${name} namespace is refused`, async () => {
    // Proof that the host allows such a process at all: without it a refusal would mean nothing.
    const options = option === "--pid" ? ["--pid", "--fork", "--kill-child"] : [option];
    const unshare = [
      "unshare",
      ...(process.geteuid?.() === 0 || option === "--user" ? [] : ["--user", "--map-root-user"]),
      ...options,
      ...(option === "--user" ? ["--map-root-user"] : []),
    ];
    assert.equal(spawnSync(unshare[0] as string, [...unshare.slice(1), "true"]).status, 0);
    const { fd, end } = await connectionOf(unshare);
    const check = addon.checkPeer(fd);
    assert.deepEqual([check.ok, check.ok ? "" : check.reason], [false, "namespace"]);
    await end();
    addon.close(fd);
  });
}

test("a process that is gone is refused", async () => {
  const { fd, end } = await connectionOf(["env"]);
  await end();
  assert.equal(addon.checkPeer(fd).ok, false);
  addon.close(fd);
});
