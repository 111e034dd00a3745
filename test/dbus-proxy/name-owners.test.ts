// Who owns the names of a bus: asked of real buses, and of something that listens there and is none. Whoever asks goes on meanwhile.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { ownersOf } from "../../dbus-proxy/name-owners.ts";
import { waitFor } from "../support/process.ts";
import { builtAddon, openDescriptors } from "../native-addon/support.ts";
import { BUS_KINDS, startRig } from "./live/rig.ts";

const addon = builtAddon();
const uid = process.getuid?.() ?? 0;
const LONG = 60_000;
const SHORT = 300;

describe("the owners of a bus's names", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-owners-"));
  let made = 0;
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  async function listen(answer: (app: Socket) => void): Promise<string> {
    const path = join(folder, `bus-${++made}`);
    const server = createServer((app) => {
      app.on("error", () => {});
      answer(app);
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(path, done));
    return path;
  }

  for (const kind of BUS_KINDS) {
    it(`are what ${kind} says, of the names that are wanted`, async () => {
      const rig = await startRig(kind);
      try {
        await rig.outside("org.test.One", "org.test.Two");
        const before = openDescriptors();
        const found = await ownersOf(addon, { address: rig.busPath, uid, patience: LONG }, (name) => name === "org.test.Two");
        assert.deepEqual(found, [{ name: "org.test.Two", pid: process.pid }]);
        assert.deepEqual(await ownersOf(addon, { address: rig.busPath, uid, patience: LONG }, () => false), []);
        assert.ok(openDescriptors() <= before, "no connection stays");
      } finally {
        await rig.close();
      }
    });
  }

  it("are unknown where what listens is silent, and nobody else waits for that", async () => {
    const address = await listen(() => {});
    let turns = 0;
    const counting = setInterval(() => turns++, 10);
    const found = await ownersOf(addon, { address, uid, patience: SHORT }, () => true);
    clearInterval(counting);
    assert.deepEqual([found, turns > 0], [undefined, true]);
  });

  it("are unknown where what listens refuses, ends, talks of something else, or never ends", async () => {
    const greeting = "OK 0123456789abcdef0123456789abcdef\r\n";
    for (const [what, answer] of [
      ["refuses", (app) => app.write("REJECTED\r\n")],
      ["ends", (app) => app.end()],
      ["ends in the middle", (app) => app.end(`${greeting}l\u0002`)],
      ["talks of something else", (app) => app.write(Buffer.concat([Buffer.from(greeting), Buffer.alloc(4096, 0x6c)]))],
      [
        "never ends",
        (app) => {
          const more = (): void => {
            while (app.writable && app.write(Buffer.alloc(1 << 20, 0x41)));
          };
          app.on("drain", more);
          more();
        },
      ],
    ] as readonly (readonly [string, (app: Socket) => void])[]) {
      const before = openDescriptors();
      const found = await ownersOf(addon, { address: await listen(answer), uid, patience: 2_000 }, () => true);
      assert.equal(found, undefined, what);
      assert.ok(openDescriptors() <= before + 2, `${what}: the connection is closed`);
    }
  });

  it("are waited for where a bus has no room for one more, and nobody else waits for that", async () => {
    const address = join(folder, "full");
    const listener = addon.listenUnix(address, 0);
    const waiting: number[] = [];
    try {
      for (let isFull = false; !isFull; ) {
        try {
          waiting.push(addon.connectUnix(address));
        } catch (error) {
          isFull = (error as { code?: string }).code === "EAGAIN";
          if (!isFull) throw error;
        }
      }
      let turns = 0;
      const counting = setInterval(() => turns++, 10);
      const failed = await ownersOf(addon, { address, uid, patience: SHORT }, () => true).catch((error: { code?: string }) => error.code);
      assert.deepEqual([failed, turns > 0], ["EAGAIN", true]);
      // As soon as there is room it is asked, which then says nothing.
      const asked = ownersOf(addon, { address, uid, patience: LONG }, () => true);
      clearInterval(counting);
      for (const fd of waiting.splice(0)) addon.close(fd);
      await waitFor("the question", () => {
        const fd = addon.accept(listener);
        if (fd < 0) return false;
        const said = addon.recvmsg(fd, new Uint8Array(64), 0, 64, []);
        addon.close(fd);
        return said > 0;
      });
      assert.equal(await asked, undefined);
    } finally {
      for (const fd of waiting) addon.close(fd);
      addon.close(listener);
    }
  });

  it("are asked of nobody where nobody listens: the kernel's error says so", async () => {
    await assert.rejects(
      ownersOf(addon, { address: join(folder, "none"), uid, patience: SHORT }, () => true),
      { code: "ENOENT" },
    );
  });
});
