// Job control of the executor: a shell outside, a terminal shared with the program inside.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { onTerminal, type TerminalStep } from "../support/terminal.ts";
import { type Executor, makeExecutor, SYSTEM } from "./executor.ts";

/** Until the program has the terminal: nothing else tells. */
const PAUSE: TerminalStep = ["absent", "\u0001", 0.4];

inEachSession("on a terminal the executor", (session) => {
  let executor: Executor;
  before(() => {
    executor = makeExecutor(session());
    session().write(
      "run.sh",
      `#!/bin/sh\nexec "${executor.path}" ${SYSTEM.map((word) => `'${word}'`).join(" ")} --setenv TERM xterm --setenv PS1 'inside> ' -- "$@"\n`,
      0o755,
    );
  });
  const inShell = (...steps: readonly TerminalStep[]) =>
    onTerminal(session(), ["bash", "--norc", "-i"], [["expect", "prompt> ", 10], ...steps], {
      environment: { PS1: "prompt> ", INPUTRC: "/dev/null", RUN: session().path("run.sh") },
    });

  it("lets Ctrl-C end the program, and the shell goes on", async () => {
    const result = await inShell(
      ["send", "$RUN sh -c 'echo wait\"ing\"; sleep 60'\n"],
      ["expect", "waiting", 10],
      PAUSE,
      ["send", "\x03"],
      ["expect", "prompt> ", 5],
      ["send", "echo status=$?\n"],
      ["expect", "status=130\\r", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("gives a program that catches Ctrl-C one of it, and stays until it ends", async () => {
    const program = 'trap "n=\\$((n+1))" INT; n=0; echo wait"ing"; sleep 1; sleep 0.3; echo got=$n; exit 5';
    const result = await inShell(
      ["send", `$RUN sh -c '${program}'\n`],
      ["expect", "waiting", 10],
      PAUSE,
      ["send", "\x03"],
      ["expect", "got=1\\r", 10],
      ["expect", "prompt> ", 5],
      ["send", "echo status=$?\n"],
      ["expect", "status=5\\r", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("stops with Ctrl-Z, is listed as a job, goes on with fg and with bg", async () => {
    const result = await inShell(
      ["send", "$RUN sh -c 'echo wait\"ing\"; read line; echo got=$line; read line'\n"],
      ["expect", "waiting", 10],
      ["send", "\x1a"],
      ["expect", "Stopped", 5],
      ["expect", "prompt> ", 5],
      ["send", "jobs\n"],
      ["expect", "Stopped", 5],
      ["send", "fg\n"],
      PAUSE,
      ["send", "word\n"],
      ["expect", "got=word", 5],
      ["send", "\x1a"],
      ["expect", "Stopped", 5],
      ["send", "bg\n"],
      PAUSE,
      ["send", "jobs\n"],
      ["expect", "Stopped", 5],
      ["send", "kill %1; sleep 0.3; jobs\n"],
      ["expect", "Exit 143", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("is stopped in the background when its program reads the terminal", async () => {
    const result = await inShell(
      ["send", "$RUN cat &\n"],
      ["expect", "prompt> ", 5],
      ["send", "sleep 0.5; jobs\n"],
      ["expect", "Stopped \\(tty input\\)|Stopped", 5],
      PAUSE,
      ["send", "fg\n"],
      ["expect", "cat", 5],
      PAUSE,
      ["send", "typed\n"],
      ["expect", "typed\\r\\ntyped", 5],
      ["send", "\x04"],
      ["expect", "prompt> ", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("carries a shell with job control of its own, and the outer shell has its terminal back", async () => {
    const result = await inShell(
      ["send", "$RUN bash --norc -i\n"],
      ["expect", "inside> ", 10],
      ["send", "sleep 50\n"],
      PAUSE,
      ["send", "\x1a"],
      ["expect", "Stopped", 5],
      ["send", "jobs\n"],
      ["expect", "Stopped.*sleep", 5],
      ["send", "kill -9 %1; sleep 0.2; exit 4\n"],
      ["expect", "prompt> ", 5],
      ["send", "echo status=$?\n"],
      ["expect", "status=4\\r", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
    assert.doesNotMatch(result.output, /no job control|cannot set terminal/);
  });

  it("gives a script its terminal back after an interactive shell inside", async () => {
    const result = await inShell(
      ["send", "bash -c '$RUN bash --norc -i; read line; echo got=$line'\n"],
      ["expect", "inside> ", 10],
      ["send", "exit\n"],
      ["send", "word\n"],
      ["expect", "got=word", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("sees the window's size change", async () => {
    const result = await inShell(
      ["send", '$RUN bash -c \'trap "stty size; exit" WINCH; echo wait"ing"; for i in $(seq 100); do sleep 0.1; done\'\n'],
      ["expect", "waiting", 10],
      ["resize", 30, 101],
      ["expect", "30 101", 5],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("ends when the terminal is hung up", async () => {
    const marker = `${session().scratch}/hung`;
    const result = await inShell(["send", `$RUN sh -c 'echo wait"ing"; sleep 60'; echo $? > ${marker}\n`], ["expect", "waiting", 10], ["hang-up"], ["end", 5]);
    assert.equal(result.failed, null, result.output);
  });

  it("has the terminal as its console and in /dev/tty", async () => {
    const result = await inShell(
      ["send", "$RUN sh -c 'echo text > /dev/tty; echo more > /dev/console; stat -c %t /dev/console'\n"],
      ["expect", "text\\r\\nmore\\r\\n88", 10],
      ["send", "exit 0\n"],
      ["end", 5],
    );
    assert.equal(result.failed, null, result.output);
  });

  it("has no console where something else lies at the terminal's path (CVE-2025-52565)", async () => {
    const swapped = `unshare -m${session().account.uid === 0 ? "" : "Ur"} sh -c 'mount --bind /dev/null $(tty) && exec $RUN sh -c "test -e /dev/console && stat -c at:%t /dev/console; echo fin\\ished"'`;
    const result = await inShell(["send", `${swapped}\n`], ["expect", "fin ?ished", 10], ["send", "exit 0\n"], ["end", 5]);
    assert.equal(result.failed, null, result.output);
    assert.doesNotMatch(result.output, /at:\d/);
  });
});
