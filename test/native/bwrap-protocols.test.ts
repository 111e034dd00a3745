// What callers of bubblewrap do besides giving arguments. Debian's bwrap and ours must answer alike wherever Debian's knows the option.
import assert from "node:assert/strict";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import type { Outcome } from "../support/process.ts";

interface Scenario {
  readonly says: string;
  readonly name: string;
  /** Lines that both print; without it, what both print must only be the same. */
  readonly prints?: readonly string[];
  /** Ours alone: Debian's is too old for it. */
  readonly alone?: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  {
    says: "describes the sandbox on --info-fd before the program runs",
    name: "info_fd",
    prints: ["['{'] True ['cgroup-namespace', 'ipc-namespace', 'mnt-namespace', 'net-namespace', 'pid-namespace', 'uts-namespace']", "True", "0"],
  },
  {
    says: "writes a line at the start and one at the end on --json-status-fd",
    name: "json_status",
    prints: ["(9, '')", "2 ['child-pid', 'mnt-namespace', 'pid-namespace'] { \"exit-code\": 9 }"],
  },
  { says: "writes no exit code where the program never began", name: "json_status_without_start", prints: ["(1, '')", "1"] },
  { says: "counts a signal as a shell does", name: "json_status_of_signal", prints: ["(137, '')", '{ "exit-code": 137 }'] },
  { says: "holds the program back until --block-fd is written to or closed", name: "block_fd", prints: ["waits", "False", "0 True"] },
  { says: "keeps --sync-fd open in pid 1 and nowhere else", name: "sync_fd", prints: ["0 4 False True"] },
  { says: "leaves --sync-fd to a program that is pid 1 itself", name: "sync_fd_as_pid_1", prints: ["0 /proc/self/fd/N", "1"] },
  { says: "holds read locks as long as anything lives inside", name: "lock_files", prints: ["locked", "free"] },
  { says: "fails where a lock cannot be had", name: "lock_file_of_another", prints: ["True", "True"] },
  { says: "ends everything with its parent if told so", name: "die_with_parent", prints: ["all gone"] },
  { says: "ends everything with its parent if told so, without a pid namespace", name: "die_with_parent_in_our_pid_namespace", prints: ["all gone"] },
  { says: "lives on without its parent otherwise", name: "live_without_parent", prints: ["lives on"] },
  { says: "leaves the program alive when the monitor is killed", name: "killed_monitor", prints: ["-15 True"] },
  { says: "enters a user namespace that exists", name: "joined_user_namespace" },
  { says: "enters a pid namespace that exists, and one below it", name: "joined_pid_namespace" },
  { says: "lets a helper outside write the id maps", name: "maps_from_outside", prints: ["0 True"] },
  { says: "closes nested user namespaces, and notices where they are open", name: "no_more_user_namespaces" },
  { says: "passes on every descriptor that was no argument", name: "inherited_descriptors", prints: ["True True"] },
  { says: "leaves the terminal's signals to whom they reach", name: "terminal_signals" },
  {
    says: "mounts what a descriptor names, and nothing that took its place",
    name: "magic_link_source",
    alone: true,
    prints: ["(0, 'file')", "(0, 'file')", "(0, 'file')", "1"],
  },
  { says: "sees mounts that the host makes later", name: "later_mounts_arrive", prints: ["arrived gone"] },
  {
    says: "lays overlays",
    name: "overlays",
    alone: true,
    prints: [
      "(0, '22\\n3') ['same']",
      "(0, '22\\n3') 2",
      "(0, '22\\n2')",
      "(0, 'first\\nsame\\nbin dev lib lib64 o p proc shared usr')",
      "(0, '/o/strange')",
      "1 1 1 1 1 0",
    ],
  },
];

inEachSession("tsbox-bwrap", (session) => {
  let script: string;
  let ours: string;
  before(() => {
    const s = session();
    script = s.write(join(s.scratch, "scenarios.py"), "");
    copyFileSync(resolve("test/native/bwrap-scenarios.py"), script);
    ours = join(s.scratch, "tsbox-bwrap");
    if (!existsSync(ours)) copyFileSync(resolve("build/tsbox"), ours);
    chmodSync(ours, 0o755);
  });

  const play = (launcher: string, scenario: Scenario): Promise<Outcome> => {
    const folder = join(session().scratch, `${scenario.name}-${launcher === "bwrap" ? "theirs" : "ours"}`);
    mkdirSync(folder);
    if (process.getuid?.() === 0) chownSync(folder, session().account.uid, session().account.gid);
    return session().run(["python3", script, launcher, folder, scenario.name], { limit: 60_000 });
  };

  for (const scenario of SCENARIOS)
    it(scenario.says, async () => {
      const mine = await play(ours, scenario);
      if (!scenario.alone) {
        const theirs = await play("bwrap", scenario);
        assert.equal(mine.stdout, theirs.stdout, `${mine.stderr}\nbwrap: ${theirs.stderr}`);
        assert.equal(mine.status, theirs.status);
      }
      if (scenario.prints !== undefined) assert.equal(mine.stdout, `${scenario.prints.join("\n")}\n`, mine.stderr);
      assert.equal(mine.status, 0, mine.stderr);
      assert.notEqual(mine.stdout, "");
    });
});
