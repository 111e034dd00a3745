// Questions of an app on a terminal, in a session without dialogs: they are answered on another terminal, and on none that the app may read or write.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, it } from "node:test";
import { startBareBus } from "../support/bus.ts";
import { inOrdinarySession } from "../support/cases.ts";
import { makePortalApp } from "../support/portal-client.ts";
import { waitFor } from "../support/process.ts";
import { findTsbox } from "../support/sandbox.ts";
import { onTerminal, type TerminalStep } from "../support/terminal.ts";

const ID = "org.example.Asker";
const HOSTILE = "nice\\u001b[2J\\u001b]0;x\\u0007\\u202e <b>org.example.Other</b> --refuse";

interface Listed {
  readonly id: string;
  readonly application: string;
  readonly kind: string;
  readonly question: string;
  readonly says: string;
}

inOrdinarySession("questions on a terminal", (session) => {
  let tsbox: string;
  const run = (...argv: string[]) => session().run([tsbox, ...argv]);
  const asked = async (): Promise<Listed> => waitFor("a question", async () => (JSON.parse((await run("questions", "--json")).stdout) as Listed[])[0], 20_000);
  const request = (portal: string, args: string, ...more: string[]): [string, ...string[]] => [
    tsbox,
    "run",
    ID,
    "request",
    `org.freedesktop.portal.${portal}`,
    args,
    ...more,
  ];
  const appOnTerminal = (argv: [string, ...string[]], ...steps: TerminalStep[]) => onTerminal(session(), argv, [...steps, ["end", 20]]);
  before(async () => {
    tsbox = await findTsbox(session());
    await startBareBus(session());
    await makePortalApp(session(), ID);
    session().write("films/film.mkv", "film");
    session().write("films/film.srt", "words");
  });

  it("are answered on another one, which shows the app's true id and its words as words", async () => {
    const reason = `('', {'handle_token': <'TOKEN'>, 'reason': <'${HOSTILE}'>})`;
    const running = appOnTerminal(
      request("Account.GetUserInformation", reason),
      ["expect", `tsbox: ${ID} asks something: \`tsbox answer [0-9a-f]{8}\``, 20],
      ["expect", "Response", 30],
    );
    const question = await asked();
    assert.deepEqual([question.application, question.kind], [ID, "consent"]);
    assert.equal(question.says, "nice [2J ]0;x  <b>org.example.Other</b> --refuse");
    const other = await onTerminal(
      session(),
      [tsbox, "answer"],
      [
        ["expect", `^${ID}\r\n${ID} asks for your user name[^\\x1b\\u202e]*--refuse”\r\nyes or no \\(no\\): `, 10],
        ["send", "yes\n"],
        ["end", 10],
      ],
    );
    assert.deepEqual([other.failed, other.status], [null, 0], other.output);
    const app = await running;
    assert.equal(app.failed, null, app.output);
    assert.match(app.output, new RegExp(`Response \\(uint32 0, \\{'id': <'${session().account.name}'>`));
    assert.equal((await run("questions")).stdout, "");
  });

  it("are refused by an empty line, and where the app takes them back there is nothing to answer", async () => {
    const running = appOnTerminal(request("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})"), ["expect", "Response", 30]);
    await asked();
    const other = await onTerminal(
      session(),
      [tsbox, "answer"],
      [
        ["expect", "yes or no", 10],
        ["send", "\n"],
        ["end", 10],
      ],
    );
    assert.deepEqual([other.failed, other.status], [null, 0], other.output);
    assert.match((await running).output, /Response \(uint32 1, @a\{sv\} \{\}\)/);
    const gone = appOnTerminal(request("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})", "--wait=1500"));
    const { id } = await asked();
    await gone;
    await waitFor("its end", async () => (await run("questions")).stdout === "");
    const late = await run("answer", id, "yes");
    assert.equal(late.status, 125);
    assert.match(late.stderr, new RegExp(`no question \`${id}\` waits`));
  });

  it("are answered on no terminal of the app's own, however the answer is put", async () => {
    const words = request("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})")
      .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
      .join(" ");
    const shell = onTerminal(
      session(),
      ["bash", "--norc", "-i"],
      [
        ["expect", "prompt> ", 10],
        ["send", `${words} < /dev/null > /dev/null &\n`],
        ["expect", "asks something", 20],
        ["send", `${tsbox} answer\n`],
        ["expect", `this terminal is one of ${ID}'s too`, 10],
        ["send", `${tsbox} answer $(${tsbox} questions | cut -f1) yes < /dev/null 2>&1 | cat\n`],
        ["expect", `this terminal is one of ${ID}'s too`, 10],
        ["send", `touch ${session().path("refused")}; wait; exit\n`],
        ["end", 30],
      ],
    );
    const { id } = await asked();
    // The shell waits for the app, which waits for an answer, until both were refused there.
    await waitFor("the refusals", () => existsSync(session().path("refused")), 30_000);
    assert.equal((await run("answer", id, "--refuse")).status, 0);
    const result = await shell;
    assert.equal(result.failed, null, result.output);
  });

  it("are answered on no terminal of another app's that runs", async () => {
    await makePortalApp(session(), "org.example.Painter");
    const running = appOnTerminal(request("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})"), ["expect", "Response", 30]);
    const { id } = await asked();
    const shell = await onTerminal(
      session(),
      ["bash", "--norc", "-i"],
      [
        ["expect", "prompt> ", 10],
        ["send", `${tsbox} run --command=sleep org.example.Painter 300 &\n`],
        ["send", `until ${tsbox} ps | grep -q Painter; do sleep 0.2; done; ${tsbox} answer ${id} yes\n`],
        ["expect", "this terminal is one of org.example.Painter's too", 20],
        ["send", `${tsbox} kill org.example.Painter; wait; exit\n`],
        ["end", 30],
      ],
    );
    assert.equal(shell.failed, null, shell.output);
    assert.equal((await run("answer", id, "--refuse")).status, 0);
    assert.match((await running).output, /Response \(uint32 1/);
  });

  it("name files, with those beside them where the answer says so", async () => {
    const then = '--then=ls -1 "$(dirname "$1")"; cat "$1"; echo x > "$(dirname "$1")/made"';
    const running = appOnTerminal(request("FileChooser.OpenFile", "('', 'Film', {'handle_token': <'TOKEN'>})", then), ["expect", "Response", 30]);
    const { id, kind, question } = await asked();
    assert.deepEqual([kind, question], ["open", `${ID}: Film`]);
    assert.match((await run("answer", id, session().path("films/none"))).stderr, /there is no file/);
    assert.match((await run("answer", id, session().path("films/film.mkv"), session().path("films/film.srt"))).stderr, /one file/);
    assert.equal((await run("answer", "--with-neighbours", id, session().path("films/film.mkv"))).status, 0);
    const app = await running;
    assert.match(app.output, /film\.mkv\r\nfilm\.srt\r\nfilm/, app.output);
    assert.match(app.output, /Read-only file system/);
  });

  it("are not put where the app was started on no terminal, or sees the terminals of the machine", async () => {
    const silent = await run(...(request("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})").slice(1) as [string, ...string[]]));
    assert.match(silent.stdout, /Response \(uint32 1/);
    const [program, word, ...rest] = request("Account.GetUserInformation", "('', {'handle_token': <'TOKEN'>})");
    const seeing = await appOnTerminal([program, word as string, "--device=all", ...rest], ["expect", "Response", 20]);
    assert.doesNotMatch(seeing.output, /asks something/);
    assert.match(seeing.output, /Response \(uint32 1/);
  });
});
