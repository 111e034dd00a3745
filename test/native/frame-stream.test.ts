import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { loadAddon } from "../../native/addon.ts";
import { type Frame, type FrameStream, openFrameStream, type StreamEnd } from "../../native/frame-stream.ts";
import { encodeFrame } from "../../native/frames.ts";

const addon = loadAddon(resolve("build/tsbox.node"));

interface Side {
  readonly stream: FrameStream;
  readonly frames: Frame[];
  readonly ends: StreamEnd[];
}

function open(fd: number, limits?: Parameters<typeof openFrameStream>[3]): Side {
  const frames: Frame[] = [];
  const ends: StreamEnd[] = [];
  const stream = openFrameStream(addon, fd, { frame: (frame) => frames.push(frame), end: (end) => ends.push(end) }, limits);
  return { stream, frames, ends };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries++) await new Promise((done) => setTimeout(done, 2));
  assert.ok(condition());
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

test("frames arrive in order and whole, empty ones too", async () => {
  const [left, right] = addon.socketpair();
  const a = open(left);
  const b = open(right);
  const sizes = [0, 1, 7, 70_000, 0, 3_000_000, 5];
  for (const [index, size] of sizes.entries()) a.stream.send(index, new Uint8Array(size).fill(index));
  await until(() => b.frames.length === sizes.length);
  assert.deepEqual(
    b.frames.map((frame) => [frame.type, frame.payload.byteLength]),
    sizes.map((size, index) => [index, size]),
  );
  assert.ok(b.frames.every((frame) => frame.payload.every((byte) => byte === frame.type)));
  a.stream.close();
  await until(() => b.ends.length === 1);
  assert.deepEqual(b.ends, [{ reason: "closed" }]);
});

test("descriptors stay with their frame, even between frames without any", async () => {
  const before = openDescriptors();
  const [left, right] = addon.socketpair();
  const a = open(left);
  const b = open(right);
  a.stream.send(1, Buffer.from("none"));
  a.stream.send(2, Buffer.alloc(200_000, 2), [openSync("/etc/hostname", "r"), openSync("/etc/passwd", "r")]);
  a.stream.send(3, Buffer.from("none"));
  a.stream.send(4, Buffer.from("one"), [openSync("/proc/self/status", "r")]);
  a.stream.send(5, new Uint8Array(), [openSync("/etc/passwd", "r")]);
  await until(() => b.frames.length === 5);
  assert.deepEqual(
    b.frames.map((frame) => frame.descriptors.length),
    [0, 2, 0, 1, 1],
  );
  assert.match(readFileSync((b.frames[1] as Frame).descriptors[1] as number, "utf8"), /^root:/);
  for (const descriptor of b.frames.flatMap((frame) => frame.descriptors)) closeSync(descriptor);
  a.stream.close();
  b.stream.close();
  assert.equal(openDescriptors(), before);
});

test("a frame longer than the limit ends the stream and closes what came along", async () => {
  const before = openDescriptors();
  const [left, right] = addon.socketpair();
  const a = open(left);
  const b = open(right, { payloadBytes: 10, descriptorsPerFrame: 2, queuedBytes: 1000 });
  a.stream.send(1, new Uint8Array(11), [openSync("/etc/hostname", "r")]);
  await until(() => b.ends.length === 1);
  assert.deepEqual(b.ends, [{ reason: "malformed" }]);
  a.stream.close();
  assert.equal(openDescriptors(), before);
});

test("more descriptors than the limit end the stream and are closed", async () => {
  const before = openDescriptors();
  const [left, right] = addon.socketpair();
  const a = open(left);
  const b = open(right, { payloadBytes: 10, descriptorsPerFrame: 2, queuedBytes: 1000 });
  a.stream.send(
    1,
    new Uint8Array(1),
    [1, 2, 3].map(() => openSync("/etc/hostname", "r")),
  );
  await until(() => b.ends.length === 1);
  a.stream.close();
  assert.equal(openDescriptors(), before);
});

test("a peer that does not read is cut off at the queue's limit", async () => {
  const [left, right] = addon.socketpair();
  const a = open(left, { payloadBytes: 1 << 24, descriptorsPerFrame: 2, queuedBytes: 1_000_000 });
  let sent = 0;
  while (a.stream.send(1, new Uint8Array(100_000)) && sent < 100) sent++;
  assert.ok(sent < 100);
  assert.deepEqual(a.ends, [{ reason: "overflow" }]);
  addon.close(right);
});

test("an end in the middle of a frame is not taken for a proper end", async () => {
  const [left, right] = addon.socketpair();
  const b = open(right);
  const bytes = encodeFrame(1, new Uint8Array(100));
  addon.sendmsg(left, bytes, 0, 50, []);
  addon.close(left);
  await until(() => b.ends.length === 1);
  assert.deepEqual(b.ends, [{ reason: "malformed" }]);
});
