// `--bind=SRC:DEST[:ro]` in the plan: what becomes visible where, and what stays closed all the same.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodPlanOf, planOf } from "./fake-host.ts";

const TREE = { "/srv/data": "directory", "/srv/data/secret": "directory" } as const;

describe("--bind", () => {
  it("shows a place of the host under another name", () => {
    const { operations } = goodPlanOf({ tree: TREE, words: { binds: ["/srv/data:/mnt/data:ro"] } });
    const found = operations.find((one) => one.kind === "bind" && one.to === "/mnt/data");
    assert.ok(found?.kind === "bind" && found.from === "/srv/data" && found.access === "ro");
    assert.equal(found.because.origin?.text, "--bind=/srv/data:/mnt/data:ro");
  });

  it("does not show what is denied below it", () => {
    const { operations } = goodPlanOf({ tree: TREE, words: { filesystems: ["!/srv/data/secret"], binds: ["/srv/data:/mnt/data"] } });
    assert.ok(operations.some((one) => one.kind === "tmpfs" && one.to === "/mnt/data/secret"));
  });

  it("says what is not there, and covers nothing of the sandbox's own", () => {
    const keys = (bind: string): readonly string[] => {
      const planned = planOf({ tree: TREE, words: { binds: [bind] } });
      return planned.ok ? [] : planned.problems.map(({ key }) => key);
    };
    assert.deepEqual(keys("/srv/absent:/mnt/data"), ["plan.bind-absent"]);
    for (const place of ["/usr", "/usr/bin", "/etc", "/.flatpak-info", "/run/flatpak/bus", "/"])
      assert.deepEqual(keys(`/srv/data:${place}`), ["plan.bind-reserved"], place);
  });

  it("shows a file in a folder of its own where it can be replaced, and lets nothing that was shown before stay there", () => {
    const tree = { ...TREE, "/srv/a": "file", "/srv/b": "file" } as const;
    const stageOf = (...binds: readonly string[]) => {
      const { operations, followed } = goodPlanOf({ tree, words: { binds }, options: { assumePrepared: true } });
      const shown = operations.find((one) => one.kind === "bind" && one.to === "/opt/box");
      assert.ok(shown?.kind === "bind" && followed.every(({ stage }) => stage === shown.from), followed.map(({ stage }) => stage).join());
      return shown.from;
    };
    const both = stageOf("/srv/a:/opt/box/a", "/srv/b:/opt/box/b");
    assert.match(both, /\/\.local\/state\/tsbox\/binds\/[\w.-]+\/[0-9a-f]{32}$/);
    assert.notEqual(stageOf("/srv/a:/opt/box/a"), both);
    assert.notEqual(stageOf("/srv/b:/opt/box/a"), stageOf("/srv/a:/opt/box/a"));
  });

  it("mounts files that one folder of ours could not show together", () => {
    const tree = { ...TREE, "/srv/a": "file", "/srv/b": "file" } as const;
    for (const binds of [
      ["/srv/a:/opt/box/a", "/srv/b:/opt/box/b:ro"],
      ["/srv/a:/opt/box/a", "/srv/b:/opt/box/sub/b"],
    ]) {
      const { operations, followed } = goodPlanOf({ tree, words: { binds }, options: { assumePrepared: true } });
      assert.deepEqual(followed, []);
      for (const bind of binds) {
        const [from, to, mode] = bind.split(":");
        assert.ok(
          operations.some((one) => one.kind === "bind" && one.from === from && one.to === to && one.access === (mode ?? "rw")),
          bind,
        );
      }
    }
  });

  it("mounts a file that is guarded or denied, as the guard or denial says, and follows it nowhere", () => {
    const tree = { ...TREE, "/srv/data/secret/a": "file", "/home/ada/.bashrc": "file" } as const;
    for (const from of ["/srv/data/secret/a", "/home/ada/.bashrc"]) {
      const { followed } = goodPlanOf({
        tree,
        words: { filesystems: ["!/srv/data/secret"], binds: [`${from}:/opt/box/a`] },
        options: { assumePrepared: true },
      });
      assert.deepEqual(followed, [], from);
    }
  });
});
