import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { type Executor, makeExecutor, USR } from "./executor.ts";

/** A filter of one instruction: allow. */
const ALLOW_ALL = Uint8Array.from([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]);

/** Outside: takes a descriptor of /proc/1/exe from inside, waits for the sandbox' end, then tries to write through it. */
const WRITE_TO_INIT = `
import hashlib, os, socket, subprocess, sys, time
command, binary = sys.argv[2:], sys.argv[1]
before = hashlib.sha256(open(binary, "rb").read()).hexdigest()
ours, theirs = socket.socketpair()
inside = "import os,socket; s = socket.socket(fileno=%d); socket.send_fds(s, [b'x'], [os.open('/proc/1/exe', os.O_PATH)]); s.recv(1)" % theirs.fileno()
child = subprocess.Popen([binary, "--keep-fd", str(theirs.fileno())] + command + ["--", "/usr/bin/python3", "-c", inside], pass_fds=[theirs.fileno()])
theirs.close()
descriptor = socket.recv_fds(ours, 1, 1)[1][0]
ours.send(b"x")
child.wait()
time.sleep(0.2)
try:
    os.write(os.open("/proc/self/fd/%d" % descriptor, os.O_WRONLY), b"evil")
    print("written")
except OSError as error:
    print(error.strerror)
print("same" if hashlib.sha256(open(binary, "rb").read()).hexdigest() == before else "changed")
copy = binary + ".copy"
import shutil
shutil.copy(binary, copy)
os.write(os.open("/proc/self/fd/%d" % os.open(copy, os.O_PATH), os.O_WRONLY), b"evil")
print("the host allows it")
`;

inEachSession("in the sandbox of the executor a process", (session) => {
  let executor: Executor;
  before(() => {
    executor = makeExecutor(session());
  });
  const status = async (words: readonly string[], options = {}): Promise<Map<string, string>> => {
    const text = (await executor.run(words, ["cat", "/proc/self/status"], options)).stdout;
    return new Map(text.split("\n").map((line) => [line.split(":")[0] ?? "", (line.split(":")[1] ?? "").trim()]));
  };

  it("has no capability in any set, may gain none, and is itself inside and outside", async () => {
    const found = await status([]);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) assert.equal(found.get(set), "0000000000000000", set);
    assert.equal(found.get("NoNewPrivs"), "1");
    assert.equal(found.get("Uid")?.split("\t")[0], String(session().account.uid));
    assert.equal(found.get("Gid")?.split("\t")[0], String(session().account.gid));
  });

  it("is filtered when the plan has a filter", async () => {
    assert.equal((await status([])).get("Seccomp"), "0");
    assert.equal((await status(["--seccomp", "@0"], { data: [ALLOW_ALL] })).get("Seccomp"), "2");
  });

  it("does not start where the filter is none", async () => {
    for (const data of [new Uint8Array(0), ALLOW_ALL.slice(0, 7), Uint8Array.from([0xff, 0xff, 0, 0, 0, 0, 0, 0])]) {
      const result = await executor.run(["--seccomp", "@0"], ["echo", "started"], { data: [data] });
      assert.deepEqual([result.status, result.stdout], [125, ""]);
      assert.match(result.stderr, /installing the system-call filter/);
    }
  });

  it("has the descriptors 0 to 2 and those that were named", async () => {
    const descriptor = openSync("/dev/zero", "r");
    const listing = async (words: readonly string[]) =>
      (await executor.shell(words, "ls /proc/self/fd", { descriptors: [descriptor, descriptor] })).stdout.trim().split("\n");
    assert.deepEqual(await listing([]), ["0", "1", "2", "3"], "3 is ls' own");
    assert.deepEqual(await listing(["--keep-fd", "4"]), ["0", "1", "2", "3", "4"]);
    closeSync(descriptor);
    const refused = await executor.run(["--keep-fd", "99"], ["echo", "started"]);
    assert.deepEqual([refused.status, refused.stdout], [125, ""]);
  });

  it("cannot make user namespaces where the plan forbids it, and can otherwise", async () => {
    const script = "unshare -U true && echo nested";
    assert.equal((await executor.shell([], script)).stdout, "nested\n");
    const result = await executor.shell(["--disable-userns"], `${script}; cat /proc/sys/user/max_user_namespaces; echo 9 > /proc/sys/user/max_user_namespaces`);
    assert.doesNotMatch(result.stdout, /nested/);
    assert.match(result.stderr, /No space left on device/);
  });

  it("cannot undo a read-only mount or a cover from a namespace of its own (CVE-2014-5206)", async () => {
    const folder = session().makeFolder("given");
    session().write("given/secret", "secret\n");
    const script = "unshare -Urm sh -c 'mount -o remount,rw,bind /a; echo x > /a/file; umount /a/secret && cat /a/secret; umount -l /proc/sys && echo bare'";
    const result = await executor.shell(["--ro-bind", folder, "/a", "--ro-bind", "/dev/null", "/a/secret"], script);
    assert.doesNotMatch(result.stdout, /secret|bare/);
    // Root inside has no capability with which it could map itself further, so it does not even get that far.
    assert.match(result.stderr, session().account.uid === 0 ? /Operation not permitted/ : /read-only|Read-only/);
  });

  it("sees own namespaces of every kind", async () => {
    const kinds = ["user", "mnt", "pid", "ipc", "uts", "cgroup", "net"];
    const script = `for kind in ${kinds.join(" ")}; do readlink /proc/self/ns/$kind; done`;
    const outside = (await session().run(["sh", "-c", script])).stdout.trim().split("\n");
    const inside = (await executor.shell(["--unshare-net"], script)).stdout.trim().split("\n");
    assert.equal(inside.length, kinds.length);
    for (const [index, name] of inside.entries()) assert.notEqual(name, outside[index]);
    assert.equal((await executor.shell([], "readlink /proc/self/ns/net")).stdout.trim(), outside[6]);
  });

  it("finds init as pid 1, with neither terminal, environment nor descriptors of the caller", async () => {
    const result = await executor.shell(
      [],
      // The app is forked a moment before pid 1 executes init.
      "until grep -q tsbox-init /proc/1/comm; do sleep 0.01; done; tr '\\0' ' ' < /proc/1/cmdline; cat /proc/1/comm; wc -c < /proc/1/environ; for fd in /proc/1/fd/*; do readlink $fd; done; grep Seccomp: /proc/1/status",
    );
    assert.match(result.stdout, /^tsbox-init \d+ tsbox-init\n0\n/);
    assert.doesNotMatch(result.stdout, /pipe:|\/home|\/root|tsbox-test/);
    assert.match(result.stdout, /Seccomp:\t2/);
  });

  it("cannot write to init's program, which is the installed one", async () => {
    const words = ["--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev"];
    for (const extra of [[], ["--init", "/run/init"]]) {
      const result = await session().run(["/usr/bin/python3", "-c", WRITE_TO_INIT, executor.path, ...words, ...extra]);
      assert.equal(result.stdout, "Read-only file system\nsame\nthe host allows it\n", result.stderr);
    }
  });

  it("reaches the host's abstract sockets without Landlock's scope, and not with it", async () => {
    const name = `tsbox-test-${process.pid}-${session().account.uid}`;
    const server = session().start([
      "/usr/bin/python3",
      "-c",
      `import socket,time; s=socket.socket(socket.AF_UNIX); s.bind("\\0${name}"); s.listen(); print("ready", flush=True); time.sleep(20)`,
    ]);
    while (!server.stdout().includes("ready")) await new Promise((resolve) => setTimeout(resolve, 20));
    const client = ["python3", "-c", `import socket; socket.socket(socket.AF_UNIX).connect("\\0${name}"); print("connected")`];
    assert.equal((await executor.run([], client)).stdout, "connected\n");
    const result = await executor.run(["--scope", "abstract-unix-socket", "--scope", "signal"], client);
    assert.equal(result.stdout, "");
    assert.match(result.stderr, /Operation not permitted/);
    server.kill();
  });

  it("has the host name of the plan and the caller's own limits and mask", async () => {
    const result = await session().run([
      "sh",
      "-c",
      `ulimit -Sn 300; umask 027; "$@"`,
      "sh",
      executor.path,
      ...USR,
      "--hostname",
      "inside",
      "--",
      "sh",
      "-c",
      "ulimit -Sn; umask; uname -n",
    ]);
    assert.equal(result.stdout, "300\n0027\ninside\n", result.stderr);
  });
});
