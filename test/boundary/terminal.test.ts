// `tsbox run` in a shell, on a terminal and in pipes: what a shell's user expects of any program.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { isAlive, waitFor } from "../support/process.ts";
import { type App, findTsbox, makeApp } from "../support/sandbox.ts";
import { onTerminal, type TerminalStep } from "../support/terminal.ts";

const SHELL: readonly TerminalStep[] = [["expect", "prompt> ", 10]];

inEachSession("tsbox run", (session) => {
  let tsbox: string;
  let app: App;
  let inputrc: string;
  /** Types into an interactive bash whose `run` is the sandboxed shell. */
  const inShell = (...steps: readonly TerminalStep[]) =>
    onTerminal(
      session(),
      ["bash", "--norc", "-i"],
      [...SHELL, ["send", `run() { ${tsbox} run org.example.Shell -c "$@"; }\n`], ["expect", "prompt> ", 5], ...steps],
      {
        environment: { PS1: "prompt> ", INPUTRC: inputrc },
      },
    );
  before(async () => {
    tsbox = await findTsbox(session());
    inputrc = session().write(`${session().scratch}/inputrc`, "set enable-bracketed-paste off\n");
    app = await makeApp(session(), "org.example.Shell", "command=sh\n");
  });

  it("ends with the program's status, with 128 and the signal's number, with 126 and 127 as a shell", async () => {
    const status = async (script: string): Promise<number | null> => (await app.run(["-c", script])).status;
    for (const value of [0, 1, 7, 125, 255]) assert.equal(await status(`exit ${value}`), value);
    for (const [signal, number] of [
      ["KILL", 9],
      ["TERM", 15],
      ["SEGV", 11],
      ["INT", 2],
    ] as const)
      assert.equal(await status(`kill -${signal} $$`), 128 + number, signal);
    assert.equal((await app.run([], { options: ["--command=/etc/passwd"] })).status, 126);
    assert.equal((await app.run([], { options: ["--command=no-such-program-here"] })).status, 127);
  });

  it("passes arguments byte for byte", async () => {
    const result = await app.run(["-c", "printf '[%s]' \"$@\"", "sh", "", "a b", "--env=X", "ü\n*", "'\"\\"]);
    assert.equal(result.stdout, "[][a b][--env=X][ü\n*]['\"\\]");
  });

  it("stands in a pipe: reads to the end of its input, and ends when nobody reads", async () => {
    assert.equal((await app.run(["-c", "wc -c"], { input: "12345" })).stdout.trim(), "5");
    const result = await session().run([
      "bash",
      "-c",
      `"$0" run org.example.Shell -c 'yes; echo "yes ended with $?" >&2' | head -n 1; echo "${"$"}{PIPESTATUS[0]}"`,
      tsbox,
    ]);
    assert.match(result.stdout, /^y\n/);
    assert.match(result.stdout, /\n(0|141)\n$/, result.stdout + result.stderr);
  });

  it("is interrupted by Ctrl-C, and the shell goes on", async () => {
    const result = await inShell(
      ["send", 'run \'trap "echo caught; exit 9" INT; echo wait"ing"; sleep 60 & wait\'\n'],
      ["expect", "\nwaiting", 15],
      ["send", "\x03"],
      ["expect", "caught", 5],
      ["expect", "prompt> ", 5],
      ["send", "echo status=$?\n"],
      ["expect", "status=9\\r", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("ends with 130 on Ctrl-C where the program does nothing about it", async () => {
    const result = await inShell(
      ["send", "run 'echo wait\"ing\"; exec sleep 60'\n"],
      ["expect", "\nwaiting", 15],
      ["send", "\x03"],
      ["expect", "prompt> ", 5],
      ["send", "echo status=$?\n"],
      ["expect", "status=130\\r", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("stops on Ctrl-Z as one job and goes on with fg", async () => {
    const result = await inShell(
      ["send", "run 'echo wait\"ing\"; read line; echo got=$line; exit 4'\n"],
      ["expect", "\nwaiting", 15],
      ["send", "\x1a"],
      ["expect", "Stopped", 5],
      ["expect", "prompt> ", 5],
      ["send", "jobs; echo alive\n"],
      ["expect", "Stopped[^\\n]*\\n", 5],
      ["expect", "alive", 5],
      ["send", "fg\n"],
      ["expect", "\n", 5],
      ["send", "hello\n"],
      ["expect", "got=hello", 5],
      ["send", "echo status=$?\n"],
      ["expect", "status=4\\r", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("stops in the background when it reads the terminal, and reads after fg", async () => {
    const result = await inShell(
      ["send", "run 'read line; echo got=$line' &\n"],
      ["expect", "prompt> ", 5],
      ["send", "sleep 2; jobs\n"],
      ["expect", "Stopped", 10],
      ["send", "fg\n"],
      ["expect", "\n", 5],
      ["send", "late\n"],
      ["expect", "got=late", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("sees the terminal's size and its changes", async () => {
    const result = await inShell(
      ["send", 'run \'stty size; trap "stty size; exit 0" WINCH; echo wait"ing"; while :; do sleep 0.1; done\'\n'],
      ["expect", "24 80", 15],
      ["expect", "\nwaiting", 5],
      ["resize", 40, 132],
      ["expect", "40 132", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("ends when the terminal hangs up, with everything that it started", async () => {
    const mark = `/tmp/marker-${process.pid}`;
    const result = await onTerminal(
      session(),
      [tsbox, "run", "org.example.Shell", "-c", `echo on; sleep 61.25; : ${mark}`],
      [["expect", "on\\r", 15], ["hang-up"], ["end", 10]],
    );
    assert.equal(result.failed, null, result.output);
    assert.equal(result.status === -1 || result.status === 129, true, String(result.status));
    const left = async (): Promise<boolean> => (await session().run(["pgrep", "-f", "^sleep 61[.]25$"])).status === 0;
    await waitFor("the program to end", async () => !(await left()), 5_000);
  });

  it("goes on under nohup when the terminal hangs up", async () => {
    const result = await inShell(
      ["send", `nohup ${tsbox} run org.example.Shell -c 'echo sta"rted"; sleep 3; echo finished' > ${session().scratch}/nohup.out 2>&1 &\n`],
      ["expect", "prompt> ", 5],
      ["send", `until grep -q started ${session().scratch}/nohup.out; do sleep 0.1; done; echo re"ady"\n`],
      ["expect", "\nready", 15],
      ["hang-up"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
    await waitFor("the end of the program", () => session().read(`${session().scratch}/nohup.out`).includes("finished"), 10_000);
  });

  it("leaves the terminal as it was", async () => {
    const result = await inShell(
      ["send", "stty -a > before; run 'bash --norc -ic true'; stty -a > after; cmp before after && echo sa\"me\"\n"],
      ["expect", "same", 15],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("ends the program when the front is killed", async () => {
    const front = app.start(["-c", "echo on; sleep 62.25"]);
    await waitFor("the program", () => front.stdout().includes("on"));
    const found = await session().run(["pgrep", "-f", "^sleep 62[.]25$"]);
    const pid = Number(found.stdout.trim());
    assert.ok(isAlive(pid));
    front.kill("SIGKILL");
    await waitFor("the program to end", () => !isAlive(pid), 5_000);
  });

  it("passes SIGTERM on and tells the program's answer", async () => {
    const front = app.start(["-c", "trap 'echo told; exit 33' TERM; echo on; sleep 60 & wait"]);
    await waitFor("the program", () => front.stdout().includes("on"));
    front.kill("SIGTERM");
    const outcome = await front.ended;
    assert.equal(outcome.stdout, "on\ntold\n");
    assert.equal(outcome.status, 33);
  });
});
