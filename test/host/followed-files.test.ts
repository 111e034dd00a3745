// Files that apps follow: copied when asked for, and again when the host's change, also before anybody watches.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FOLLOWED_FILES } from "../../launcher/host/followed-names.ts";
import { followFiles } from "../../launcher/host/followed-files.ts";
import { waitFor } from "../support/process.ts";

const root = mkdtempSync(join(tmpdir(), "tsbox-followed-"));
const etc = join(root, "etc");
const folder = join(root, "copies");
mkdirSync(etc);
after(() => rmSync(root, { recursive: true }));

const [group = ""] = Object.entries(FOLLOWED_FILES).find(([, files]) => (files as readonly string[]).includes("hosts")) ?? [];
const hosts = (): string => {
  try {
    return readFileSync(join(folder, group, "hosts"), "utf8");
  } catch {
    return "none";
  }
};
/** As editors and resolvers write. */
function replace(text: string): void {
  writeFileSync(join(etc, "hosts.new"), text);
  renameSync(join(etc, "hosts.new"), join(etc, "hosts"));
}

test("a file is there at once, and its changes come, those of the first moment too", async () => {
  replace("one\n");
  symlinkSync("/usr/share/zoneinfo/Asia/Shanghai", join(etc, "localtime"));
  const failures: string[] = [];
  const follower = followFiles(folder, (detail) => failures.push(detail), etc);
  try {
    assert.equal(hosts(), "one\n");
    assert.equal(readlinkSync(join(folder, "clock/localtime")), "/usr/share/zoneinfo/Asia/Shanghai");
    // Before any watch begins.
    replace("two\n");
    await waitFor("the change of the first moment", () => hosts() === "two\n");
    replace("three\n");
    await waitFor("a later change", () => hosts() === "three\n");
    rmSync(join(etc, "hosts"));
    await waitFor("its end", () => hosts() === "none");
    assert.deepEqual(failures, []);
  } finally {
    follower.close();
  }
});
