// What a program inside is, and what of the host it does not see: ids, capabilities, namespaces, processes, network, shared memory, devices, environment,
// descriptors. Each claim is first shown to be false outside.
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeFileSync, readdirSync, rmSync } from "node:fs";
import { before, it } from "node:test";
import { type Canary, startCanary } from "../support/canary.ts";
import { assertOneOf, inEachSession } from "../support/cases.ts";
import { parseMountinfo, type ProbeFacts, statusField } from "../support/probe.ts";
import { makeProbe, type Probe, probeHost } from "../support/sandbox.ts";

const CAPABILITY_SETS = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];
const NAMESPACES = ["user", "mnt", "pid", "ipc", "uts", "cgroup", "net"];
const PLAIN_DEVICES = [
  "core",
  "fd",
  "full",
  "mqueue",
  "null",
  "ptmx",
  "pts",
  "random",
  "shm",
  "stderr",
  "stdin",
  "stdout",
  "tty",
  "urandom",
  "zero",
  "console",
];
const NO_CAPABILITY = /^0+$/;

inEachSession("a program inside", (session) => {
  let canary: Canary;
  let plain: Probe;
  let networked: Probe;
  let inside: ProbeFacts;
  let outside: ProbeFacts;
  let host: Pick<Probe, "facts" | "calls" | "act">;
  before(async () => {
    canary = await startCanary(session());
    host = await probeHost(session());
    plain = await makeProbe(session(), "");
    networked = await makeProbe(session(), "[Context]\nshared=network;ipc;\n", "org.example.Networked");
    outside = await host.facts();
    inside = await plain.facts();
  });

  it("keeps the caller's ids, and no other id is in its map", () => {
    assert.deepEqual([inside.uid, inside.euid, inside.gid, inside.egid], [outside.uid, outside.euid, outside.gid, outside.egid]);
    const map = inside.uidMap.trim().split(/\s+/);
    assert.deepEqual([map.length, map[0], map[2]], [3, String(outside.uid), "1"]);
    assert.equal(inside.setgroups.trim(), "deny");
  });

  it("has no capability, no way to one and a filter, and the host has neither filter nor bound (CVE-2022-24769)", () => {
    assert.doesNotMatch(statusField(outside, "CapBnd"), NO_CAPABILITY);
    assert.equal(statusField(outside, "Seccomp"), "0");
    assert.equal(statusField(outside, "NoNewPrivs"), "0");
    for (const set of CAPABILITY_SETS) assert.match(statusField(inside, set), NO_CAPABILITY, set);
    assert.equal(statusField(inside, "NoNewPrivs"), "1");
    assert.equal(statusField(inside, "Seccomp"), "2");
  });

  it("has namespaces of its own, and shares those that the manifest says", async () => {
    for (const name of NAMESPACES) assert.notEqual(inside.namespaces[name], outside.namespaces[name], name);
    const shared = await networked.facts();
    for (const name of ["net", "ipc"]) assert.equal(shared.namespaces[name], outside.namespaces[name], name);
    for (const name of ["user", "mnt", "pid", "uts", "cgroup"]) assert.notEqual(shared.namespaces[name], outside.namespaces[name], name);
  });

  it("sees its own few processes and none of the host's", () => {
    assert.ok(String(canary.pid) in outside.processes);
    assert.ok(Object.keys(inside.processes).length <= 3, Object.keys(inside.processes).join(" "));
    assert.ok(!(String(canary.pid) in inside.processes));
  });

  it("cannot signal, trace, read or hold a process of the host", async () => {
    const acts = [
      `kill ${canary.pid} 0`,
      `trace ${canary.pid}`,
      `memory ${canary.pid} ${canary.address}`,
      `pidfd ${canary.pid}`,
      `read /proc/${canary.pid}/environ`,
    ];
    assert.deepEqual(await host.act(acts), ["ok", "ok", "ok", "ok", "ok"]);
    const [kill, trace, memory, pidfd, environ] = await plain.act(acts);
    assert.equal(kill, "ESRCH");
    assertOneOf(trace, ["EPERM", "ESRCH"], "ptrace");
    assertOneOf(memory, ["EPERM", "ESRCH", "ENOSYS"], "process_vm_readv");
    assert.equal(pidfd, "ESRCH");
    assert.equal(environ, "ENOENT");
  });

  it("has the loopback interface alone, and the host's where the network is shared", async () => {
    assert.deepEqual(Object.keys(inside.interfaces), ["lo"]);
    assert.deepEqual(
      [...inside.netDevices.matchAll(/^\s*(\S+):/gm)].map((match) => match[1]),
      ["lo"],
    );
    const shared = await networked.facts();
    assert.deepEqual(Object.keys(shared.interfaces).sort(), Object.keys(outside.interfaces).sort());
  });

  it("reaches a server on the host's loopback only where the network is shared", async () => {
    const acts = [`tcp 127.0.0.1 ${canary.port}`];
    await canary.reached();
    assert.deepEqual(await networked.act(acts), ["ok"]);
    assert.deepEqual(await canary.reached(), ["tcp"]);
    assertOneOf((await plain.act(acts))[0], ["ECONNREFUSED", "ENETUNREACH"], "connect");
    assert.deepEqual(await canary.reached(), []);
  });

  it("reaches no abstract socket of the host, with the network shared or not", async () => {
    const acts = [`connect-abstract ${canary.abstract}`];
    assert.deepEqual(await host.act(acts), ["ok"]);
    assert.deepEqual(await canary.reached(), ["abstract"]);
    assertOneOf((await plain.act(acts))[0], ["ECONNREFUSED", "EPERM"], "own network");
    assert.deepEqual(await networked.act(acts), ["EPERM"]);
    assert.deepEqual(await canary.reached(), []);
  });

  it("reaches no socket that has a path on the host, unless the folder is granted", async () => {
    const acts = [`connect ${canary.path}`];
    assert.deepEqual(await plain.act(acts), ["ENOENT"]);
    assert.deepEqual(await networked.act(acts), ["ENOENT"]);
    assert.deepEqual(await canary.reached(), []);
    const granted = await makeProbe(session(), `[Context]\nfilesystems=${session().scratch};\n`, "org.example.Granted");
    assert.deepEqual(await granted.act(acts), ["ok"]);
    assert.deepEqual(await canary.reached(), ["path"]);
  });

  it("finds no shared memory and no message queue of the host, unless ipc is shared", async () => {
    assert.notEqual(canary.key, null, "this host must have System V shared memory to show it");
    assert.notEqual(canary.queue, null, "this host must have message queues to show it");
    const acts = [`shm ${canary.key}`, `queue ${canary.queue}`];
    assert.deepEqual(await host.act(acts), ["ok", "ok"]);
    // Landlock allows the host's POSIX queues by a rule on the place where the host has them mounted, as systemd does; without one they stay out of reach.
    const mounted = parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")).some(({ target }) => target === "/dev/mqueue");
    assert.deepEqual(await networked.act(acts), ["ok", mounted ? "ok" : "EACCES"]);
    assert.deepEqual(await plain.act(acts), ["ENOENT", "ENOENT"]);
  });

  it("leaves no shared memory and no message queue on the host", async () => {
    assert.deepEqual(await plain.act(["make-shm 0x54534d31", "make-queue /tsbox-from-inside"]), ["ok", "ok"]);
    assert.deepEqual(await host.act(["shm 0x54534d31", "queue /tsbox-from-inside"]), ["ENOENT", "ENOENT"]);
  });

  it("has the plain devices alone, and more where the manifest says all (CVE-2020-27352)", async () => {
    const extra = Object.keys(inside.devices).filter((name) => !PLAIN_DEVICES.includes(name));
    assert.deepEqual(extra, []);
    for (const name of ["null", "zero", "full", "random", "urandom", "tty", "ptmx"]) assert.ok(name in inside.devices, name);
    const all = await makeProbe(session(), "[Context]\ndevices=all;\n", "org.example.Devices");
    const seen = Object.keys((await all.facts()).devices);
    const nodes = readdirSync("/dev", { withFileTypes: true })
      .filter((entry) => entry.isCharacterDevice())
      .map((entry) => entry.name);
    assert.deepEqual(
      nodes.filter((name) => !seen.includes(name)),
      [],
    );
    assert.ok(
      nodes.some((name) => !PLAIN_DEVICES.includes(name)),
      "this host must have a device more than the plain ones",
    );
  });

  it("has a /dev/shm of its own, and the host's with devices=shm", async () => {
    const name = `/dev/shm/tsbox-test-${process.pid}-${session().account.uid}`;
    writeFileSync(name, "shared", { mode: 0o666 });
    try {
      assert.deepEqual(await host.act([`read ${name}`]), ["ok"]);
      assert.deepEqual(await plain.act([`read ${name}`, "create /dev/shm/own"]), ["ENOENT", "ok"]);
      const shared = await makeProbe(session(), "[Context]\ndevices=shm;\n", "org.example.Shm");
      assert.deepEqual(await shared.act([`read ${name}`]), ["ok"]);
    } finally {
      rmSync(name, { force: true });
    }
  });

  it("gets of the caller's environment what the pass list names, what the manifest sets and what --env says", async () => {
    const secrets = {
      SECRET_TOKEN: "canary",
      LD_LIBRARY_PATH: "/canary",
      NODE_OPTIONS: "--canary",
      BASH_ENV: "/canary",
      SSH_AUTH_SOCK: "/canary",
      PYTHONPATH: "/canary",
    };
    const environment = { ...secrets, TERM: "xterm-canary", LC_TIME: "C.UTF-8", XDG_CURRENT_DESKTOP: "Canary" };
    const app = await makeProbe(session(), "[Environment]\nFROM_MANIFEST=yes\n", "org.example.Environment");
    const seen = (await app.facts({ environment, options: ["--env=FROM_OPTION=a=b c"] })).environment;
    assert.deepEqual(
      seen.filter((entry) => Object.keys(secrets).some((name) => entry.startsWith(`${name}=`))),
      [],
    );
    for (const entry of ["TERM=xterm-canary", "LC_TIME=C.UTF-8", "XDG_CURRENT_DESKTOP=Canary", "FROM_MANIFEST=yes", "FROM_OPTION=a=b c"])
      assert.ok(seen.includes(entry), entry);
    const all = (await app.facts({ environment, options: ["--inherit-env"] })).environment;
    assert.ok(all.includes("SECRET_TOKEN=canary"));
  });

  it("gets no descriptor beside 0 to 2 but the one that --fd names", async () => {
    const file = openSync("/etc/passwd", "r");
    try {
      const descriptors = [file, file, file];
      const { descriptors: held } = await host.facts({ descriptors });
      for (const number of ["3", "4", "5"]) assert.ok(number in held, number);
      assert.deepEqual(Object.keys((await plain.facts({ descriptors })).descriptors).sort(), ["0", "1", "2"]);
      assert.deepEqual(Object.keys((await plain.facts({ descriptors, options: ["--fd=4"] })).descriptors).sort(), ["0", "1", "2", "4"]);
    } finally {
      closeSync(file);
    }
  });

  it("sees mounts that are private and without setuid, none of them the host's root", () => {
    const mounts = parseMountinfo(inside.mountinfo);
    assert.ok(mounts.length > 5);
    assert.deepEqual(
      mounts.filter((mount) => mount.propagation.some((word) => word.startsWith("shared:") || word.startsWith("master:"))),
      [],
    );
    assert.deepEqual(
      mounts.filter((mount) => !mount.options.includes("nosuid")).map((mount) => mount.target),
      [],
    );
    assert.ok(mounts.find((mount) => mount.target === "/usr")?.options.includes("ro"));
    for (const name of ["oldroot", "newroot", "home-of-host"]) assert.ok(!(name in inside.root), name);
  });

  it("cannot write the kernel's settings, even where it has root's id", async () => {
    const [setting, pattern, trigger] = await plain.act([
      "write /proc/sys/kernel/domainname",
      "write /proc/sys/kernel/core_pattern",
      "write /proc/sysrq-trigger",
    ]);
    for (const answer of [setting, pattern]) assertOneOf(answer, session().account.uid === 0 ? ["EROFS"] : ["EROFS", "EACCES"]);
    assertOneOf(trigger, ["EROFS", "EACCES", "EIO", "ENOENT"]);
  });

  it("cannot write /usr, /etc or its own program", async () => {
    const [usr, etc, own] = await plain.act(["create /usr/bin/planted", "append /etc/passwd", "append /app/bin/probe"]);
    assertOneOf(usr, ["EROFS", "EACCES"]);
    assertOneOf(etc, ["EROFS", "EACCES"]);
    assertOneOf(own, ["EROFS", "ETXTBSY"]);
  });
});
