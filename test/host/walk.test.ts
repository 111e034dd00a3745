// The walk along a path: the same steps as the kernel's, over literal trees.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PathFact } from "../../launcher/host/facts.ts";
import { type Walk, walkPath } from "../../launcher/host/walk.ts";

function walk(path: string, tree: Readonly<Record<string, string>>): Walk {
  return walkPath(path, (step) => {
    const what = step === "/" ? "directory" : tree[step];
    if (what === undefined) return null;
    const isLink = what.startsWith("-> ");
    return {
      path: step,
      type: (isLink ? "symlink" : what) as PathFact["type"],
      dev: 1n,
      ino: 1n,
      mode: 0o755,
      uid: 0,
      target: isLink ? what.slice(3) : null,
      writable: false,
    };
  });
}

const TREE = {
  "/a": "directory",
  "/a/b": "directory",
  "/a/b/file": "file",
  "/link": "-> a/b",
  "/a/up": "-> ../a/./b",
  "/abs": "-> /a//b/",
  "/a/loop": "-> loop",
  "/dangling": "-> a/none/x",
};

describe("a walk", () => {
  it("ends at what the path names, and tells the folders on the way", () => {
    const { end, real, folders, links } = walk("/a/b/file", TREE);
    assert.deepEqual([end?.type, real, folders, links], ["file", "/a/b/file", ["/a", "/a/b"], []]);
  });

  it("follows relative and absolute links, and tells each at its own place", () => {
    for (const [path, link] of [
      ["/link/file", "/link"],
      ["/abs/file", "/abs"],
      ["/a/up/file", "/a/up"],
    ] as const) {
      const { real, links } = walk(path, TREE);
      assert.equal(real, "/a/b/file");
      assert.deepEqual(
        links.map((one) => one.path),
        [link],
      );
    }
  });

  it("keeps the folders before a link among those passed", () => {
    assert.deepEqual(walk("/a/up/file", TREE).folders, ["/a", "/a/b"]);
  });

  it("does not climb above the root", () => {
    assert.equal(walk("/../../a/../a/b", TREE).real, "/a/b");
  });

  it("tells the first absent step, and what was left to go", () => {
    const { end, real, absentAt } = walk("/dangling/y", TREE);
    assert.deepEqual([end, real, absentAt], [null, "/a/none/x/y", "/a/none"]);
  });

  it("takes a file in the middle and a loop of links for absent", () => {
    assert.equal(walk("/a/b/file/more", TREE).absentAt, "/a/b/file/more");
    assert.equal(walk("/a/loop", TREE).end, null);
  });
});
