import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { isAlive, waitFor } from "../support/process.ts";
import { type Executor, makeExecutor, USR } from "./executor.ts";

inEachSession("the executor", (session) => {
  let executor: Executor;
  let folder: string;
  before(() => {
    executor = makeExecutor(session());
    folder = session().makeFolder("shared");
  });
  const shared = (): readonly string[] => ["--bind", folder, "/shared"];
  const sandboxProcesses = (pid: number): number[] => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

  it("ends as its program does", async () => {
    for (const status of [0, 1, 2, 77, 125, 126, 127, 128, 255]) assert.equal((await executor.shell([], `exit ${status}`)).status, status);
    for (const signal of [1, 2, 3, 6, 9, 11, 13, 14, 15])
      assert.equal((await executor.shell([], `ulimit -c 0; kill -${signal} $$`)).status, 128 + signal, `signal ${signal}`);
  });

  it("tells what is not found from what cannot be executed", async () => {
    assert.equal((await executor.run([], ["no-such-program"])).status, 127);
    assert.equal((await executor.run([], ["/usr/no/such"])).status, 127);
    assert.equal((await executor.run([], [""])).status, 127);
    const denied = await executor.run([], ["/usr/share"]);
    assert.equal(denied.status, 126);
    assert.match(denied.stderr, /running `\/usr\/share` inside: Permission denied/);
  });

  it("runs a script without a first line as a shell would", async () => {
    session().write("shared/script", "echo $0 $1\n", 0o755);
    assert.equal((await executor.run(shared(), ["/shared/script", "word"])).stdout, "/shared/script word\n");
  });

  it("enters the plan's folder and sets PWD, and does not start where it cannot", async () => {
    assert.equal((await executor.shell(["--chdir", "/usr/share"], "pwd; echo $PWD")).stdout, "/usr/share\n/usr/share\n");
    const result = await executor.run(["--chdir", "/nowhere"], ["echo", "started"]);
    assert.deepEqual([result.status, result.stdout], [125, ""]);
  });

  it("returns with the main program, and leaves what goes on inside alone", async () => {
    const begun = Date.now();
    const result = await executor.shell(shared(), "(sleep 0.6; echo late > /shared/late) >/dev/null 2>&1 & exit 3");
    assert.equal(result.status, 3);
    assert.ok(Date.now() - begun < 500);
    await waitFor("the process that was left inside", () => existsSync(`${folder}/late`));
  });

  it("takes everything inside with it when it is killed", async () => {
    const front = executor.start(shared(), ["sh", "-c", "echo $$ > /shared/started; sleep 100 & setsid sleep 100 & wait"]);
    await waitFor("the program", () => existsSync(`${folder}/started`));
    const [init] = sandboxProcesses(front.pid);
    assert.ok(init !== undefined && isAlive(init));
    front.kill("SIGKILL");
    await waitFor("the end of init", () => !isAlive(init));
  });

  it("says so when init is killed from outside", async () => {
    const front = executor.start(shared(), ["sh", "-c", "echo > /shared/alive; sleep 100"]);
    await waitFor("the program", () => existsSync(`${folder}/alive`));
    process.kill(sandboxProcesses(front.pid)[0] ?? 0, "SIGKILL");
    assert.equal((await front.ended).status, 137);
  });

  it("passes signals of other processes on, once", async () => {
    for (const signal of ["TERM", "INT", "HUP", "USR1", "USR2", "WINCH"]) {
      const front = executor.start(
        [],
        [
          "python3",
          "-uc",
          `import signal,time\ncount=[0]\ndef got(*_): count[0]+=1\nsignal.signal(signal.SIG${signal}, got)\nprint("ready")\nend=time.time()+20\nwhile time.time()<end and count[0]==0: time.sleep(0.05)\nend=time.time()+0.3\nwhile time.time()<end: time.sleep(0.05)\nprint(count[0])`,
        ],
      );
      await waitFor("the program", () => front.stdout().includes("ready"));
      front.kill(`SIG${signal}` as NodeJS.Signals);
      assert.match((await front.ended).stdout, /\n1\n$/, signal);
    }
  });

  it("passes a signal to the whole group only once to each", async () => {
    const program =
      'import signal,time\ncount=[0]\ndef got(*_): count[0]+=1\nsignal.signal(signal.SIGTERM, got)\nprint("ready")\nend=time.time()+20\nwhile time.time()<end and count[0]==0: time.sleep(0.05)\nend=time.time()+0.4\nwhile time.time()<end: time.sleep(0.05)\nprint(count[0])';
    // Through a file: whether the program is ready says its output alone.
    const script = `trap "" TERM; setsid "$@" >"$SAID" & until grep -q ready "$SAID"; do sleep 0.05; done; kill -TERM -$!; wait $!; wait $!; cat "$SAID"`;
    const words = [...USR, "--proc", "/proc"];
    const environment = { SAID: join(session().scratch, "said") };
    const result = await session().run(["bash", "-c", script, "bash", executor.path, ...words, "--", "python3", "-uc", program], { environment });
    assert.equal(result.stdout, "ready\n1\n", result.stderr);
  });

  it("ends by a signal that its program does not catch", async () => {
    const front = executor.start([], ["sh", "-c", "echo ready; exec sleep 100"]);
    await waitFor("the program", () => front.stdout().includes("ready"));
    front.kill("SIGTERM");
    assert.equal((await front.ended).status, 143);
  });

  it("leaves signals ignored that the caller ignored", async () => {
    const words = [...USR, "--proc", "/proc"];
    const result = await session().run([
      "sh",
      "-c",
      'trap "" HUP; exec "$@"',
      "sh",
      executor.path,
      ...words,
      "--",
      "grep",
      "-E",
      "SigIgn|SigBlk",
      "/proc/self/status",
    ]);
    assert.match(result.stdout, /SigBlk:\t0000000000000000\nSigIgn:\t0000000000000001/);
  });

  it("does not hold the ends of pipes that its program has closed", async () => {
    const result = await session().run([
      "bash",
      "-c",
      `{ "$@" ; echo after >&2; } | cat; echo "cat ended" >&2`,
      "bash",
      executor.path,
      ...USR,
      "--",
      "sh",
      "-c",
      "echo text; exec >&-; sleep 0.3",
    ]);
    assert.match(result.stderr, /after\ncat ended/);
  });

  it("refuses words that it does not understand before anything is done", async () => {
    for (const words of [
      ["--no-such-word"],
      ["--bind", "/usr"],
      ["--perms", "9", "--dir", "/a"],
      ["--perms", "700", "--proc", "/p"],
      ["--size", "0", "--tmpfs", "/t"],
      ["--tmpfs", "relative"],
      ["--source", "x", "1", "2"],
      ["--source", "d", "1", "2"],
      ["--setenv", "A=B", "c"],
      ["--chmod", "8", "/a"],
      ["--seccomp", "x"],
      ["--scope", "all"],
      ["--listen", "a", "b"],
    ]) {
      const result = await executor.run(words, ["echo", "started"], { bare: true });
      assert.deepEqual([result.status, result.stdout], [125, ""], words.join(" "));
      assert.match(result.stderr, /^tsbox: reading the plan's word `.*`: Invalid argument\n$/, words.join(" "));
    }
  });
});
