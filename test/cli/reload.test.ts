// What `tsbox reload` says of each instance, in each form.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { commandProblem, type Reloaded, type Surroundings } from "../../launcher/cli/command.ts";
import { reloadCommand } from "../../launcher/cli/reload.ts";
import { messagesFor } from "../../launcher/messages/messages.ts";
import { renderProblems } from "../../launcher/messages/render.ts";
import { loadAddon } from "../../native/addon.ts";

const addon = loadAddon(resolve("build/tsbox.node"));
const runtimeDirectory = mkdtempSync(join(tmpdir(), "tsbox-reload-"));

const answer = (reloaded: readonly Reloaded[], ...words: string[]) => {
  const surroundings: Surroundings = {
    environment: new Map(),
    workingDirectory: "/",
    runtimeDirectory,
    stdoutIsTerminal: false,
    reload: () => Promise.resolve(reloaded),
    addon: () => addon,
  };
  const [options, positionals] = [words.filter((word) => word.startsWith("--")), words.filter((word) => !word.startsWith("--"))];
  return reloadCommand.answer({ options: options.map((word) => ({ name: word.slice(2), value: null })), positionals }, surroundings);
};
const row = (more: Partial<Reloaded>): Reloaded => ({ instance: "17", application: "org.example.App", changed: [], later: [], problems: [], ...more });

test("each instance has a line for what counts at once and one for what has to wait", async () => {
  const outcome = await answer([row({ changed: ["session", "pulse"], later: ["system"] }), row({ instance: "18" })]);
  assert.deepEqual(outcome, {
    status: 0,
    output:
      "org.example.App 17: in force at once where it runs: session, pulse\norg.example.App 17: from its next start on: system\n" +
      "org.example.App 18: its buses say so already\n",
    problems: [],
  });
});

test("what keeps what it has is told with the way out, and the status says so", async () => {
  const outcome = await answer([row({ problems: [commandProblem("reload.bus-process", {})] })], "--json");
  assert.equal(outcome.status, 1);
  assert.deepEqual(JSON.parse(outcome.output), [{ instance: "17", application: "org.example.App", changed: [], later: [], kept: true }]);
  assert.equal(
    renderProblems(outcome.problems, messagesFor(new Map())),
    "tsbox: the bus process does not answer: what runs keeps what it has on its buses\nhint: `tsbox doctor` examines it; a start anew has what was said\n",
  );
});

test("where nothing runs it says so, and for an app by name that is an error", async () => {
  assert.deepEqual(await answer([]), { status: 0, output: "nothing runs\n", problems: [] });
  assert.deepEqual((await answer([], "org.example.App")).problems, [commandProblem("cli.not-running", { name: "org.example.App" })]);
  assert.equal((await answer([], "--json")).output, "[]\n");
});
