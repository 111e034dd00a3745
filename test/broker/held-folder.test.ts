// Folders of documents are known by device and inode, and opened without links: what an app puts in their place is not them.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { loadAddon } from "../../native/addon.ts";
import { folderMark, inFolders } from "../../portals/kept.ts";

const addon = loadAddon(resolve("build/tsbox.node"));
let root = "";
let folder = { path: "", mark: "" };

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "tsbox-held-")));
  mkdirSync(`${root}/parent/given`, { recursive: true });
  writeFileSync(`${root}/parent/given/file`, "the user's");
  folder = { path: `${root}/parent/given`, mark: folderMark(addon, `${root}/parent/given`) };
});

afterEach(() => rmSync(root, { recursive: true }));

const readIn = (): string => inFolders(addon, [folder], ([way]) => readFileSync(`${way}/file`, "utf8"));

test("the folder itself is held, also where another takes its place while it is used", () => {
  assert.equal(readIn(), "the user's");
  const read = inFolders(addon, [folder], ([way]) => {
    renameSync(folder.path, `${root}/moved`);
    mkdirSync(folder.path);
    return readFileSync(`${way}/file`, "utf8");
  });
  assert.equal(read, "the user's");
});

test("another folder in its place is not taken for it", () => {
  renameSync(folder.path, `${root}/moved`);
  mkdirSync(folder.path);
  writeFileSync(`${folder.path}/file`, "the app's");
  assert.throws(readIn, /another folder lies there now/);
});

test("a link in its place, or on the way, is followed to nothing, not even to the folder itself", () => {
  renameSync(folder.path, `${root}/moved`);
  symlinkSync(`${root}/moved`, folder.path);
  assert.throws(readIn, /^Error: openat2: /);
  rmSync(folder.path);
  renameSync(`${root}/moved`, folder.path);
  renameSync(`${root}/parent`, `${root}/elsewhere`);
  symlinkSync(`${root}/elsewhere`, `${root}/parent`);
  assert.throws(readIn, { code: "ELOOP" });
});
