// What a part of an app may have at most: each way in which a plan could go beyond it, on plans that differ in that alone.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Operation, Plan, PlanBus } from "../../launcher/plan/plan.ts";
import { viewsOf } from "../../launcher/plan/views.ts";
import { rightsOf, type SubSandboxPlace, whyBeyond } from "../../launcher/plan/sub-sandbox.ts";

const because = { reason: "a test", origin: null };
const bind = (from: string, to = from, access: "ro" | "rw" | "dev" = "ro", ino = 1n): Operation => ({
  kind: "bind",
  from,
  to,
  access,
  source: { type: "directory", dev: 1n, ino },
  because,
});
const tmpfs = (to: string): Operation => ({ kind: "tmpfs", to, mode: 0o700, sizeBytes: null, because });
const session = (calls: readonly string[], hidden: readonly string[] = []): PlanBus => ({
  name: "session",
  address: "/run/bus",
  source: null,
  policy: {
    filter: true,
    sloppyNames: false,
    names: [],
    calls: calls.map((name) => ({ name, rule: "*", because: "" })),
    broadcasts: [],
    hidden: hidden.map((name) => ({ name, because: "" })),
  },
});
const BASE: Plan = {
  appId: "org.example.App",
  namespaces: { network: false, ipc: true },
  hostname: null,
  operations: [
    bind("/usr"),
    tmpfs("/usr/local"),
    { kind: "dev", to: "/dev", because },
    { kind: "proc", to: "/proc", whole: false, because },
    bind("/home/u", "/home/u", "rw"),
    tmpfs("/home/u/.ssh"),
    bind("/home/u/.config", "/home/u/.config"),
    bind("/srv/seen"),
  ],
  environment: { set: new Map(), pass: new Map() },
  workingDirectory: "/",
  command: ["true"],
  callerArgumentsFrom: null,
  nested: "none",
  filter: Uint8Array.of(1, 2),
  scopes: ["signal"],
  landlock: { abi: 6, handled: [], rules: [], off: null },
  buses: [session(["org.a", "org.b"], ["org.hidden"])],
  identity: "",
  followed: [],
  keepDescriptors: [],
  locks: [],
  lowerLevels: [],
  notices: [],
};
const why = (change: Partial<Plan>, parent: Partial<Plan> = {}, places: readonly SubSandboxPlace[] = []): string | null =>
  whyBeyond({ ...BASE, ...change }, rightsOf({ ...BASE, ...parent }), places);
const withOperation = (...more: readonly Operation[]): Partial<Plan> => ({ operations: [...BASE.operations, ...more] });
const without = (to: string): Partial<Plan> => ({ operations: BASE.operations.filter((operation) => operation.to !== to) });

describe("a part of an app", () => {
  it("may be the same, and may have less of everything", () => {
    assert.equal(why({}), null);
    assert.equal(why({ namespaces: { network: true, ipc: true }, buses: [], scopes: ["signal", "abstract-unix-socket"] }), null);
    assert.equal(why(without("/srv/seen")), null);
    assert.equal(why({ operations: [bind("/usr"), tmpfs("/usr/local"), tmpfs("/home/u")] }), null);
    assert.equal(why({ buses: [session(["org.a"], ["org.hidden", "org.more"])] }), null);
    assert.equal(why(withOperation(bind("/home/u/docs", "/home/u/docs"))), null, "a part of a place, read-only");
  });

  it("gets no place that its app has not, nor more of one", () => {
    for (const operation of [
      bind("/home/v"),
      bind("/srv"),
      bind("/srv/seen", "/srv/seen", "rw"),
      bind("/home/u/.ssh"),
      bind("/home/u/.config", "/home/u/.config", "rw"),
      bind("/home/u", "/home/u", "dev"),
      bind("/dev", "/dev", "dev"),
      bind("/dev/kvm", "/dev/kvm", "dev"),
      bind("/home/u/.ssh", "/opt"),
    ])
      assert.match(why(withOperation(operation)) ?? "nothing", /^`\//, `${operation.to} ${JSON.stringify(operation, (_, value) => String(value))}`);
  });

  it("sees a place under another name only where nothing is covered in it", () => {
    assert.equal(why(withOperation(bind("/srv/seen", "/opt/seen"))), null);
    assert.match(why(withOperation(bind("/home/u", "/opt/home"))) ?? "", /opt\/home/);
  });

  it("has the covers that its app has", () => {
    assert.match(why(without("/home/u/.ssh")) ?? "", /\.ssh`, which is covered/);
    assert.match(why(without("/home/u/.config")) ?? "", /\.config`, which is covered/);
    assert.match(why(without("/usr/local")) ?? "", /\/usr\/local`, which is covered/);
    assert.equal(why({ operations: [] }), null, "where the place is not there, nothing needs a cover");
  });

  it("gets no network, IPC, system call, nested sandbox, scope or bus that its app has not", () => {
    assert.equal(why({}, { namespaces: { network: true, ipc: true } }), "the network");
    assert.equal(why({ namespaces: { network: false, ipc: false } }), "the host's IPC namespace");
    assert.equal(why({ filter: Uint8Array.of(3) }), "system calls");
    assert.equal(why({ nested: "full" }), "sandboxes of its own");
    assert.equal(why({ scopes: [] }), "processes and sockets outside");
    assert.equal(why({ landlock: { ...BASE.landlock, off: "a kernel" } }), "paths without Landlock");
    assert.match(why({ buses: [session(["org.c"])] }) ?? "", /call org\.c/);
    assert.match(why({ buses: [session(["org.a"])] }) ?? "", /org\.hidden/);
    assert.equal(why({}, { buses: [] }), "the session bus");
    assert.match(why({ operations: [{ kind: "proc", to: "/proc", whole: true, because }] }) ?? "", /proc-whole/);
    assert.match(why(withOperation({ kind: "wayland-context", compositor: "/run/w", to: "/run/x", because })) ?? "", /wayland-context/);
    assert.match(why(withOperation({ kind: "x11-server", program: "/usr/bin/Xephyr", to: "/tmp/x", because })) ?? "", /x11-server/);
  });

  it("is no other app, and has no other file followed", () => {
    assert.match(why({ appId: "org.example.Other" }) ?? "", /org\.example\.Other/);
    const file = { path: "/srv/file", stage: "/s", stageDev: 1n, stageIno: 2n, name: "file", writable: false, copies: false, opened: null, known: "/k" };
    assert.equal(why({ followed: [file] }, { followed: [{ ...file, known: "/other" }] }), null);
    assert.match(why({ followed: [file] }) ?? "", /followed/);
    assert.match(why({ followed: [{ ...file, writable: true }] }, { followed: [file] }) ?? "", /followed/);
  });

  it("gets of the app's data what its app sees there, which need not be what lies there", () => {
    const at = "/home/u/.var/app/org.example.App";
    const given = { from: `${at}/sandbox/x`, to: `${at}/sandbox/x`, isDirectory: true, inData: true, writable: true, dev: "1", ino: "7" };
    assert.equal(why(withOperation(bind(given.from, given.to, "rw", 7n)), {}, [given]), null);
    const child = withOperation(tmpfs(at), bind(given.from, given.to, "rw", 7n));
    assert.equal(why(child, {}, [given]), null, "with other data around it");
    assert.match(why(child, withOperation(tmpfs(at)), [given]) ?? "", /sandbox\/x/);
    assert.match(why(child, withOperation(tmpfs(at), bind(given.from, given.to, "ro", 7n)), [given]) ?? "", /sandbox\/x/);
    assert.equal(why(child, withOperation(tmpfs(at), bind(given.from, given.to, "rw", 7n)), [given]), null);
  });

  it("tells what is seen of the host, and where something lies over it", () => {
    const { views, covers } = viewsOf([
      bind("/a", "/a", "rw"),
      tmpfs("/a/b"),
      bind("/c", "/a/b/c"),
      tmpfs("/d"),
      bind("/d", "/d", "rw"),
      { kind: "remount-ro", to: "/d", because },
    ]);
    assert.deepEqual(
      views.map(({ inside, writable }) => [inside, writable]),
      [
        ["/a", true],
        ["/a/b/c", false],
        ["/d", false],
      ],
    );
    assert.deepEqual(covers, ["/a/b"]);
  });

  it("is shown what the app gave it, as long as it is the very same file", () => {
    const place = { from: "/srv/seen", to: "/given", isDirectory: true, inData: false, writable: false, dev: "1", ino: "7" };
    assert.equal(why(withOperation(bind("/srv/seen", "/given", "ro", 7n)), {}, [place]), null);
    assert.match(why(withOperation(bind("/srv/seen", "/given", "ro", 8n)), {}, [place]) ?? "", /another file by now/);
    assert.match(why(withOperation(bind("/srv/seen", "/given", "rw", 7n)), {}, [place]) ?? "", /another file by now/);
  });
});
