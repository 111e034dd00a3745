import assert from "node:assert/strict";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import {
  hasEnded,
  InstanceError,
  listInstances,
  openInstance,
  releaseInstance,
  removeInstance,
  sweepAppDirectory,
  sweepInstances,
} from "../../launcher/instance/door.ts";
import { loadAddon } from "../../native/addon.ts";

const addon = loadAddon(resolve("build/tsbox.node"));
const IDENTITY = "[Application]\nname=org.example.App\nruntime=host\n\n[Instance]\ninstance-id=@INSTANCE@\narch=x86_64\n";
let runtimeDirectory = "";

beforeEach(() => {
  runtimeDirectory = mkdtempSync(join(tmpdir(), "tsbox-instance-"));
});
afterEach(() => rmSync(runtimeDirectory, { recursive: true, force: true }));

function open() {
  return openInstance(addon, { runtimeDirectory, appId: "org.example.App", identity: IDENTITY });
}
function age(directory: string): void {
  utimesSync(join(directory, ".ref"), 1, 1);
}
function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

test("an opened instance has the layout and the modes that Flatpak's has, whatever the umask", () => {
  const before = process.umask(0o077);
  const instance = open();
  process.umask(before);
  assert.match(instance.id, /^[0-9]{1,10}$/);
  assert.equal(readFileSync(join(instance.directory, "info"), "utf8"), IDENTITY.replace("@INSTANCE@", instance.id));
  assert.equal(mode(join(runtimeDirectory, ".flatpak")), 0o755);
  assert.equal(mode(instance.directory), 0o755);
  assert.equal(mode(join(instance.directory, "info")), 0o644);
  assert.equal(mode(join(instance.directory, ".ref")), 0o644);
  assert.equal(mode(instance.appDirectory), 0o700);
  assert.equal(mode(join(instance.appDirectory, ".ref")), 0o600);
  releaseInstance(instance);
});

test("a locked instance is listed and not swept, however old", () => {
  const instance = open();
  writeFileSync(join(instance.directory, "pid"), "4711");
  writeFileSync(join(instance.directory, "bwrapinfo.json"), '{ "child-pid": 4712 }');
  age(instance.directory);
  assert.deepEqual(sweepInstances(addon, runtimeDirectory), []);
  assert.deepEqual(listInstances(addon, runtimeDirectory), [
    { id: instance.id, pid: 4711, childPid: 4712, appId: "org.example.App", runtime: "host", arch: "x86_64", branch: "" },
  ]);
  releaseInstance(instance);
});

test("one that is listed has ended once its init is gone, and not while it may be starting", () => {
  const instance = open();
  releaseInstance(instance);
  const ended = () => listInstances(addon, runtimeDirectory).map(hasEnded);
  assert.deepEqual(ended(), [false]);
  writeFileSync(join(instance.directory, "bwrapinfo.json"), `{ "child-pid": ${process.pid} }`);
  assert.deepEqual(ended(), [false]);
  // Above the highest that the kernel gives.
  writeFileSync(join(instance.directory, "bwrapinfo.json"), '{ "child-pid": 4194305 }');
  assert.deepEqual(ended(), [true]);
});

test("an instance that nobody holds is left alone while it is young, and removed after", () => {
  const instance = open();
  releaseInstance(instance);
  assert.deepEqual(sweepInstances(addon, runtimeDirectory), []);
  age(instance.directory);
  assert.deepEqual(listInstances(addon, runtimeDirectory), []);
  assert.deepEqual(sweepInstances(addon, runtimeDirectory), [instance.id]);
  assert.ok(!existsSync(instance.directory));
});

test("a lock of another process keeps the instance after the broker has let go", () => {
  const instance = open();
  const other = openSync(join(instance.directory, ".ref"), "r");
  assert.ok(addon.ofdLock(other, false));
  releaseInstance(instance);
  age(instance.directory);
  assert.deepEqual(sweepInstances(addon, runtimeDirectory), []);
  closeSync(other);
  assert.deepEqual(sweepInstances(addon, runtimeDirectory), [instance.id]);
});

test("what instances of an app shared is emptied only when none of them is left", () => {
  const first = open();
  const second = open();
  mkdirSync(join(first.appDirectory, "tmp/deep"), { recursive: true });
  mkdirSync(join(first.appDirectory, "xdg-run"));
  writeFileSync(join(first.appDirectory, "xdg-run/socket"), "");
  releaseInstance(first);
  removeInstance(runtimeDirectory, first.id);
  assert.equal(sweepAppDirectory(addon, runtimeDirectory, "org.example.App"), false);
  assert.ok(existsSync(join(first.appDirectory, "tmp/deep")));
  releaseInstance(second);
  removeInstance(runtimeDirectory, second.id);
  assert.equal(sweepAppDirectory(addon, runtimeDirectory, "org.example.App"), true);
  assert.ok(!existsSync(join(first.appDirectory, "tmp")));
  assert.ok(existsSync(join(first.appDirectory, "xdg-run/socket")));
});

test("an app's folder with nothing in it goes with its last instance", () => {
  const instance = open();
  mkdirSync(join(instance.appDirectory, "xdg-run"));
  releaseInstance(instance);
  removeInstance(runtimeDirectory, instance.id);
  assert.equal(sweepAppDirectory(addon, runtimeDirectory, "org.example.App"), true);
  assert.ok(!existsSync(instance.appDirectory));
});

test("a link in place of the directory is refused, and nothing is made behind it", () => {
  const elsewhere = join(runtimeDirectory, "elsewhere");
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(runtimeDirectory, ".flatpak"));
  assert.throws(open, (error) => error instanceof InstanceError && error.code === "ENOTDIR");
});

test("a listing survives files that are half written or foreign", () => {
  mkdirSync(join(runtimeDirectory, ".flatpak/17"), { recursive: true });
  mkdirSync(join(runtimeDirectory, ".flatpak/not-a-number"));
  writeFileSync(join(runtimeDirectory, ".flatpak/17/bwrapinfo.json"), "{");
  assert.deepEqual(listInstances(addon, runtimeDirectory), [{ id: "17", pid: null, childPid: null, appId: "", runtime: "", arch: "", branch: "" }]);
});

test("no directory at all is an empty listing", () => {
  assert.deepEqual(listInstances(addon, runtimeDirectory), []);
  assert.deepEqual(sweepInstances(addon, runtimeDirectory), []);
});
