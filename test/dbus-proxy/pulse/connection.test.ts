// A whole sound connection between an app and a server that the test plays: frames in pieces, audio untouched, descriptors gone, hostile lengths.
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { afterEach, describe, it } from "node:test";
import { SoundConnection } from "../../../dbus-proxy/pulse/connection.ts";
import { commandFrame } from "../../../dbus-proxy/pulse/framing.ts";
import type { SoundPolicy } from "../../../dbus-proxy/pulse/policy.ts";
import { numberValue, textValue } from "../../../dbus-proxy/pulse/tagstruct.ts";
import { waitFor } from "../../support/process.ts";
import { authentication, command, EVERYTHING, newRecord, NO_INDEX, PLAYBACK, sourceInfo } from "./messages.ts";
import { endAll, playBetween, type Played } from "./rig.ts";

const connect = (policy: SoundPolicy = EVERYTHING): Played => playBetween(policy, (context, fd, closed) => new SoundConnection(context, fd, closed));

async function greeted(policy?: SoundPolicy): Promise<Played> {
  const both = connect(policy);
  both.app.send(commandFrame(authentication()));
  await both.server.take(20 + 276);
  both.server.send(commandFrame(command(2, 0, numberValue(35))));
  await both.app.take(35);
  return both;
}

function block(length: number, flags = 0): Buffer {
  const frame = Buffer.alloc(20 + length, 0x5a);
  frame.writeUInt32BE(length, 0);
  for (const at of [4, 8, 12]) frame.writeUInt32BE(0, at);
  frame.writeUInt32BE(flags, 16);
  return frame;
}

describe("a sound connection", () => {
  afterEach(endAll);

  it("passes commands byte by byte and audio untouched, in any pieces", async () => {
    const { app, server } = await greeted();
    const stream = Buffer.concat([
      commandFrame(command(20, 1)),
      block(1000),
      commandFrame(command(14, 2, numberValue(0))),
      block(300_000, 3),
      commandFrame(command(13, 3)),
    ]);
    for (let at = 0; at < stream.length; ) {
      const size = at < 1200 ? 1 : 40_001;
      app.send(stream.subarray(at, at + size));
      at += size;
    }
    assert.ok((await server.take(stream.length)).equals(stream));
  });

  it("passes two megabytes of audio to a server that reads slowly, and all of them", async () => {
    const { app, server } = await greeted();
    const frame = block(2 * 1024 * 1024);
    app.send(frame);
    await new Promise((done) => setTimeout(done, 30));
    const taken: Buffer[] = [];
    for (let left = frame.length; left > 0; left -= 65_536) {
      taken.push(await server.take(Math.min(left, 65_536)));
    }
    assert.ok(Buffer.concat(taken).equals(frame));
  });

  it("an app that asks for what it may not have, in the middle of a sound, is not read for ever", async () => {
    const { app, server, refused } = await greeted();
    const sound = block(100_000);
    server.send(sound.subarray(0, 50_000));
    await app.take(50_000);
    const one = commandFrame(command(51, 5, textValue("x".repeat(1000))));
    const many = Buffer.concat(Array.from({ length: 5_000 }, () => one));
    app.send(many);
    // Each is answered by 35 bytes, of which 64 KiB may be owed beside what was read already.
    const refusedUntilNow = async (): Promise<number> => {
      await app.take(0);
      return refused.length;
    };
    await waitFor("as many as may be owed", async () => (await refusedUntilNow()) >= 1_800);
    for (let look = 0; look < 20; look++) {
      await new Promise((done) => setTimeout(done, 5));
      await refusedUntilNow();
    }
    assert.ok(refused.length < 2_500, String(refused.length));
    server.send(sound.subarray(50_000));
    await app.take(50_020);
    await app.take(35 * 5_000);
    assert.equal(refused.length, 5_000);
  });

  it("answers a refused command itself, and goes on", async () => {
    const { app, server, refused } = await greeted();
    app.send(Buffer.concat([commandFrame(command(51, 5, textValue("module-x"), textValue("file=/x"))), commandFrame(command(20, 6))]));
    assert.deepEqual(await app.take(35), Buffer.from(commandFrame(command(0, 5, numberValue(1)))));
    assert.deepEqual(await server.take(30), Buffer.from(commandFrame(command(20, 6))));
    assert.deepEqual(refused, ["LOAD_MODULE"]);
  });

  it("holds what follows a recording until the server has told of its device", async () => {
    const { app, server } = await greeted({ ...PLAYBACK, microphone: true });
    app.send(Buffer.concat([commandFrame(newRecord(1)), commandFrame(command(20, 2))]));
    const question = await server.take(20 + 10 + 5 + "t@DEFAULT_SOURCE@\0".length);
    assert.ok(question.includes("@DEFAULT_SOURCE@"));
    server.send(commandFrame(sourceInfo(0xffff_fff0, "mic", NO_INDEX)));
    const creation = await server.take(20 + newRecord(1, { name: "mic" }).length);
    assert.ok(creation.includes("mic\0"));
    assert.deepEqual(await server.take(30), Buffer.from(commandFrame(command(20, 2))));
    server.send(commandFrame(command(2, 2)));
    assert.deepEqual(await app.take(30), Buffer.from(commandFrame(command(2, 2))), "the answer to our own question never reaches the app");
  });

  it("closes descriptors that come along", async () => {
    const { app, server } = await greeted();
    const fd = openSync("/dev/null", "r");
    app.send(commandFrame(command(20, 1)), [fd]);
    closeSync(fd);
    await server.take(30);
    assert.deepEqual(server.descriptors, []);
  });

  for (const [what, bytes] of [
    ["an empty frame", block(0)],
    ["a frame of four gigabytes", Buffer.from("ffffffff0000000000000000000000000000000000", "hex")],
    ["a command that is too long", Buffer.concat([Buffer.from("00010001ffffffff000000000000000000000000", "hex"), Buffer.alloc(100, 0x4c)])],
    ["shared memory", block(8, 0x8000_0000)],
    ["a memfd block", block(8, 0xa000_0000)],
    ["a release of shared memory", block(8, 0x4000_0000)],
    ["flags on a command", Buffer.from("0000000affffffff0000000000000000800000004c000000144c00000001", "hex")],
  ] as const) {
    it(`ends at ${what}, which no server sees`, async () => {
      const { app, server, warnings } = await greeted();
      app.send(bytes);
      await server.ended();
      await app.ended();
      assert.equal(warnings.length, 1);
    });
  }
});
