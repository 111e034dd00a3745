// What a start leaves on the host, and with which rights its parts run. Each is a published attack on another launcher.
import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inEachSession } from "../support/cases.ts";
import { waitFor, killHard } from "../support/process.ts";
import { findTsbox, makeApp } from "../support/sandbox.ts";
import { backgroundProcesses, type Session } from "../support/session.ts";

const ETC = ["passwd", "group", "resolv.conf", "hosts", "ld.so.cache", "machine-id", "mtab", "localtime"];

interface Part {
  readonly pid: number;
  readonly name: string;
}

/** Broker, bus process, front and connector of a running app: all that is ours outside. */
function ourParts(session: Session, front: number): readonly Part[] {
  const children = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && parentOf(Number(entry)) === front);
  const outside = children.map(Number).filter((pid) => readNamespace(pid) === readNamespace(process.pid));
  return [
    ...backgroundProcesses(session.runtimeDirectory).map(({ pid, argv }) => ({ pid, name: argv[1] ?? "" })),
    { pid: front, name: "front" },
    ...outside.map((pid) => ({ pid, name: "connector" })),
  ];
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return -1;
  }
}

function readNamespace(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return "";
  }
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, "utf8");
}

/** Everything below a folder, with the kind and mode of each; what is removed meanwhile is not there. */
function modesBelow(folder: string): readonly { readonly path: string; readonly mode: number; readonly folder: boolean }[] {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isSymbolicLink()) return [];
    return [{ path, mode: found.mode & 0o7777, folder: found.isDirectory() }, ...(found.isDirectory() ? modesBelow(path) : [])];
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function etcNow(): readonly string[] {
  return ETC.filter((name) => existsSync(`/etc/${name}`)).map((name) => {
    const found = statSync(`/etc/${name}`);
    return `${name} ${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs} ${found.nlink}`;
  });
}

inEachSession("on the host, a start", (session) => {
  it("leaves every folder that it makes to the user alone, whatever the umask (CVE-2026-97026, CVE-2016-10119, CVE-2021-3155)", async () => {
    const s = session();
    const tsbox = await findTsbox(s);
    await makeApp(s, "org.example.Modes", "command=sh\n[Context]\npersistent=.kept;\nfilesystems=~/made:create;xdg-config/sub:create;\n");
    const folders = () => [
      ...modesBelow(s.path(".var")),
      ...modesBelow(s.runtimeDirectory),
      ...modesBelow(s.path(".cache")),
      ...modesBelow(s.path(".local/state")),
    ];
    const running = s.start(["/bin/sh", "-c", 'umask 000; exec "$0" run org.example.Modes -c "echo on; sleep 2"', tsbox]);
    await waitFor("the app", () => running.stdout().includes("on"));
    const during = folders();
    await running.ended;
    for (const { path, mode, folder } of [...during, ...folders()]) {
      // The app's own folder closes what is below; tmp lies in it and is everybody's as /tmp is.
      if (path.startsWith(s.path(".var/app/org.example.Modes/"))) continue;
      assert.equal(mode & 0o022, 0, `${path} has mode ${mode.toString(8)}`);
      if (folder && path === s.path(".var/app/org.example.Modes")) assert.equal(mode & 0o077, 0, `${path} has mode ${mode.toString(8)}`);
    }
    assert.ok(
      during.some(({ path }) => path.includes("/.flatpak/")),
      "the instance was there to be looked at",
    );
    const own = statSync(s.path(".var/app/org.example.Modes")).mode & 0o777;
    assert.equal(own & 0o077, 0, `the app's folder has mode ${own.toString(8)}`);
  });

  it("changes neither the host's mounts nor its /etc (CVE-2016-10117, CVE-2016-10118)", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Traceless", "command=sh\n[Context]\nshared=network;\nfilesystems=~/shared:create;\n");
    const before = [readFileSync("/proc/self/mountinfo", "utf8"), etcNow()];
    const running = app.start(["-c", "echo > ~/shared/x; echo on; read line; echo evil > /etc/resolv.conf"], { input: "pipe" });
    await waitFor("the app", () => running.stdout().includes("on"));
    assert.deepEqual([readFileSync("/proc/self/mountinfo", "utf8"), etcNow()], before, "while it runs");
    running.write("go\n");
    const outcome = await running.ended;
    assert.match(outcome.stderr, /Read-only file system|Permission denied/);
    assert.deepEqual([readFileSync("/proc/self/mountinfo", "utf8"), etcNow()], before, "after it");
  });

  it("runs with the caller's rights and no other: nothing is set-uid, nobody helps with more (CVE-2026-96284, CVE-2026-96283, CVE-2017-5985, CVE-2017-5180)", async () => {
    const s = session();
    await startBus(s);
    const tsbox = await findTsbox(s);
    for (const entry of readdirSync(join(tsbox, ".."))) assert.equal(statSync(join(tsbox, "..", entry)).mode & 0o6000, 0, entry);
    const app = await makeApp(s, "org.example.Rights", "command=sh\n");
    const running = app.start(["-c", "echo on; read line"], { input: "pipe" });
    await waitFor("the app", () => running.stdout().includes("on"));
    const parts = ourParts(s, running.pid);
    assert.deepEqual(parts.filter(({ name }) => name === "connector" || name === "front").length, 2, JSON.stringify(parts));
    assert.equal(parts.length, 4, JSON.stringify(parts));
    for (const { pid, name } of parts) {
      const status = statusOf(pid);
      assert.deepEqual(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split("\t"), Array(4).fill(String(s.account.uid)), name);
      if (s.account.uid !== 0 || name === "connector") assert.match(status, /^CapEff:\s+0+$/m, name);
    }
    running.write("end\n");
    await running.ended;
  });

  it("loads no library that an app could have put there: what touches its files outside is static (CVE-2019-14271)", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Static", "command=sh\n");
    const running = app.start(["-c", "echo on; read line"], { input: "pipe" });
    await waitFor("the app", () => running.stdout().includes("on"));
    for (const { pid, name } of ourParts(s, running.pid)) {
      const files = new Set([...readFileSync(`/proc/${pid}/maps`, "utf8").matchAll(/\s(\/.*)$/gm)].map((match) => match[1] ?? ""));
      const libraries = [...files].filter((path) => /\.so(\.|$)/.test(path));
      if (name === "front" || name === "connector") assert.deepEqual(libraries, [], name);
      assert.deepEqual(
        [...files].filter((path) => path.startsWith(s.home) && !path.endsWith("tsbox.node")),
        [],
        name,
      );
    }
    running.write("end\n");
    await running.ended;
  });

  it("hands the caller's variables to the program alone: none reaches a process outside (CVE-2021-21261, CVE-2016-10122, CVE-2020-11934)", async () => {
    const s = session();
    await startBus(s);
    for (const { pid } of backgroundProcesses(s.runtimeDirectory)) killHard(pid);
    const hostile = ["LD_PRELOAD", "LD_AUDIT", "GCONV_PATH", "BASH_ENV", "PYTHONPATH", "NODE_OPTIONS", "XDG_DATA_DIRS"];
    const app = await makeApp(s, "org.example.Variables", `command=sh\n[Environment]\n${hostile.map((name) => `${name}=/canary/manifest\n`).join("")}`);
    const options = hostile.map((name) => `--env=${name}=/canary/option`);
    const environment = Object.fromEntries(hostile.filter((name) => name !== "LD_PRELOAD" && name !== "LD_AUDIT").map((name) => [name, "/canary/caller"]));
    const running = app.start(["-c", 'echo "on $LD_AUDIT"; read line'], { input: "pipe", options, environment });
    await waitFor("the app", () => running.stdout().includes("on"));
    assert.match(running.stdout(), /^on \/canary\/option$/m);
    for (const { pid, name } of ourParts(s, running.pid)) {
      // The front and the connector hold what the caller started the front with; they are static and look nothing up by it.
      const known = name === "front" || name === "connector" ? /\/canary\/(option|manifest)/ : /\/canary/;
      assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, "utf8"), known, name);
    }
    running.write("end\n");
    await running.ended;
  });

  it("listens under no abstract name (CVE-2020-15257)", async () => {
    const s = session();
    await startBus(s);
    const app = await makeApp(s, "org.example.Names", "command=sh\n[Context]\nshared=network;\n");
    const running = app.start(["-c", "echo on; read line"], { input: "pipe" });
    await waitFor("the app", () => running.stdout().includes("on"));
    const named = new Map(
      [...readFileSync("/proc/net/unix", "utf8").matchAll(/^\S+ \S+ \S+ \S+ \S+ \S+\s+(\d+) (@.*)$/gm)].map((match) => [match[1], match[2]]),
    );
    const sockets = ourParts(s, running.pid).flatMap(({ pid, name }) =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
          return inode === undefined ? [] : [{ name, inode }];
        } catch {
          return []; // closed while we looked
        }
      }),
    );
    assert.ok(sockets.length > 5, "sockets were found");
    assert.deepEqual(
      sockets.filter(({ inode }) => named.has(inode)),
      [],
    );
    running.write("end\n");
    await running.ended;
  });
});
