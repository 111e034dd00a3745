// What tsbox-bwrap does not do, each by name and with status 1.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";

const ROOT = ["--ro-bind", "/", "/"];

inEachSession("tsbox-bwrap", (session) => {
  const copy = (name: string): string => {
    const path = join(session().scratch, name, "tsbox-bwrap");
    session().makeFolder(join(session().scratch, name));
    copyFileSync(resolve("build/tsbox"), path);
    chmodSync(path, 0o755);
    return path;
  };
  let ours: string;
  before(() => {
    ours = copy("plain");
  });
  const refuses = async (words: readonly string[], message: RegExp): Promise<void> => {
    const outcome = await session().run([ours, ...ROOT, ...words, "echo", "started"]);
    assert.deepEqual([outcome.status, outcome.stdout], [1, ""], outcome.stderr);
    assert.match(outcome.stderr, message);
    assert.equal(outcome.stderr.trimEnd().split("\n").length, 1);
  };

  it("refuses labels by name", async () => {
    for (const word of ["--exec-label", "--file-label"]) await refuses([word, "label"], new RegExp(`^bwrap: \`${word}\`: labels are not supported here`));
  });

  it("knows no word of a broker's plan", async () => {
    for (const words of [
      ["--keep-fd", "0"],
      ["--instance-dir", "/tmp"],
      ["--connector-bus", "a", "/b"],
      ["--caller-args", "0"],
      ["--op", "1"],
      ["--init", "/init"],
    ])
      await refuses(words, new RegExp(`\`${words[0]}\``));
  });

  it("puts the level before a message where it is asked for", async () => {
    await refuses(["--level-prefix", "--bind", "/no/such", "/x"], /^<3>bwrap: opening `\/no\/such`: No such file or directory\n$/);
  });

  it("says which words do not go together", async () => {
    await refuses(["--hostname", "x"], /--hostname requires --unshare-uts/);
    await refuses(["--as-pid-1"], /--as-pid-1 requires --unshare-pid/);
    await refuses(["--unshare-pid", "--as-pid-1", "--lock-file", "/x"], /--as-pid-1 and --lock-file/);
    await refuses(["--disable-userns"], /--disable-userns requires --unshare-user/);
    await refuses(["--argv0", "a", "--argv0", "b"], /--argv0 b/);
    await refuses(["--info-fd", "99"], /descriptor 99/);
  });

  it("writes nothing through a link that leads out, where bwrap 0.11 did (CVE-2026-87766)", async () => {
    const outside = session().makeFolder(join(session().scratch, "outside"));
    const app = session().makeFolder(join(session().scratch, "app"));
    session().link(`/oldroot${outside}`, join(app, "old"));
    session().link(outside, join(app, "direct"));
    for (const link of ["old", "direct"]) await session().run([ours, "--ro-bind", "/usr", "/usr", "--bind", app, "/app", "--dir", `/app/${link}/made`, "true"]);
    const left = await session().run(["find", outside]);
    assert.equal(left.stdout, `${outside}\n`);
  });

  it("takes no number for an id that is none (CVE-2026-30892)", async () => {
    for (const option of ["--uid", "--gid"])
      for (const value of ["", "1x", "-1", "4294967295", "4294967296", " 1", "+1", "0x10", "1 ", "18446744073709551616", "root"]) {
        const outcome = await session().run([ours, "--unshare-user", option, value, ...ROOT, "echo", "started"]);
        assert.deepEqual([outcome.status, outcome.stdout], [1, ""], `${option} ${JSON.stringify(value)}: ${outcome.stderr}`);
      }
    assert.equal((await session().run([ours, "--unshare-user", "--uid", "4000", ...ROOT, "id", "-u"])).stdout, "4000\n");
  });

  if (process.getuid?.() !== 0) return;

  it("does not start setuid or with file capabilities (CVE-2020-5291, CVE-2026-41163)", async () => {
    if (session().account.uid === 0) return;
    const setuid = copy("setuid");
    chownSync(setuid, 0, 0);
    chmodSync(setuid, 0o4755);
    const capable = copy("capable");
    execFileSync("/usr/sbin/setcap", ["cap_net_admin+ep", capable]);
    for (const path of [setuid, capable]) {
      const outcome = await session().run([path, ...ROOT, "echo", "started"]);
      assert.deepEqual([outcome.status, outcome.stdout], [1, ""]);
      assert.match(outcome.stderr, /installed setuid, or was given capabilities/);
    }
  });
});
