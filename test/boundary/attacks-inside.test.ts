// What a program tries once it runs: published attacks on other sandboxes that no other file here mounts.
import assert from "node:assert/strict";
import { chmodSync, chownSync, copyFileSync, readdirSync, renameSync } from "node:fs";
import { it } from "node:test";
import { assertOneOf, inEachSession, inOrdinarySession } from "../support/cases.ts";
import { startProcess, waitFor } from "../support/process.ts";
import { findTsbox, makeApp, makeProbe, probeHost } from "../support/sandbox.ts";
import { onTerminal } from "../support/terminal.ts";

const TIOCSTI = `python3 -c "
import fcntl,os,termios
for place in (0, 1, 2, os.open('/dev/tty', os.O_RDWR)):
    for byte in b'echo pushed\\n':
        try:
            fcntl.ioctl(place, termios.TIOCSTI, bytes([byte]))
        except OSError as error:
            print(error.strerror)
            break
"`;
/** Climbs from a folder that somebody outside has moved out of the grant, and tells what it sees on the way. */
const CLIMB = `
import os, sys
folder = os.open(sys.argv[1], os.O_RDONLY)
print("open", flush=True)
sys.stdin.readline()
for step in range(12):
    for name in os.listdir(folder):
        print("sees", name)
    try:
        folder = os.open("..", os.O_RDONLY, dir_fd=folder)
    except OSError as error:
        print(error.strerror)
        break
os.fchdir(folder)
`;

inEachSession("a program inside", (session) => {
  it("pushes no character into the caller's terminal (CVE-2017-5226, CVE-2016-9016, CVE-2016-7545)", async () => {
    const s = session();
    const tsbox = await findTsbox(s);
    const app = await makeApp(s, "org.example.Pusher", "command=sh\n");
    const script = s.write(`${s.scratch}/push.sh`, TIOCSTI);
    const steps = [
      ["expect", "prompt> ", 10],
      ["send", `${tsbox} run --filesystem=${s.scratch} ${app.id} ${script}; echo do"ne"\n`],
      ["expect", "Operation not permitted\\r\\nOperation not permitted\\r\\nOperation not permitted\\r\\nOperation not permitted", 15],
      ["expect", "done", 10],
      ["absent", "pushed", 1],
      ["send", "exit 0\n"],
      ["end", 5],
    ] as const;
    const result = await onTerminal(s, ["bash", "--norc", "-i"], steps);
    assert.equal(result.failed, null, result.output);
  });

  it("gains nothing from a set-uid program, wherever it lies (CVE-2017-9780)", async () => {
    const s = session();
    if (process.getuid?.() !== 0) return;
    const plant = (path: string): string => {
      copyFileSync("/usr/bin/id", path);
      chownSync(path, s.account.uid === 0 ? 1 : 0, 0);
      chmodSync(path, 0o6755);
      return path;
    };
    const app = await makeApp(s, "org.example.SetUid", "command=sh\n[Context]\nfilesystems=~/granted:create;\n", ["/usr/bin/true"]);
    s.makeFolder("granted");
    const own = plant(s.path(".local/share/tsbox/manifests/org.example.SetUid/bin/id"));
    const granted = plant(s.path("granted/id"));
    assert.notEqual((await s.run([own, "-u"])).stdout.trim(), String(s.account.uid), "outside it works");
    const outcome = await app.run(["-c", `/app/bin/id -u; ${granted} -u; /usr/bin/su --version >/dev/null && /usr/bin/id -u`]);
    assert.equal(outcome.stdout, `${s.account.uid}\n`.repeat(3), outcome.stderr);
  });

  it("finds nothing of the host open in pid 1, however early it looks (CVE-2016-8659, CVE-2016-9962)", async () => {
    const probe = await makeProbe(session(), "", "org.example.Early");
    for (let round = 0; round < 12; round++) {
      const { initDescriptors } = await probe.facts();
      assert.deepEqual(
        Object.values(initDescriptors).filter((target) => target !== ""),
        [],
        `start ${round}: they may have numbers, and lead nowhere`,
      );
      const answers = await probe.act(["read /proc/1/mem", "read /proc/1/environ", "trace 1", "memory 1 4096"]);
      for (const answer of answers) assertOneOf(answer, ["EACCES", "EPERM", "ESRCH"], "pid 1");
    }
  });

  it("makes no hard link from a read-only grant into a writable one, nor onto a guarded file", async () => {
    const s = session();
    s.write("read-only/file", "x");
    s.makeFolder("writable");
    const probe = await makeProbe(s, "[Context]\nfilesystems=~/read-only:ro;~/writable;\n", "org.example.Links");
    const acts = [
      `link ${s.path("read-only/file")} ${s.path("writable/link")}`,
      `link /usr/bin/true ${s.path("writable/true")}`,
      `link /proc/1/exe ${s.path("writable/init")}`,
    ];
    for (const [index, answer] of (await probe.act(acts)).entries()) assertOneOf(answer, ["EXDEV", "EROFS", "EPERM", "EACCES", "ENOENT"], acts[index]);
    assert.deepEqual(readdirSync(s.path("writable")), []);
    const host = await probeHost(s);
    assert.deepEqual(await host.act([`link ${s.path("read-only/file")} ${s.path("writable/link")}`]), ["ok"]);
  });

  it("reaches no control group (CVE-2022-0492, CVE-2023-25809)", async () => {
    const s = session();
    const places = ["/sys/fs/cgroup", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/rdma/release_agent"];
    for (const context of ["", "[Context]\nshared=network;\n", "[Context]\ndevices=all;\nfilesystems=host:ro;\n"]) {
      const probe = await makeProbe(s, context, "org.example.Groups");
      const acts = [...places.map((place) => `write ${place}`), "mkdir /sys/fs/cgroup/planted", "write /proc/self/cgroup"];
      for (const answer of await probe.act(acts)) assertOneOf(answer, ["ENOENT", "EROFS", "EACCES", "EISDIR", "EPERM", "EINVAL"], context);
      const { mountinfo } = await probe.facts();
      const writable = mountinfo.split("\n").filter((line) => / - cgroup2? /.test(line) && !/ ro[, ]/.test(line));
      assert.deepEqual(writable, []);
    }
  });

  it("cannot drop a group to get at what the group is kept from (CVE-2014-8989)", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Groups", "command=python3\n");
    const outcome = await app.run([
      "-c",
      "import os\nprint(open('/proc/self/setgroups').read().strip())\ntry:\n os.setgroups([])\nexcept OSError as e:\n print(e.strerror)",
    ]);
    assert.equal(outcome.stdout, "deny\nOperation not permitted\n", outcome.stderr);
  });
});

inOrdinarySession("a program inside", (session) => {
  it("does not climb out of a folder that is moved out of its grant (CVE-2015-2925)", async () => {
    const s = session();
    s.write("granted/deep/er/file", "x");
    s.write("canary-of-the-home", "x");
    const app = await makeApp(s, "org.example.Climber", "command=python3\n[Context]\nfilesystems=~/granted;\n");
    const running = app.start(["-c", CLIMB, s.path("granted/deep/er")], { input: "pipe" });
    await waitFor("the folder to be open", () => running.stdout().includes("open"));
    renameSync(s.path("granted/deep"), s.path("moved-out"));
    running.write("go\n");
    const outcome = await running.ended;
    assert.match(outcome.stdout, /sees file/);
    assert.doesNotMatch(outcome.stdout, /canary-of-the-home|moved-out|sees etc|sees usr/, outcome.stdout);
  });

  it("is told apart by the kernel's word, not by the name that its socket has (CVE-2019-7304)", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Known", "command=true\n");
    assert.equal((await app.run()).status, 0);
    // Another user, who binds his end to a name that reads like a credential. The way to the broker is opened to him here, as no session does.
    if (process.getuid?.() !== 0) return;
    const way = [s.runtimeDirectory, `${s.runtimeDirectory}/tsbox`];
    for (const place of [...way, ...readdirSync(way[1] ?? "").map((name) => `${way[1]}/${name}`)]) chmodSync(place, 0o777);
    const script = `import os,socket,stat,sys
s = socket.socket(socket.AF_UNIX)
s.bind("\\0x;uid=${s.account.uid};pid=1;")
for name in os.listdir(sys.argv[1]):
    path = os.path.join(sys.argv[1], name)
    if stat.S_ISSOCK(os.stat(path).st_mode):
        s.connect(path); s.settimeout(5)
        try:
            s.sendall((4).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"a=b\\0")
            print("answer", s.recv(100))
        except ConnectionError:
            print("answer", b"")`;
    const other = await startProcess(
      ["/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/bin/python3", "-c", script, `${s.runtimeDirectory}/tsbox`],
      { environment: {}, cwd: "/", limit: 15_000 },
    ).ended;
    for (const folder of way) chmodSync(folder, 0o700);
    assert.equal(other.stdout, "answer b''\n", other.stderr);
  });
});
