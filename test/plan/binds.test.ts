// `--bind=SRC:DEST[:ro]` in the plan: what becomes visible where, and what stays closed all the same.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bind } from "../../launcher/plan/door.ts";
import { goodPlanOf, planOf } from "./fake-host.ts";

const TREE = { "/srv/data": "directory", "/srv/data/secret": "directory" } as const;
const bind = (from: string, to: string, mode: Bind["mode"] = "rw"): Bind => ({ from, to, mode, text: `--bind=${from}:${to}` });

describe("--bind", () => {
  it("shows a place of the host under another name", () => {
    const { operations } = goodPlanOf({ tree: TREE, options: { binds: [bind("/srv/data", "/mnt/data", "ro")] } });
    const found = operations.find((one) => one.kind === "bind" && one.to === "/mnt/data");
    assert.ok(found?.kind === "bind" && found.from === "/srv/data" && found.access === "ro");
    assert.equal(found.because.origin?.text, "--bind=/srv/data:/mnt/data");
  });

  it("does not show what is denied below it", () => {
    const { operations } = goodPlanOf({ tree: TREE, words: { filesystems: ["!/srv/data/secret"] }, options: { binds: [bind("/srv/data", "/mnt/data")] } });
    assert.ok(operations.some((one) => one.kind === "tmpfs" && one.to === "/mnt/data/secret"));
  });

  it("says what is not there, and covers nothing of the sandbox's own", () => {
    const keys = (options: { readonly binds: readonly Bind[] }): readonly string[] => {
      const planned = planOf({ tree: TREE, options });
      return planned.ok ? [] : planned.problems.map(({ key }) => key);
    };
    assert.deepEqual(keys({ binds: [bind("/srv/absent", "/mnt/data")] }), ["plan.bind-absent"]);
    for (const place of ["/usr", "/usr/bin", "/etc", "/.flatpak-info", "/run/flatpak/bus", "/"])
      assert.deepEqual(keys({ binds: [bind("/srv/data", place)] }), ["plan.bind-reserved"], place);
  });
});
