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

  it("behind links of an earlier run stays in the new root", async () => {
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
});
