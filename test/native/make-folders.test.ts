import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { makeFolders } from "../../native/make-folders.ts";

describe("folders are made", () => {
  const root = mkdtempSync(join(tmpdir(), "tsbox-folders-"));
  after(() => rmSync(root, { recursive: true }));

  it("with those above them, each with the mode, and are left as they are where they exist", () => {
    makeFolders(join(root, "a/b/c"), 0o700);
    for (const path of ["a", "a/b", "a/b/c"]) assert.equal(statSync(join(root, path)).mode & 0o777, 0o700);
    makeFolders(join(root, "a/b"), 0o755);
    assert.equal(statSync(join(root, "a/b")).mode & 0o777, 0o700);
    symlinkSync("a/b", join(root, "link"));
    makeFolders(join(root, "link"), 0o700);
    makeFolders(join(root, "link/d"), 0o700);
    assert.ok(existsSync(join(root, "a/b/d")));
  });

  it("or it is said why not: at a file, a link that leads nowhere, and where the system makes none", () => {
    writeFileSync(join(root, "file"), "");
    symlinkSync("/nonexistent/x", join(root, "nowhere"));
    for (const [path, code] of [
      [join(root, "file"), "EEXIST"],
      [join(root, "file/below"), "ENOTDIR"],
      [join(root, "nowhere"), "EEXIST"],
      [join(root, "nowhere/below"), "ENOENT"],
      ["/proc/tsbox-none", "ENOENT"],
      ["/proc/tsbox-none/below/it", "ENOENT"],
    ] as const)
      assert.throws(() => makeFolders(path, 0o700), { code }, path);
  });
});
