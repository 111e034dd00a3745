// The front against a broker of the tests' own: requests, answers, start and end, and what it refuses by itself.
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { BROKER_FLAGS, NODE_MALLOC } from "../../native/node-flags.ts";
import { join } from "node:path";
import { it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { isAlive, waitFor } from "../support/process.ts";
import { type Front, isLocked, makeFront, plantLink, type Seen, USR } from "./executor.ts";

const PLAN: readonly string[] = [
  "--op",
  "1",
  ...USR,
  "--proc",
  "/proc",
  "--dev",
  "/dev",
  "--init",
  "/run/init",
  "--setenv",
  "PATH",
  "/usr/bin:/bin",
  "--chdir",
  "/",
];

inEachSession("the front", (session) => {
  let made = 0;
  const front = (behaviour: Parameters<typeof makeFront>[2]): Front => makeFront(session(), `front-${++made}`, behaviour);
  const runtime = (of: Front): string => join(of.build, "../run");
  const values = (seen: Seen | undefined, key: string): string[] => (seen?.fields ?? []).filter(([name]) => name === key).map(([, value]) => value);

  it("starts a broker in a clean environment, sends the request and runs the plan (CVE-2020-11934)", async () => {
    const of = front({
      plan: [...PLAN, "--caller-args", "2", "--pass-env", "PASSED", "--pass-env", "UNSET", "--", "sh", "-c", 'echo "$PASSED" "$@"; exit 9', "sh"],
    });
    const result = await of.run(["run", "org.example.App", "a b", "ü"], { environment: { PASSED: "yes", NODE_OPTIONS: "--bad" } });
    assert.deepEqual([result.status, result.stdout, result.stderr], [9, "yes a b ü\n", ""]);
    const [start] = of.seen("start");
    const { home: HOME } = session();
    assert.deepEqual(start?.environment, {
      HOME,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      XDG_RUNTIME_DIR: runtime(of).replace("/build/..", ""),
      ...NODE_MALLOC,
    });
    assert.deepEqual(start?.argv?.slice(1), [...BROKER_FLAGS, join(of.build, "broker.cjs"), `--runtime-dir=${runtime(of)}`, `--build=${of.build}`]);
    assert.deepEqual(start?.descriptors, [0, 1, 2, 3, 4]);
    assert.equal(start?.cwd, "/");
    assert.equal(start?.umask, 0o77);
    assert.notEqual(start?.sid, start?.pid, "it is no session leader, so no terminal can become its own");
    const [request] = of.seen("request");
    assert.deepEqual(values(request, "arg"), ["run", "org.example.App", "a b", "ü"]);
    assert.deepEqual(
      [values(request, "uid"), values(request, "stdin"), values(request, "stdout"), values(request, "runtime-dir")],
      [[String(session().account.uid)], ["null"], ["socket"], [runtime(of)]],
    );
    assert.ok(values(request, "env").includes("PASSED=yes"));
    assert.deepEqual(values(await waitFor("the end", () => of.seen("exited")[0]), "status"), ["9"]);
  });

  it("hands over listening sockets that have no path on the host, and the app is served through them", async () => {
    const program = 'import socket; s=socket.socket(socket.AF_UNIX); s.connect("/run/bus"); s.send(b"question"); print(s.recv(100).decode(), end="")';
    const of = front({ plan: [...PLAN, "--listen", "session", "/run/bus", "--", "python3", "-c", program] });
    assert.equal((await of.run(["run", "org.example.App"])).stdout, "answer\n");
    const sandbox = await waitFor("the sandbox", () => of.seen("sandbox")[0]);
    assert.deepEqual([values(sandbox, "listen"), sandbox.descriptors, sandbox.accepted], [["session"], 2, ["question"]]);
  });

  it("writes the instance's files before the app runs and locks .ref as long as something runs inside", async () => {
    const instance = session().makeFolder(join(session().scratch, "instance"));
    const of = front({
      plan: [
        ...PLAN,
        "--instance-dir",
        instance,
        "--unshare-net",
        "--bind",
        instance,
        "/instance",
        "--",
        "sh",
        "-c",
        "cat /instance/bwrapinfo.json; cat /instance/pid; (sleep 0.7) >/dev/null 2>&1 & readlink /proc/self/ns/mnt",
      ],
    });
    const running = of.start(["run", "org.example.App"]);
    const result = await running.ended;
    const [json, rest] = result.stdout.split("}\n");
    const info = JSON.parse(`${json}}`) as Record<string, number>;
    assert.deepEqual(Object.keys(info), ["child-pid", "cgroup-namespace", "ipc-namespace", "mnt-namespace", "net-namespace", "pid-namespace", "uts-namespace"]);
    assert.equal(rest, `${running.pid}mnt:[${info["mnt-namespace"]}]\n`);
    const locked = (): Promise<boolean> => isLocked(session(), join(instance, ".ref"));
    assert.ok(await locked());
    await waitFor("the end of the last process inside", async () => !(await locked()));
    await waitFor("the end of init", () => !isAlive(info["child-pid"] ?? 0));
  });

  it("prints what the broker says and leaves with its status", async () => {
    assert.deepEqual(await front({ output: "words\n", exit: 3 }).run(["run", "x"]), { status: 3, signal: null, stdout: "words\n", stderr: "" });
    assert.deepEqual(await front({ output: "words\n", outputTo: 2, exit: 125 }).run(["run", "x"]), {
      status: 125,
      signal: null,
      stdout: "",
      stderr: "words\n",
    });
  });

  it("says why the broker refused the start, whatever else it met because of that", async () => {
    const absent = join(session().scratch, "taken-away");
    const of = front({ plan: [...PLAN, "--instance-dir", absent, "--", "echo", "started"], refuse: "the reason\n" });
    const result = await of.run(["run", "x"]);
    assert.deepEqual([result.status, result.stdout, result.stderr], [125, "", "the reason\n"]);
  });

  it("reports a failure with stage, operation, errno and detail, and leaves with 125", async () => {
    const of = front({ plan: [...PLAN, "--op", "17", "--ro-bind", "/no/such/place", "/a", "--", "echo", "started"] });
    const result = await of.run(["run", "x"]);
    assert.deepEqual([result.status, result.stdout, result.stderr], [125, "", "rendered by the broker\n"]);
    const failed = await waitFor("the failure", () => of.seen("failed")[0]);
    assert.deepEqual(
      [values(failed, "stage"), values(failed, "index"), values(failed, "errno"), values(failed, "detail")],
      [["source"], ["17"], ["2"], ["/no/such/place"]],
    );
  });

  it("leaves with 127 and 126 where the program cannot be executed", async () => {
    assert.equal((await front({ plan: [...PLAN, "--", "no-such-program"] }).run(["run", "x"])).status, 127);
    assert.equal((await front({ plan: [...PLAN, "--", "/usr"] }).run(["run", "x"])).status, 126);
  });

  it("refuses a plan that is malformed", async () => {
    const bytes = (...parts: (number | string)[]): string =>
      Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(Uint32Array.of(part).buffer)))).toString("hex");
    const wrong = [
      "",
      bytes(4, 0, "--op"),
      bytes(100, 0, "--\0"),
      bytes(3, 1, "--\0"),
      bytes(3, 1, 9, "--\0abc"),
      bytes(3, 0, "--\0trailing"),
      bytes(0xffffffff, 0xffffffff),
      bytes(5, 0x40000000, "--\0x\0"),
    ];
    for (const rawPlan of wrong) {
      const of = front({ rawPlan });
      assert.equal((await of.run(["run", "x"])).status, 125, rawPlan);
      assert.deepEqual(values(await waitFor("the failure", () => of.seen("failed")[0]), "stage"), ["plan-frame"], rawPlan);
    }
  });

  it("offers other commands to a running broker, and executes the command line where there is none or it does not answer them", async () => {
    const of = front({ notHere: true });
    const script = `#!/bin/sh\necho "$0 $@" "\${NODE_OPTIONS-none}" "$KEPT"\n`;
    const line = `${join(of.build, "node-script")} ${join(of.build, "cli.cjs")} list --json none kept\n`;
    const environment = { NODE_OPTIONS: "--bad", KEPT: "kept" };
    await of.run(["run", "x"], { environment });
    session().write(join(of.build, "node-script"), script, 0o755);
    writeFileSync(join(of.build, "node"), `${join(of.build, "node-script")}\n`);
    assert.equal((await of.run(["list", "--json"], { environment })).stdout, line);
    assert.ok(of.seen("request").some((request) => values(request, "arg")[0] === "list"));
    const without = front({ exit: 1 });
    writeFileSync(join(without.build, "node"), `${join(of.build, "node-script")}\n`);
    assert.match((await without.run(["list", "--json"], { environment })).stdout, /cli.cjs list --json none kept/);
    assert.deepEqual(without.seen("start"), []);
    assert.ok(!existsSync(join(runtime(without), "tsbox")), "nothing is made for them");
  });

  it("speaks Chinese where the locale does, by the first variable that says something, and English where Chinese could not be shown", async () => {
    const of = front({ plan: PLAN });
    const said = async (environment: Readonly<Record<string, string>>): Promise<string> =>
      (await of.run(["run", "x"], { environment: { LC_ALL: "", LC_MESSAGES: "", LANG: "", XDG_RUNTIME_DIR: "/no-such-folder", ...environment } })).stderr;
    const chinese = "tsbox: 使用运行时目录 `/no-such-folder`：没有那个文件或目录\n提示：请把 XDG_RUNTIME_DIR 设为您自己的、权限为 0700 的目录，或取消设置\n";
    const english = /^tsbox: using the runtime directory `\/no-such-folder`: No such file or directory\nhint: set /;
    for (const locale of ["zh_CN.UTF-8", "zh_SG.utf8", "zh-Hans", "zh", "ZH_cn.utf-8@pinyin"]) assert.equal(await said({ LANG: locale }), chinese, locale);
    assert.equal(await said({ LANG: "de_DE.UTF-8", LC_MESSAGES: "zh_CN.UTF-8" }), chinese);
    for (const locale of ["zh_TW.UTF-8", "zh_CN.GB18030", "zhuang", "C"]) assert.match(await said({ LANG: locale }), english, locale);
    assert.match(await said({ LANG: "zh_CN.UTF-8", LC_ALL: "C" }), english);
    assert.equal(
      await said({ LANG: "zh_CN.UTF-8", XDG_RUNTIME_DIR: "relative" }),
      chinese.replace("/no-such-folder", "relative").replace("没有那个文件或目录", "它不是绝对路径"),
    );
  });

  it("refuses a runtime directory that others may enter, that is a link, missing, or not absolute (CVE-2022-3328, CVE-2026-3888)", async () => {
    const of = front({ exit: 0 });
    const refused = async (path: string, reason: RegExp): Promise<void> => {
      const result = await of.run(["run", "x"], { environment: { XDG_RUNTIME_DIR: path } });
      assert.equal(result.status, 125);
      assert.match(result.stderr, /^tsbox: using the runtime directory `/);
      assert.match(result.stderr, reason);
    };
    const open = session().makeFolder(join(session().scratch, "open"));
    chmodSync(open, 0o750);
    await refused(open, /others may enter it \(mode 0750\)/);
    plantLink(session(), runtime(of), join(session().scratch, "runtime-link"));
    await refused(join(session().scratch, "runtime-link"), /a link or no directory/);
    await refused(join(session().scratch, "absent"), /No such file/);
    await refused("relative", /no absolute path/);
    await refused("/", session().account.uid === 0 ? /others may enter/ : /belongs to user 0/);
    mkdirSync(join(runtime(of), "tsbox"), { mode: 0o755 });
    await refused(runtime(of), session().account.uid === 0 ? /others may enter/ : /belongs to user 0|others may enter/);
    assert.deepEqual(of.seen("start"), []);
  });

  it("uses a folder of its own in /tmp where there is no runtime directory", async () => {
    const folder = `/tmp/tsbox-${session().account.uid}`;
    const before = existsSync(folder);
    const of = front({ exit: 5 });
    const usual = existsSync(`/run/user/${session().account.uid}`);
    const result = await of.run(["run", "x"], { environment: { XDG_RUNTIME_DIR: "" } });
    assert.equal(result.status, 5, result.stderr);
    if (usual) return;
    assert.equal(lstatSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(values(of.seen("request")[0], "runtime-dir-fallback"), ["1"]);
    process.kill(of.seen("start")[0]?.pid ?? 0, "SIGKILL");
    if (!before) rmSync(folder, { recursive: true });
  });

  it("does not run under sudo with another user's home", async () => {
    const of = front({ exit: 0 });
    const other = session().account.uid === 0 ? "/var/cache/man" : "/root";
    const environment = { SUDO_UID: "4711", HOME: lstatSync(other).uid === session().account.uid ? "/usr" : other };
    if (lstatSync(environment.HOME).uid === session().account.uid) return; // no foreign folder on this machine
    const result = await of.run(["run", "x"], { environment });
    assert.deepEqual(
      [result.status, result.stderr],
      [125, `tsbox: starting an app: \`${environment.HOME}\` belongs to another user\nhint: run it as that user, without sudo or su\n`],
    );
  });

  it("does not run as root in another user's home, however root came there", async () => {
    if (session().account.uid !== 0) return; // as anybody else a foreign home is merely of no use
    const home = mkdtempSync("/var/tmp/tsbox-test-");
    chownSync(home, 65534, 65534);
    const result = await front({ exit: 0 }).run(["run", "x"], { environment: { HOME: home } });
    rmSync(home, { recursive: true });
    assert.equal(result.status, 125);
    assert.match(result.stderr, /belongs to another user/);
  });

  it("names the sandbox around it and starts nothing there", async () => {
    const of = front({
      plan: [
        ...PLAN,
        "--ro-bind",
        join(session().scratch),
        "/scratch",
        "--perms",
        "0644",
        "--ro-bind-data",
        "%0",
        "/.flatpak-info",
        "--",
        "/scratch/inner/bin/tsbox",
        "run",
        "x",
      ],
      blobs: ["[Application]\nname=org.example.Outer\x1b[2J\n"],
    });
    const inner = makeFront(session(), "inner", { exit: 0 });
    const result = await of.run(["run", "x"]);
    assert.deepEqual(
      [result.status, result.stderr],
      [125, "tsbox: starting an app: already inside the sandbox of org.example.Outer\\x1b[2J\nhint: start it from outside this sandbox\n"],
    );
    assert.deepEqual(inner.seen("start"), []);
  });

  it("prints where the time went at the plan's word", async () => {
    const result = await front({ plan: [...PLAN, "--timing", "--", "true"] }).run(["run", "x"]);
    for (const stage of ["request", "acknowledged", "plan", "clone", "connector", "sandbox", "announce", "all"])
      assert.match(result.stderr, new RegExp(`tsbox: timing: ${stage} +\\d+\\.\\d+ ms`));
  });

  it("keeps the app running when the broker dies, and ends the app when itself is killed", async () => {
    const of = front({ dieAfterSandbox: true, plan: [...PLAN, "--", "sh", "-c", "sleep 0.5; echo alive; exec sleep 100"] });
    const running = of.start(["run", "x"]);
    await waitFor("the app after the broker's end", () => running.stdout().includes("alive"));
    const child = Number(values(of.seen("sandbox")[0], "child-pid")[0]);
    assert.ok(isAlive(child));
    running.kill("SIGKILL");
    await waitFor("the end of the sandbox", () => !isAlive(child));
  });
});
