// Making what must exist, next to an app that could have put anything into its own folder.
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { type Addon, loadAddon } from "../../native/addon.ts";
import { prepareHost } from "../../launcher/host/door.ts";
import type { Preparation } from "../../launcher/plan/door.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbox-prepare."));
after(() => rmSync(folder, { recursive: true }));
const addon = (): Addon => loadAddon(resolve("build/tsbox.node"));

function preparation(path: string, more: Partial<Preparation> = {}): Preparation {
  return { path, kind: "directory", target: null, mode: 0o700, because: { reason: "test", origin: null }, beneath: null, failure: "stop", ...more };
}

describe("preparing", () => {
  it("makes folders with their mode whatever our umask, and leaves what exists as it is", () => {
    const path = join(folder, "shared/deep");
    const before = process.umask(0o077);
    try {
      assert.ok(prepareHost([preparation(path, { mode: 0o755 })], addon).ok);
      assert.equal(process.umask(), 0o077, "our own umask is as before");
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(path).mode & 0o777, 0o755);
    assert.ok(prepareHost([preparation(path, { mode: 0o700 })], addon).ok);
    assert.equal(statSync(path).mode & 0o777, 0o755);
  });

  it("makes files and links", () => {
    assert.ok(
      prepareHost(
        [
          preparation(join(folder, "f/.zshrc"), { kind: "file", mode: 0o644 }),
          preparation(join(folder, "f/.bash_profile"), { kind: "link", target: ".profile" }),
        ],
        addon,
      ).ok,
    );
    assert.ok(lstatSync(join(folder, "f/.zshrc")).isFile());
    assert.equal(readlinkSync(join(folder, "f/.bash_profile")), ".profile");
  });

  it("makes folders of an app's data beneath it", () => {
    const root = join(folder, "app");
    assert.ok(prepareHost([preparation(root), preparation(join(root, "cache/tmp"), { beneath: root })], addon).ok);
    assert.ok(statSync(join(root, "cache/tmp")).isDirectory());
  });

  it("follows no link in an app's data, so that nothing is made outside (CVE-2026-96808, CVE-2026-39861)", () => {
    const root = join(folder, "hostile");
    const outside = join(folder, "outside");
    mkdirSync(root);
    mkdirSync(outside);
    symlinkSync(outside, join(root, "cache"));
    const result = prepareHost([preparation(join(root, "cache/planted"), { beneath: root })], addon);
    assert.ok(!result.ok && result.problems[0]?.key === "host.preparation-failed");
    assert.ok(!existsSync(join(outside, "planted")));
  });

  it("tells in words what failed, with the line that asked for it", () => {
    const file = join(folder, "file");
    assert.ok(prepareHost([preparation(file, { kind: "file" })], addon).ok);
    const origin = { layer: "manifest" as const, file: "/m.ini", line: 3, column: 1, text: "filesystems=~/x:create" };
    const result = prepareHost([preparation(join(file, "below"), { because: { reason: "to be made", origin } })], addon);
    assert.ok(!result.ok);
    assert.deepEqual([result.problems[0]?.line, result.problems[0]?.values["error"]], [3, "not a directory"]);
  });

  it("leaves to the plan what nobody may write, where the preparation says so", () => {
    // sysfs refuses a new folder to root as well.
    assert.ok(prepareHost([preparation("/sys/tsbox-test", { failure: "leave" })], addon).ok);
    assert.ok(!prepareHost([preparation("/sys/tsbox-test")], addon).ok);
  });
});
