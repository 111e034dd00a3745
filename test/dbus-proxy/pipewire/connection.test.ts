// A whole connection between an app and PipeWire, both played by the test: messages in pieces, descriptors with theirs or gone, hostile lengths.
import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync } from "node:fs";
import { afterEach, describe, it } from "node:test";
import { PipewireConnection } from "../../../dbus-proxy/pipewire/connection.ts";
import { encodeMessage } from "../../../dbus-proxy/pipewire/message.ts";
import { int, Pod, struct, text } from "../../../dbus-proxy/pipewire/pod.ts";
import { endAll, playBetween, type Played } from "../pulse/rig.ts";

const HELLO = message(0, 1, int(3));
const SYNC = message(0, 2, int(0), int(5));

function message(object: number, opcode: number, ...fields: readonly Uint8Array[]): Buffer {
  return Buffer.from(encodeMessage({ object, opcode, sequence: 0 }, struct(...fields)));
}

/** The same, as coming with so many descriptors. */
function withDescriptors(bytes: Buffer, count: number): Buffer {
  const made = Buffer.from(bytes);
  made.writeUInt32LE(count, 12);
  return made;
}

async function greeted(): Promise<Played> {
  const policy = { appId: "org.example.App", playback: true, microphone: false, monitor: false };
  const both = playBetween(policy, (context, fd, closed) => new PipewireConnection(context, fd, closed));
  both.app.send(HELLO);
  assert.ok((await both.server.take(HELLO.length)).equals(HELLO));
  return both;
}

describe("a connection to PipeWire", () => {
  afterEach(endAll);

  it("passes messages byte by byte, and leaves footers behind", async () => {
    const { app, server } = await greeted();
    const footed = Buffer.concat([SYNC, Buffer.from(struct(int(0, Pod.ID), struct(int(1))))]);
    footed.writeUInt32LE(((2 << 24) | (footed.length - 16)) >>> 0, 4);
    const stream = Buffer.concat([SYNC, footed, SYNC]);
    for (const byte of stream) app.send(Buffer.from([byte]));
    assert.ok((await server.take(3 * SYNC.length)).equals(Buffer.concat([SYNC, SYNC, SYNC])));
  });

  it("gives the server's descriptors to the app with their messages, and none of a message that is dropped", async () => {
    const { app, server } = await greeted();
    const [memory, other] = [openSync("/dev/null", "r"), openSync("/dev/zero", "r")];
    const wanted = fstatSync(memory).rdev;
    // An object that the app does not have, then one that it has.
    server.send(withDescriptors(message(9, 0, int(1)), 1), [other]);
    const addMemory = withDescriptors(message(0, 6, int(0), int(2, Pod.ID), int(0), int(3)), 1);
    server.send(addMemory, [memory]);
    assert.equal((await app.take(addMemory.length)).subarray(16).compare(addMemory.subarray(16)), 0);
    assert.deepEqual(
      app.descriptors.map((fd) => fstatSync(fd).rdev),
      [wanted],
    );
    for (const fd of [memory, other, ...app.descriptors]) closeSync(fd);
  });

  it("refuses in the server's words what is no app's to say, and goes on", async () => {
    const { app, server, refused } = await greeted();
    app.send(Buffer.concat([message(1, 4, int(1)), SYNC]));
    const error = message(0, 3, int(1), int(0), int(-13), text("refused: no app may send it"));
    assert.ok((await app.take(error.length)).equals(error));
    assert.ok((await server.take(SYNC.length)).equals(SYNC));
    assert.deepEqual(refused, ["client, method 4"]);
  });

  it("ends at descriptors of the app's with the first bytes of a message that never comes whole", async () => {
    const { app, warnings } = await greeted();
    const fd = openSync("/dev/null", "r");
    app.send(SYNC.subarray(0, 8), [fd]);
    closeSync(fd);
    await app.ended();
    assert.equal(warnings.length, 1);
  });

  it("ends at descriptors of the app's, which no server gets", async () => {
    const { app, server, warnings } = await greeted();
    const fd = openSync("/dev/null", "r");
    app.send(withDescriptors(SYNC, 1), [fd]);
    closeSync(fd);
    await server.ended();
    assert.deepEqual([server.descriptors, warnings.length], [[], 1]);
  });

  for (const [what, bytes] of [
    ["a message of sixteen megabytes", Buffer.from("00000000ffffff020000000000000000", "hex")],
    ["a message without a body", Buffer.from("00000000000000020000000000000000", "hex")],
    ["a body that is no struct", Buffer.from(encodeMessage({ object: 0, opcode: 2, sequence: 0 }, int(5)))],
    ["a struct that is longer than its message", Buffer.from("000000000800000200000000000000000001000e0e000000", "hex")],
    ["descriptors that are not there", withDescriptors(SYNC, 3)],
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
