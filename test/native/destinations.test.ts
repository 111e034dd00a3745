import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { type Executor, makeExecutor } from "./executor.ts";

inEachSession("a destination", (session) => {
  let executor: Executor;
  let hostile: string;
  let canary: string;
  before(() => {
    executor = makeExecutor(session());
    hostile = session().makeFolder("hostile");
    canary = session().makeFolder("canary");
    session().link("/", "hostile/root");
    session().link("../../../../../..", "hostile/up");
    session().link(canary, "hostile/absolute");
    session().link("/proc/self/root", "hostile/magic");
    session().link("/proc/1/root", "hostile/magic-init");
    session().link("nowhere", "hostile/dangling");
    session().link("loop", "hostile/loop");
  });
  /** Operations that write, each at the given place. */
  const operations = (place: string): readonly (readonly string[])[] => [
    ["--dir", `${place}/made`],
    ["--file", "@0", `${place}/made`],
    ["--ro-bind-data", "@0", `${place}/made`],
    ["--symlink", "x", `${place}/made`],
    ["--ro-bind", "/usr/share/doc", `${place}/made`],
    ["--tmpfs", `${place}/made`],
    ["--perms", "0700", "--dir", `${place}/deep/er/made`],
  ];

  it("behind links of an earlier run stays in the new root (CVE-2026-87766)", async () => {
    for (const link of ["root", "up", "absolute"]) {
      const place = link === "absolute" ? `/app/${link}` : `/app/${link}${canary}`;
      for (const words of operations(place)) {
        // The place of the canary is made inside first: an own empty folder of the same path.
        const result = await executor.shell(["--dir", canary, "--bind", hostile, "/app", ...words], `ls ${canary}`, { data: ["evil"] });
        assert.equal(result.status, 0, result.stderr);
        assert.match(result.stdout, /made|deep/, `${words} lies inside`);
        assert.deepEqual(readdirSync(canary), [], `${words} at ${place}`);
      }
    }
  });

  it("behind a link to a process' root is refused", async () => {
    for (const link of ["magic", "magic-init"])
      for (const words of operations(`/app/${link}${canary}`)) {
        const result = await executor.run(["--bind", hostile, "/app", ...words], ["echo", "started"], { data: ["evil"] });
        assert.deepEqual([result.status, result.stdout], [125, ""], `${words}`);
        assert.match(result.stderr, /Too many levels of symbolic links|No such file or directory|Permission denied/);
        assert.deepEqual(readdirSync(canary), []);
      }
  });

  it("at a dangling or endless link is refused, and nothing is made behind it", async () => {
    for (const words of [
      ["--ro-bind", "/usr", "/app/dangling"],
      ["--tmpfs", "/app/dangling"],
      ["--ro-bind", "/usr", "/app/loop"],
      ["--tmpfs", "/app/loop/deep"],
    ]) {
      const result = await executor.run(["--bind", hostile, "/app", ...words], ["echo", "started"]);
      assert.deepEqual([result.status, result.stdout], [125, ""], `${words}`);
    }
    assert.ok(!readdirSync(hostile).includes("nowhere"));
  });

  it("above the root is the root", async () => {
    const result = await executor.shell(["--dir", "/../../../above"], "ls -d /above");
    assert.equal(result.stdout, "/above\n");
  });

  it("whose folder was covered meanwhile lies in what covers it", async () => {
    const first = ["--dir", "/a/b", "--symlink", "/a", "/a/b/up", "--ro-bind-data", "@0", "/a/b/x"];
    for (const [cover, listed] of [
      [["--tmpfs", "/a/b"], "y\n"],
      [["--tmpfs", "/a"], "y\n"],
      [["--tmpfs", "/a/b/up"], "y\n"],
      [["--bind", hostile, "/a/b/deeper"], "deeper\nup\nx\ny\n"],
      [["--symlink", "x", "/a/b/z"], "up\nx\ny\nz\n"],
    ] as const) {
      const result = await executor.shell([...first, ...cover, "--ro-bind-data", "@1", "/a/b/y"], "ls /a/b; cat /a/b/y", { data: ["one", "two"] });
      assert.deepEqual([result.status, result.stdout], [0, `${listed}two`], `${cover}: ${result.stderr}`);
    }
  });

  it("behind a link that was covered by another one meanwhile lies where that one leads", async () => {
    const link = session().makeFolder("links");
    session().link("/a/b", "links/other");
    for (const [words, listed] of [
      [[], "/a/x\n"],
      [["--link-bind", `${link}/other`, "/a/l/l"], "/a/b/x\n"],
    ] as const) {
      const result = await executor.shell(["--dir", "/a/b", "--symlink", ".", "/a/l", "--dir", "/a/l/first", ...words, "--dir", "/a/l/x"], "find /a -name x");
      assert.deepEqual([result.status, result.stdout], [0, listed], result.stderr);
    }
  });

  it("that is there already is covered, by a folder or a file as it is", async () => {
    const words = ["--dir", "/a/folder", "--file", "@0", "/a/file", "--ro-bind", canary, "/a/folder", "--ro-bind-data", "@1", "/a/file"];
    const result = await executor.shell(words, "ls /a; ls /a/folder; cat /a/file", { data: ["one", "two"] });
    assert.deepEqual([result.status, result.stdout], [0, "file\nfolder\ntwo"], result.stderr);
    const mixed = await executor.run(["--dir", "/a/folder", "--ro-bind-data", "@0", "/a/folder"], ["true"], { data: ["one"] });
    assert.deepEqual([mixed.status, /Invalid argument|Not a directory/.test(mixed.stderr)], [125, true], mixed.stderr);
  });

  it("below a root whose dev, proc, sys, etc and tmp are links is never outside (CVE-2019-18837, CVE-2023-28642, CVE-2026-41579, CVE-2025-24965, CVE-2025-31133, CVE-2025-52881)", async () => {
    const words = [
      "--ro-bind",
      "/usr",
      "/usr",
      "--proc",
      "/proc",
      "--dev",
      "/dev",
      "--tmpfs",
      "/tmp",
      "--file",
      "@0",
      "/etc/passwd",
      "--dir",
      "/sys/made",
      "--ro-bind",
      "/usr/share/doc",
      "/run/made",
    ];
    for (const target of [canary, `../../../../../..${canary}`, `/proc/self/root${canary}`, `/proc/1/root${canary}`, "/dev/null"]) {
      for (const link of ["dev", "proc", "sys", "etc", "tmp", "run", "dev/null", "etc/passwd"]) {
        const tree = session().makeFolder(`trees/${link.replace("/", "-")}-${target.replaceAll("/", "-")}`);
        session().link(target, `${tree}/${link}`);
        await executor.run(["--bind", tree, "/", ...words], ["/usr/bin/true"], { bare: true, data: ["evil"] });
        assert.deepEqual(readdirSync(canary), [], `${link} leads to ${target}`);
      }
    }
    const plain = session().makeFolder("trees/plain");
    const result = await executor.run(
      [
        "--bind",
        plain,
        "/",
        ...words.filter((word) => !["--file", "@0", "/etc/passwd"].includes(word)),
        "--symlink",
        "usr/lib",
        "/lib",
        "--symlink",
        "usr/lib64",
        "/lib64",
      ],
      ["/usr/bin/true"],
      { bare: true },
    );
    assert.equal(result.status, 0, `a root without links works: ${result.stderr}`);
  });
});
