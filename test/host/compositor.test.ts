// What a compositor's answer says, by its bytes and over a socket.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readGlobals } from "../../launcher/host/compositor.ts";
import { askCompositor } from "../../launcher/host/door.ts";

function event(object: number, opcode: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(object, 0);
  head.writeUInt32LE(((8 + body.length) << 16) | opcode, 4);
  return Buffer.concat([head, body]);
}

function global(name: number, text: string): Buffer {
  const padded = Math.ceil((text.length + 1) / 4) * 4;
  const body = Buffer.alloc(12 + padded);
  body.writeUInt32LE(name, 0);
  body.writeUInt32LE(text.length + 1, 4);
  body.write(text, 8);
  return event(2, 0, body);
}

const MANAGER = global(7, "wp_security_context_manager_v1");
const SHELL = global(6, "xdg_wm_base");
const DONE = event(3, 0, Buffer.alloc(4));

describe("a compositor's answer", () => {
  it("counts once its list is at its end", () => {
    assert.equal(readGlobals(Buffer.concat([SHELL, MANAGER, DONE])), "security-context");
    assert.equal(readGlobals(Buffer.concat([SHELL, DONE])), "plain");
    const whole = Buffer.concat([SHELL, MANAGER, DONE]);
    for (let length = 0; length < whole.length; length++) assert.equal(readGlobals(whole.subarray(0, length)), null);
  });

  it("that is an error or no Wayland is silence", () => {
    assert.equal(readGlobals(Buffer.concat([SHELL, event(1, 0, Buffer.alloc(12))])), "silent");
    assert.equal(readGlobals(Buffer.from("HTTP/1.1 200 OK\r\n\r\n")), "silent");
    assert.equal(readGlobals(Buffer.alloc(64)), "silent");
  });

  it("is asked for over the socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsbox-compositor."));
    after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "wayland-0");
    assert.equal(await askCompositor(path), "dead");
    const asked: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (bytes) => {
        asked.push(bytes);
        socket.write(SHELL);
        setImmediate(() => socket.write(Buffer.concat([MANAGER, DONE])));
      });
    });
    await new Promise<void>((listening) => server.listen(path, listening));
    assert.equal(await askCompositor(path), "security-context");
    assert.equal(asked[0]?.toString("hex"), "0100000001000c000200000001000000" + "00000c0003000000");
    await new Promise((closed) => server.close(closed));
  });
});
