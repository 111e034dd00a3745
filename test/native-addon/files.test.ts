import assert from "node:assert/strict";
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, existsSync, closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { IDENTITY_RECORD_BYTES, IdentityLook } from "../../native/addon.ts";
import { builtAddon, bytes } from "./support.ts";

const addon = builtAddon();
const { O_RDONLY = 0, O_RDWR = 0, O_CREAT = 0, O_PATH = 0, O_DIRECTORY = 0, RESOLVE_BENEATH = 0, RESOLVE_NO_SYMLINKS = 0 } = addon.constants;
const folder = mkdtempSync(join(tmpdir(), "tsbox-addon-"));
after(() => rmSync(folder, { recursive: true }));

test("openat2 stays beneath its directory and follows no link when told so", () => {
  writeFileSync(join(folder, "file"), "text");
  symlinkSync("file", join(folder, "link"));
  const directory = addon.openat2(-1, folder, O_PATH | O_DIRECTORY, 0, 0);
  const file = addon.openat2(directory, "file", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  assert.equal(readFileSync(file, "utf8"), "text");
  assert.throws(() => addon.openat2(directory, "link", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), { code: "ELOOP", syscall: "openat2" });
  assert.throws(() => addon.openat2(directory, "../", O_RDONLY, 0, RESOLVE_BENEATH), { code: "EXDEV" });
  addon.close(file);
  addon.close(directory);
});

test("directories are made, renamed and removed relative to a descriptor", () => {
  const directory = addon.openat2(-1, folder, O_PATH | O_DIRECTORY, 0, 0);
  addon.mkdirat(directory, "one", 0o700);
  addon.renameat(directory, "one", directory, "two");
  assert.ok(existsSync(join(folder, "two")));
  addon.unlinkat(directory, "two", addon.constants["AT_REMOVEDIR"] ?? 0);
  assert.ok(!existsSync(join(folder, "two")));
  addon.close(directory);
});

test("a file's identity tells device, inode, mode, owner and size", () => {
  const fd = addon.openat2(-1, join(folder, "identity"), O_RDWR | O_CREAT, 0o600, 0);
  const identity = addon.fstat(fd);
  assert.equal(identity.mode & 0o7777, 0o600);
  assert.equal(identity.uid, process.getuid?.());
  assert.equal(identity.size, 0n);
  assert.ok(identity.ino > 0n && identity.dev > 0n);
  addon.close(fd);
});

test("a memfd holds its bytes and cannot be changed", () => {
  const fd = addon.memfd("sealed", bytes("content"));
  assert.equal(readFileSync(fd, "utf8"), "content");
  assert.throws(() => closeSync(openSync(`/proc/self/fd/${fd}`, "w")), { code: "EPERM" });
  addon.close(fd);
});

test("locks exclude other descriptions and are given back with the descriptor", () => {
  const path = join(folder, "lock");
  writeFileSync(path, "");
  const first = addon.openat2(-1, path, O_RDWR, 0, 0);
  const second = addon.openat2(-1, path, O_RDWR, 0, 0);
  assert.equal(addon.flock(first, true), true);
  assert.equal(addon.flock(second, true), false);
  assert.equal(addon.ofdLock(first, false), true);
  assert.equal(addon.ofdLock(second, false), true);
  assert.equal(addon.ofdLock(second, true), false);
  addon.close(first);
  assert.equal(addon.flock(second, true), true);
  assert.equal(addon.ofdLock(second, true), true);
  addon.close(second);
});

test("a process is held by its pidfd and a missing one is refused", () => {
  const fd = addon.pidfdOpen(process.pid);
  assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"), new RegExp(`^Pid:\\s+${process.pid}$`, "m"));
  addon.close(fd);
  assert.throws(() => addon.pidfdOpen(0x3fffffff), { code: "ESRCH", syscall: "pidfd_open" });
});

test("a copy of a descriptor is another number for the same file", () => {
  const fd = addon.memfd("copy", bytes("x"));
  const copy = addon.dup(fd);
  assert.notEqual(copy, fd);
  assert.equal(addon.fstat(copy).ino, addon.fstat(fd).ino);
  addon.close(fd);
  addon.close(copy);
});

test("many paths are looked at in one call: equal bytes for what is the same, others for what changed", () => {
  const file = join(folder, "looked-at");
  writeFileSync(file, "one");
  symlinkSync("looked-at", join(folder, "leads-there"));
  const look = (...words: readonly string[]): Buffer => {
    const records = Buffer.alloc(words.length * IDENTITY_RECORD_BYTES);
    assert.equal(addon.identifyPaths(bytes(words.map((word) => `${word}\0`).join("")), records), words.length);
    return records;
  };
  const field = (record: Buffer, index: number): bigint => record.readBigInt64LE(index * 8);
  const before = look(`${IdentityLook.CONTENT}${file}`, `${IdentityLook.ITSELF}${file}`, `${IdentityLook.CONTENT}${join(folder, "leads-there")}`);
  const stat = lstatSync(file, { bigint: true });
  assert.deepEqual(
    [0, 1, 2, 4, 5, 6, 7].map((index) => field(before, index)),
    [stat.dev, stat.ino, stat.mode, 3n, stat.mtimeNs, stat.ctimeNs, 0n],
  );
  assert.deepEqual(before.subarray(0, 64), before.subarray(128), "links are followed where asked for");
  assert.deepEqual(
    [4, 5, 6].map((index) => field(before.subarray(64), index)),
    [0n, 0n, 0n],
    "no times where none are asked for",
  );
  writeFileSync(file, "longer");
  const after_ = look(`${IdentityLook.CONTENT}${file}`, `${IdentityLook.ITSELF}${file}`);
  assert.notDeepEqual(after_.subarray(0, 64), before.subarray(0, 64));
  assert.deepEqual(after_.subarray(64), before.subarray(64, 128));
  const absent = look(`${IdentityLook.ITSELF}${join(folder, "nobody")}`);
  assert.deepEqual([field(absent, 0), field(absent, 7)], [0n, BigInt(addon.constants["ENOENT"] ?? 0)]);
  assert.throws(() => addon.identifyPaths(bytes("0/no-end"), Buffer.alloc(64)), RangeError);
  assert.throws(() => addon.identifyPaths(bytes("0/a\x000/b\0"), Buffer.alloc(64)), RangeError);
});
