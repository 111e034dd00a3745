// Two programs at once: neither sees, signals, traces or reaches anything of the other, though both are the same user and both were granted much.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { busCall, startBus } from "../support/bus.ts";
import { assertOneOf, inEachSession } from "../support/cases.ts";
import { type Running, waitFor } from "../support/process.ts";
import { makeApp, makeProbe, type Probe, probeHost } from "../support/sandbox.ts";

const BROAD = "[Context]\nshared=network;ipc;\nfilesystems=home;\n";

/** Listens on an abstract and a path socket, keeps shared memory, owns its own name, and says what a neighbour would need to reach them. */
const HOLDER = `
import json, os, socket, sys, ctypes, dbus
a = socket.socket(socket.AF_UNIX); a.bind("\\0tsbox-holder-" + sys.argv[1]); a.listen(1)
p = socket.socket(socket.AF_UNIX); path = os.environ["XDG_RUNTIME_DIR"] + "/holder"; p.bind(path); p.listen(1)
t = "/tmp/holder"; open(t, "w").write("canary")
d = os.environ["XDG_DATA_HOME"] + "/diary"; open(d, "w").write("canary")
bus = dbus.SessionBus(); bus.request_name(os.environ["FLATPAK_ID"])
print(json.dumps({"abstract": "tsbox-holder-" + sys.argv[1], "path": path, "tmp": t, "diary": d, "unique": bus.get_unique_name(), "pid": os.getpid()}), flush=True)
sys.stdin.read()
`;

interface Held {
  readonly abstract: string;
  readonly path: string;
  readonly tmp: string;
  readonly diary: string;
  readonly unique: string;
  readonly pid: number;
}

inEachSession("two programs at once", (session) => {
  let held: Held;
  let holder: Running;
  let hostPids: readonly number[];
  let neighbour: Probe;
  before(async () => {
    const s = session();
    await startBus(s);
    const app = await makeApp(s, "org.example.Holder", `command=python3\n${BROAD}`);
    holder = app.start(["-c", HOLDER, String(s.account.uid)], { input: "pipe", limit: 120_000 });
    held = JSON.parse(
      await waitFor("the first program", () => {
        if (holder.stderr().includes("Error")) throw new Error(holder.stderr());
        return holder.stdout().trim() || undefined;
      }),
    ) as Held;
    hostPids = pidsOf("tsbox-holder-", holder.pid);
    neighbour = await makeProbe(s, BROAD, "org.example.Neighbour");
  });

  it("the host sees and reaches the first one", async () => {
    assert.ok(hostPids.length > 0);
    const host = await probeHost(session());
    assert.deepEqual(await host.act([...hostPids.map((pid) => `kill ${pid} 0`), `read ${held.diary}`]), [...hostPids.map(() => "ok"), "ok"]);
    const names = await busCall(session(), "org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames");
    assert.match(names.stdout, /'org\.example\.Holder'/);
  });

  it("the second one sees, signals and traces no process of the first, by any number", async () => {
    const facts = await neighbour.facts();
    assert.ok(Object.keys(facts.processes).length <= 3);
    const acts = hostPids.flatMap((pid) => [`kill ${pid} 0`, `trace ${pid}`, `pidfd ${pid}`]);
    for (const answer of await neighbour.act(acts)) assertOneOf(answer, ["ESRCH", "EPERM"]);
  });

  it("the second one reaches no socket of the first, even with the network shared", async () => {
    const [abstract, path] = await neighbour.act([`connect-abstract ${held.abstract}`, `connect ${held.path}`]);
    assert.equal(abstract, "EPERM");
    assert.equal(path, "ENOENT");
  });

  it("the second one reads no file of the first, even with home granted", async () => {
    const [tmp, diary, folder] = await neighbour.act([`read ${held.tmp}`, `read ${held.diary}`, `list ${session().path(".var/app/org.example.Holder/data")}`]);
    assert.equal(tmp, "ENOENT");
    for (const answer of [diary, folder]) assertOneOf(answer, ["ENOENT", "EACCES"]);
  });

  it("the second one finds neither the name nor the connection of the first on the bus", async () => {
    const app = await makeApp(session(), "org.example.Looker", `command=gdbus\n`);
    const ask = (method: string, ...parameters: string[]) =>
      app.run([
        "call",
        "--session",
        "--timeout=5",
        "--dest",
        "org.freedesktop.DBus",
        "--object-path",
        "/",
        "--method",
        `org.freedesktop.DBus.${method}`,
        ...parameters,
      ]);
    const names = await ask("ListNames");
    assert.equal(names.status, 0, names.stderr);
    assert.doesNotMatch(names.stdout, /org\.example\.Holder/);
    assert.ok(!names.stdout.includes(`'${held.unique}'`), names.stdout);
    assert.match((await ask("NameHasOwner", "org.example.Holder")).stdout, /false/);
    const direct = await app.run([
      "call",
      "--session",
      "--timeout=5",
      "--dest",
      held.unique,
      "--object-path",
      "/",
      "--method",
      "org.freedesktop.DBus.Peer.Ping",
    ]);
    assert.notEqual(direct.status, 0);
    assert.match(direct.stderr, /NameHasNoOwner|ServiceUnknown/);
  });

  it("each has an instance of its own, and both are gone when they end", async () => {
    const s = session();
    const folder = `${s.runtimeDirectory}/.flatpak`;
    const instances = (): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []).filter((name) => existsSync(`${folder}/${name}/info`));
    await waitFor("the instances of earlier tests to go", () => instances().length === 1);
    const again = await makeApp(s, "org.example.Holder", `command=sh\n${BROAD}`);
    const second = again.start(["-c", "echo on; read line"], { input: "pipe" });
    await waitFor("the second instance of the first program", () => second.stdout().includes("on"));
    assert.equal(instances().length, 2);
    const ids = instances().map((name) => /^instance-id=(.*)$/m.exec(readFileSync(`${folder}/${name}/info`, "utf8"))?.[1]);
    assert.deepEqual([...ids].sort(), [...instances()].sort());
    second.closeInput();
    await second.ended;
    await waitFor("its instance to go", () => instances().length === 1);
  });
});

inEachSession("the same program twice", (session) => {
  it("shares its data folder and nothing else", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Twice", "command=sh\n");
    const first = app.start(["-c", 'echo kept > "$XDG_DATA_HOME/shared"; echo own > /tmp/own; echo on; read line; exit 0'], { input: "pipe" });
    await waitFor("the first", () => first.stdout().includes("on"));
    const second = await app.run(["-c", 'cat "$XDG_DATA_HOME/shared"; cat /tmp/own; for p in /proc/[0-9]*; do echo $p; done']);
    assert.match(second.stdout, /^kept\n/);
    assert.match(second.stderr, /\/tmp\/own/);
    assert.ok((second.stdout.match(/\/proc\//g) ?? []).length <= 4, second.stdout);
    first.closeInput();
    assert.equal((await first.ended).status, 0);
  });

  it("can be started twenty times at once, each with its own answer", async () => {
    const app = await makeApp(session(), "org.example.Many", "command=sh\n");
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => app.run(["-c", `echo ${index}; exit ${index}`], { limit: 60_000 })));
    assert.deepEqual(
      answers.map(({ status, stdout }) => [status, stdout]),
      answers.map((_, index) => [index, `${index}\n`]),
    );
  });
});

/** Processes below one of ours whose arguments hold the mark. */
function pidsOf(mark: string, front: number): readonly number[] {
  const parents = new Map<number, number>();
  const marked: number[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, "utf8");
      parents.set(Number(entry), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
      if (readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(mark)) marked.push(Number(entry));
    } catch {
      // it ended meanwhile
    }
  }
  const isBelow = (pid: number): boolean => pid === front || (parents.has(pid) && isBelow(parents.get(pid) ?? 0));
  return marked.filter((pid) => pid !== front && isBelow(pid));
}
