import assert from "node:assert/strict";
import { existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { type Executor, makeExecutor, type MountLine, parseMounts } from "./executor.ts";

inEachSession("the executor's mounts", (session) => {
  let executor: Executor;
  before(() => {
    executor = makeExecutor(session());
  });
  const mounts = async (words: readonly string[]): Promise<readonly MountLine[]> =>
    parseMounts((await executor.run(words, ["cat", "/proc/self/mountinfo"])).stdout);
  const at = (lines: readonly MountLine[], place: string): MountLine =>
    lines.find((line) => line.place === place) ?? assert.fail(`nothing is mounted at ${place}`);

  it("are read-only, writable or with devices as the plan says, and never setuid", async () => {
    const folder = session().makeFolder("given");
    const lines = await mounts(["--ro-bind", folder, "/a", "--bind", folder, "/b", "--dev-bind", folder, "/c"]);
    assert.deepEqual(
      ["ro", "nosuid", "nodev"].filter((option) => at(lines, "/a").options.includes(option)),
      ["ro", "nosuid", "nodev"],
    );
    assert.deepEqual(
      ["rw", "nosuid", "nodev"].filter((option) => at(lines, "/b").options.includes(option)),
      ["rw", "nosuid", "nodev"],
    );
    assert.ok(at(lines, "/c").options.includes("rw") && at(lines, "/c").options.includes("nosuid") && !at(lines, "/c").options.includes("nodev"));
  });

  it("are restricted in every mount below a source too", async () => {
    const lines = (await mounts(["--ro-bind", "/dev", "/host"])).filter((line) => line.place.startsWith("/host"));
    assert.ok(lines.length > 1, "the host has mounts below /dev");
    for (const line of lines) for (const option of ["ro", "nosuid", "nodev"]) assert.ok(line.options.includes(option), `${line.place}: ${line.options}`);
  });

  it("refuse writing where they are read-only and allow it where they are not", async () => {
    const folder = session().makeFolder("given");
    const result = await executor.shell(["--ro-bind", folder, "/a", "--bind", folder, "/b"], "echo new > /b/file && echo more > /a/other");
    assert.match(result.stderr, /Read-only file system/);
    assert.equal(readFileSync(`${folder}/file`, "utf8"), "new\n");
    assert.ok(!existsSync(`${folder}/other`));
  });

  it("refuse a source that is not the one that the plan saw", async () => {
    const folder = session().makeFolder("given");
    const { dev, ino } = statSync(folder);
    const start = (type: string, device: number, inode: number) =>
      executor.run(["--source", type, String(device), String(inode), "--ro-bind", folder, "/a"], ["echo", "started"]);
    assert.equal((await start("d", dev, ino)).stdout, "started\n");
    for (const wrong of [start("d", dev, ino + 1), start("d", dev + 1, ino), start("f", dev, ino)]) {
      const result = await wrong;
      assert.equal(result.status, 125);
      assert.equal(result.stdout, "");
      assert.match(result.stderr, /was replaced since the plan was made/);
    }
  });

  it("refuse a compared source that lies behind a symbolic link (CVE-2024-1753)", async () => {
    const folder = session().makeFolder("given");
    const { dev, ino } = statSync(folder);
    session().link(folder, "link-to-given");
    const result = await executor.run(["--source", "d", String(dev), String(ino), "--ro-bind", session().path("link-to-given"), "/a"], ["echo", "started"]);
    assert.equal(result.status, 125);
    assert.match(result.stderr, /Too many levels of symbolic links/);
  });

  it("pass over what may be absent, and end the start where it must be there", async () => {
    const missing = session().path("missing");
    assert.equal((await executor.run(["--ro-bind-try", missing, "/a"], ["echo", "started"])).stdout, "started\n");
    const result = await executor.run(["--ro-bind", missing, "/a"], ["echo", "started"]);
    assert.deepEqual([result.status, result.stdout], [125, ""]);
    assert.match(result.stderr, /opening `.*missing`: No such file or directory/);
  });

  it("make folders on the way with mode 755 and an empty file for a file", async () => {
    const file = session().write("note", "text\n");
    const result = await executor.shell(
      ["--ro-bind", file, "/one/two/note", "--dir", "/three/four", "--perms", "0700", "--dir", "/five/six"],
      "cat /one/two/note; stat -c %a /one /one/two /three/four /five /five/six",
    );
    assert.equal(result.stdout, "text\n755\n755\n755\n700\n700\n");
  });

  it("end the start where a place is missing below something read-only", async () => {
    const folder = session().makeFolder("empty");
    const result = await executor.run(["--ro-bind", folder, "/a", "--ro-bind", "/usr", "/a/usr"], ["echo", "started"]);
    assert.deepEqual([result.status, result.stdout], [125, ""]);
    assert.match(result.stderr, /`\/a\/usr` inside: Read-only file system/);
  });

  it("carry data with a mode, read-only or not, and leave no name of it behind", async () => {
    const words = ["--ro-bind-data", "@0", "/etc/one", "--perms", "0644", "--bind-data", "@1", "/etc/two", "--perms", "0640", "--file", "@2", "/etc/three"];
    const result = await executor.shell(
      words,
      "cat /etc/one /etc/two /etc/three; stat -c %a /etc/one /etc/two /etc/three; echo x > /etc/two && cat /etc/two; ls -A /; echo x > /etc/one",
      { data: ["1\n", "2\n", "3\n"] },
    );
    assert.match(result.stdout, /^1\n2\n3\n600\n644\n640\nx\n/);
    assert.doesNotMatch(result.stdout, /tsbox/);
    assert.match(result.stderr, /etc\/one.*Read-only/);
  });

  it("limit a tmpfs and give it a mode", async () => {
    const result = await executor.shell(
      ["--perms", "1777", "--size", "65536", "--tmpfs", "/small"],
      "stat -c %a /small; head -c 100000 /dev/zero > /small/file",
    );
    assert.equal(result.stdout, "1777\n");
    assert.match(result.stderr, /No space left/);
  });

  it("make the root read-only at the plan's word", async () => {
    const result = await executor.shell(["--remount-ro", "/"], "touch /file; touch /tmp/file && ls /tmp");
    assert.match(result.stderr, /touch.*\/file.*Read-only/);
    assert.equal(result.stdout, "file\n");
  });

  it("take the place of the root itself", async () => {
    const result = await executor.run(
      ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--ro-bind-data", "@0", "/etc/hostname"],
      ["sh", "-c", "cat /etc/hostname; ls /"],
      { bare: true, data: ["inside\n"] },
    );
    assert.match(result.stdout, /^inside\n/, result.stderr);
    assert.match(result.stdout, /usr/);
  });

  it("cover a link by a clone of itself, so that it can be followed and neither renamed nor removed", async () => {
    const folder = session().makeFolder("linked");
    session().link("target", "linked/link");
    session().write("linked/target/file", "text\n");
    const { dev, ino } = lstatSync(`${folder}/link`);
    const words = ["--bind", folder, "/a", "--source", "l", String(dev), String(ino), "--link-bind", `${folder}/link`, "/a/link"];
    const result = await executor.shell(words, "cat /a/link/file; mv -T /a/link /a/other; rm /a/link; ln -sfT elsewhere /a/link; readlink /a/link");
    assert.equal(result.stdout, "text\ntarget\n", result.stderr);
    assert.equal(result.stderr.match(/Device or resource busy/g)?.length, 3, result.stderr);
  });

  it("show an own procfs whose kernel settings are read-only, also to root", async () => {
    const result = await executor.shell(
      [],
      "for file in sys/kernel/core_pattern sysrq-trigger sys/vm/drop_caches; do if [ -e /proc/$file ]; then echo x > /proc/$file; fi; done; ls -d /proc/[0-9]* | wc -l",
    );
    assert.match(result.stderr, /core_pattern: (Read-only|Permission)/);
    assert.doesNotMatch(result.stderr, /drop_caches: [^RP]/);
    assert.ok(Number(result.stdout) <= 5, result.stdout);
    const lines = await mounts([]);
    assert.ok(at(lines, "/proc/sys").options.includes("ro"));
  });

  it("show an own sysfs with only the loopback interface, which works", async () => {
    const result = await executor.shell(["--unshare-net", "--sysfs", "/sys"], "ls /sys/class/net; bash -c 'echo > /dev/tcp/127.0.0.1/9' 2>&1; touch /sys/x");
    assert.match(result.stdout, /^lo\n/, result.stderr);
    assert.match(result.stdout, /Connection refused/);
    assert.match(result.stderr, /Read-only/);
  });

  it("give /dev six nodes, shared memory, terminals of its own and nothing else", async () => {
    const result = await executor.shell(
      [],
      "ls /dev; echo x > /dev/shm/file && cat /dev/shm/file; echo x > /dev/null; head -c 3 /dev/zero | wc -c; python3 -c 'import os; print(os.ttyname(os.openpty()[1]))'",
    );
    const names = "core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero";
    assert.equal(result.stdout, `${names.replaceAll(" ", "\n")}\nx\n3\n/dev/pts/0\n`, result.stderr);
  });

  it("number in the hundreds without trouble", async () => {
    const folder = session().makeFolder("many");
    const words = Array.from({ length: 600 }, (_, index) => ["--ro-bind", folder, `/many/${index}`]).flat();
    assert.equal((await executor.shell(words, "ls /many | wc -l; ulimit -n")).stdout.split("\n")[0], "600");
  });

  it("are private: nothing mounted on the host later arrives, nothing inside leaves", async () => {
    const lines = readFileSync("/proc/self/mountinfo", "utf8");
    const inside = await executor.run([], ["cat", "/proc/self/mountinfo"]);
    assert.doesNotMatch(inside.stdout, /(shared|master):/);
    assert.equal(readFileSync("/proc/self/mountinfo", "utf8"), lines);
  });
});
