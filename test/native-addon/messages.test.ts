import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { builtAddon, bytes, openDescriptors } from "./support.ts";

const addon = builtAddon();
const { EAGAIN = 0, EPIPE = 0 } = addon.constants;

test("bytes and descriptors written on one end arrive on the other", () => {
  const [a, b] = addon.socketpair();
  const file = addon.memfd("payload", bytes("inside"));
  assert.equal(addon.sendmsg(a, bytes("xhellox"), 1, 5, [file]), 5);
  const buffer = Buffer.alloc(16);
  const fds: number[] = [];
  assert.equal(addon.recvmsg(b, buffer, 2, 14, fds), 5);
  assert.equal(buffer.toString("utf8", 2, 7), "hello");
  assert.equal(fds.length, 1);
  assert.equal(readFileSync(fds[0] as number, "utf8"), "inside");
  for (const fd of [a, b, file, ...fds]) addon.close(fd);
});

test("an empty socket answers EAGAIN, a closed one 0, a write to it EPIPE", () => {
  const [a, b] = addon.socketpair();
  assert.equal(addon.recvmsg(a, Buffer.alloc(4), 0, 4, []), -EAGAIN);
  addon.close(b);
  assert.equal(addon.recvmsg(a, Buffer.alloc(4), 0, 4, []), 0);
  assert.equal(addon.sendmsg(a, bytes("x"), 0, 1, []), -EPIPE);
  addon.close(a);
});

test("several pieces go in one call, in order", () => {
  const [a, b] = addon.socketpair();
  assert.equal(addon.sendmsgv(a, [bytes("abc"), 0, 3, bytes("-def-"), 1, 3], []), 6);
  const buffer = Buffer.alloc(8);
  assert.equal(addon.recvmsg(b, buffer, 0, 8, []), 6);
  assert.equal(buffer.toString("utf8", 0, 6), "abcdef");
  addon.close(a);
  addon.close(b);
});

test("253 descriptors pass in one message and none is leaked", () => {
  const before = openDescriptors();
  const [a, b] = addon.socketpair();
  const file = addon.memfd("many", bytes("x"));
  assert.equal(addon.sendmsg(a, bytes("x"), 0, 1, new Array<number>(253).fill(file)), 1);
  const fds: number[] = [];
  assert.equal(addon.recvmsg(b, Buffer.alloc(1), 0, 1, fds), 1);
  assert.equal(fds.length, 253);
  for (const fd of [a, b, file, ...fds]) addon.close(fd);
  assert.equal(openDescriptors(), before);
});

test("a slice outside the buffer is refused before any system call", () => {
  const [a, b] = addon.socketpair();
  assert.throws(() => addon.sendmsg(a, Buffer.alloc(4), 2, 3, []), RangeError);
  assert.throws(() => addon.recvmsg(a, Buffer.alloc(4), 5, 0, []), RangeError);
  assert.throws(() => addon.sendmsg(a, bytes("x"), 0, 1, new Array<number>(254).fill(a)), RangeError);
  assert.throws(() => addon.sendmsgv(a, [bytes("x"), 0], []), TypeError);
  assert.throws(() => addon.sendmsg("1" as unknown as number, bytes("x"), 0, 1, []), TypeError);
  addon.close(a);
  addon.close(b);
});
