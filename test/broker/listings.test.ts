// Lines that only look, answered beside the broker: byte for byte what the command line prints, and whatever is not answered there the command line answers.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { ANSWERED_HERE } from "../../launcher/broker/answer.ts";
import { createListings, type Listings } from "../../launcher/broker/listings.ts";
import { allCommands, brokerCommands } from "../../launcher/cli/commands.ts";
import { listingCommands } from "../../launcher/cli/listing-commands.ts";
import { LISTING_LINES, mayBeListing } from "../../launcher/cli/listing-lines.ts";
import { FrontFrame } from "../../native/frames.ts";
import type { FrontRequest } from "../../native/front-protocol.ts";
import { addon, ask, startBroker, type TestBroker, until } from "../support/broker.ts";

const ID = "org.example.Listed";
const OTHER = "org.example.Other";

const LINES: readonly (readonly string[])[] = [
  ["list"],
  ["list", "--json", "--columns=all"],
  ["list", "--columns=nonsense"],
  ["search", "listed"],
  ["search", "--json", "listed"],
  ["info", ID],
  ["info", "--json", "./beside.ini"],
  ["info", "org.example.Absent"],
  ["info", "--show-metadata", ID],
  ["info", "--file-access=notes", ID],
  ["permissions"],
  ["permissions", ID],
  ["permissions", "--json", ID],
  ["permissions", "--as-command", ID],
  ["permissions", "--who-can=filesystem=home"],
  ["permissions", "--json", "--who-can=filesystem=home"],
  ["explain", ID, "--path=notes", "--bus=org.example.Name/a org.example.I.M"],
  ["explain", "--json", ID, "--path=notes"],
  ["devices"],
  ["devices", "--json"],
  ["diff", ID, "./beside.ini"],
  ["diff", "--json", ID, "./beside.ini"],
  ["override", "--show", ID],
  ["override", "--show", "--json", ID],
  ["override", "--history", ID],
  ["export"],
  ["export", "--json", "--check"],
  ["instance", "list"],
  ["instance", "--json", "list"],
  ["data", "size"],
  ["data", "--json", "size", ID],
];

interface Shown {
  readonly status: number | null | undefined;
  readonly output: string;
  readonly errors: string;
}

describe("a line that only looks, where a broker runs", () => {
  let broker: TestBroker;
  let folder: string;
  before(async () => {
    broker = await startBroker({ idleSeconds: 600 });
    folder = join(broker.home, "work");
    fill(broker.home, folder);
    // The tests' own catalogue is the program's: nothing here writes into it.
    await commandLine(["override", "--nosocket=x11", "--filesystem=~/more", ID]);
  });
  after(() => broker.stop());

  const environmentOf = (more: Readonly<Record<string, string>> = {}): Record<string, string> => {
    return { HOME: broker.home, PATH: "/usr/bin:/bin", XDG_RUNTIME_DIR: broker.runtimeDirectory, ...more };
  };
  const commandLine = (argv: readonly string[], more?: Readonly<Record<string, string>>): Promise<Shown> =>
    new Promise((done) => {
      const options = { cwd: folder, env: environmentOf(more), timeout: 60_000 };
      const ran = execFile(process.execPath, [resolve("build/cli.cjs"), ...argv], options, (_, output, errors) =>
        done({ status: ran.exitCode, output, errors }),
      );
    });
  const beside = async (argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Shown> => {
    let front = await ask(broker, argv, { cwd: folder, environment: more });
    // On a machine that is busy with something else it may have lost patience.
    for (let again = 0; again < 3 && front.has(FrontFrame.NOT_HERE); again++) front = await ask(broker, argv, { cwd: folder, environment: more });
    assert.ok(!front.has(FrontFrame.NOT_HERE), `\`tsbox ${argv.join(" ")}\` is answered beside the broker`);
    return { status: front.status(), output: front.output(1), errors: front.output(2) };
  };

  test("says the same as the command line in each command, as a table and as JSON, and ends with the same status", async () => {
    const statuses = new Set<number | null | undefined>();
    const queue = [...LINES];
    const compare = async (): Promise<void> => {
      for (let line = queue.shift(); line !== undefined; line = queue.shift()) {
        const expected = await commandLine(line);
        assert.deepEqual(await beside(line), expected, line.join(" "));
        statuses.add(expected.status);
      }
    };
    await Promise.all([compare(), compare(), compare()]);
    assert.deepEqual([...statuses].sort(), [0, 1, 125], "answers, differences and refusals were among them");
  });

  test("speaks the caller's language, one beside the other", async () => {
    for (const line of [
      ["permissions", ID],
      ["search", "no-such-word"],
      ["info", "org.example.Absent"],
    ])
      for (const language of ["zh_CN.UTF-8", "de_DE.UTF-8"]) {
        const expected = await commandLine(line, { LC_ALL: language });
        assert.equal(/\p{Script=Han}/u.test(expected.output + expected.errors), language === "zh_CN.UTF-8");
        assert.deepEqual(await beside(line, { LC_ALL: language }), expected, `${language} ${line.join(" ")}`);
      }
  });

  test("reads the caller's folders, not the broker's, and answers relative paths from where the caller is", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "tsbox-listed-"));
    try {
      fill(elsewhere, join(elsewhere, "work"), "elsewhere");
      for (const more of [{ HOME: elsewhere }, { XDG_DATA_HOME: `${elsewhere}/.local/share` }, { XDG_CONFIG_HOME: elsewhere }, { NODE_OPTIONS: "--no-such" }])
        for (const line of [
          ["info", ID],
          ["override", "--show", ID],
        ])
          assert.deepEqual(await beside(line, more), await commandLine(line, "NODE_OPTIONS" in more ? {} : more), line.join(" "));
      assert.match((await beside(["search", "elsewhere"], { HOME: elsewhere })).output, /org\.example\.Listed/);
      assert.equal((await beside(["search", "elsewhere"])).output.includes(ID), false);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  test("draws a table where the caller's output is a terminal", async () => {
    for (const line of [["list"], ["permissions", "--who-can=filesystem=home"]]) {
      const plain = await beside(line);
      const front = await ask(broker, line, { cwd: folder, more: [["stdout", "tty"]] });
      const words = [process.execPath, resolve("build/cli.cjs"), ...line];
      const ran = spawnSync("script", ["-qec", words.join(" "), "/dev/null"], { encoding: "utf8", cwd: folder, env: environmentOf(), timeout: 60_000 });
      assert.equal(front.output(2) + front.output(1), ran.stdout.replaceAll("\r\n", "\n"));
      assert.notEqual(front.output(1), plain.output);
    }
  });

  test("reaches the caller's descriptors through the front as from the command line, also where nobody reads and where nothing can be written", () => {
    const shell = (script: string, program: string): string => {
      const ran = spawnSync("bash", ["-c", script, "bash", ...program.split(" ")], { encoding: "utf8", cwd: folder, env: environmentOf(), timeout: 60_000 });
      return `${ran.status}\n${ran.stdout}${ran.stderr}`;
    };
    const line = `${process.execPath} ${resolve("build/cli.cjs")}`;
    const front = resolve("build/tsbox");
    for (const script of ['"$@" list', 'set -o pipefail; "$@" list | true', '"$@" list >&-', '"$@" info org.example.Absent 2>&1 | cat'])
      assert.equal(shell(script, front), shell(script, line), script);
    for (const program of [front, line]) assert.match(shell('"$@" list >/dev/full', program), /^125\ntsbox: writing the answer: no space left on device/i);
  });

  test("leaves to the command line what changes something, what is no listing, and what says more than a broker should hold", async () => {
    const files = (): readonly string[] => readdirSync(broker.home, { recursive: true }).map(String).sort();
    const there = files();
    const overridden = readFileSync(`${broker.home}/.local/share/tsbox/overrides/${ID}`, "utf8");
    for (const line of [
      ["override", "--nosocket=wayland", ID],
      ["override", "--env=A=--show", ID],
      ["override", "--env", "--show", ID],
      ["export", ID],
      ["export", "--all"],
      ["install", "./beside.ini"],
      ["instance", "remove", "list"],
      ["data", "reset", ID],
      ["data", "backup", ID, "size"],
      ["list", "--help"],
      ["list", "--no-such-option"],
      ["no-such-command"],
    ])
      assert.deepEqual((await ask(broker, line, { cwd: folder })).has(FrontFrame.NOT_HERE), true, line.join(" "));
    assert.deepEqual(files(), there);
    assert.equal(readFileSync(`${broker.home}/.local/share/tsbox/overrides/${ID}`, "utf8"), overridden);
    writeFileSync(`${broker.home}/.local/share/tsbox/overrides/${OTHER}`, `[Context]\n${"# a long word\n".repeat(60_000)}`);
    assert.equal((await beside(["override", "--show", OTHER])).output.length, 60_000 * 14 + 10);
    writeFileSync(`${broker.home}/.local/share/tsbox/overrides/${OTHER}`, `[Context]\n# ${"\u001b".repeat(300_000)}\n`);
    assert.ok((await ask(broker, ["override", "--show", OTHER], { cwd: folder })).has(FrontFrame.NOT_HERE), "each is four characters when it is made harmless");
  });

  test("another group's files are not the broker's to read: such a caller has the command line", async () => {
    assert.ok((await ask(broker, ["list"], { more: [["gid", "12345"]] })).has(FrontFrame.NOT_HERE));
  });
});

test("commands and the broker agree which lines only look, and which the broker itself answers", () => {
  const all = allCommands(() => "");
  const looking = all.filter(({ onlyLooks }) => onlyLooks !== undefined).map(({ name }) => name);
  assert.deepEqual([...LISTING_LINES.keys()].sort(), looking.toSorted());
  assert.deepEqual(
    listingCommands(() => "")
      .map(({ name }) => name)
      .sort(),
    looking.toSorted(),
  );
  assert.deepEqual(
    ANSWERED_HERE,
    brokerCommands().map(({ name }) => name),
  );
  for (const line of LINES) assert.ok(mayBeListing(line), line.join(" "));
});

describe("the process beside the broker", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-lister-"));
  after(() => rmSync(folder, { recursive: true }));
  const request: FrontRequest = {
    argv: ["list"],
    cwd: "/",
    environment: new Map(),
    standard: ["null", "pipe", "pipe"],
    descriptors: [],
    umask: 0o77,
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
    runtimeDirectory: folder,
    runtimeDirectoryIsFallback: false,
    hostname: "host",
  };
  /** Its program notes its id, and then does what `script` says. */
  const withProgram = (script: string, wishes: { readonly patienceMilliseconds?: number; readonly idleMilliseconds?: number } = {}): Listings => {
    writeFileSync(join(folder, "listings.cjs"), `require("node:fs").appendFileSync(${JSON.stringify(join(folder, "pids"))}, process.pid + "\\n");\n${script}`);
    return createListings({ addon, build: folder, gid: request.gid, ...wishes });
  };
  /** Our children that are one. */
  const listers = (): readonly string[] => {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.filter((pid) => commandOf(pid).includes(`${folder}/listings.cjs`));
  };
  const started = (): readonly number[] => {
    try {
      return readFileSync(join(folder, "pids"), "utf8").trim().split("\n").map(Number);
    } catch {
      return [];
    }
  };

  test("one that never answers is ended, and all who asked have the command line", async () => {
    const listings = withProgram("setInterval(() => {}, 1000);", { patienceMilliseconds: 1_000 });
    const asked = [listings.answer(request), listings.answer(request)];
    assert.equal(listers().length, 1, "two questions, one process");
    assert.deepEqual(await Promise.all(asked), [null, null]);
    await until(() => listers().length === 0);
  });

  test("one that dies answers nobody at once, and the next question has a new one", async () => {
    const before = started().length;
    const listings = withProgram("process.exit(1);", { patienceMilliseconds: 60_000 });
    for (let time = 0; time < 2; time++) assert.equal(await listings.answer(request), null);
    assert.equal(started().length, before + 2);
  });

  test("more questions than people ask have the command line at once", async () => {
    const listings = withProgram("setInterval(() => {}, 1000);", { patienceMilliseconds: 1_000 });
    const answers = Array.from({ length: 40 }, () => listings.answer(request));
    let soon = 0;
    for (const answer of answers) void answer.then(() => soon++);
    await new Promise((done) => setImmediate(done));
    assert.equal(soon, 24);
    assert.deepEqual(new Set(await Promise.all(answers)), new Set([null]));
  });

  test("one that cannot be started leaves nothing behind, and who asked is told as late as all others", async () => {
    const listings = createListings({ addon, build: `${folder}\0`, gid: request.gid });
    const before = readdirSync("/proc/self/fd").length;
    for (let time = 0; time < 3; time++) await assert.rejects(listings.answer(request), /null bytes/);
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });

  test("it leaves when nobody has asked for a while, and with the broker", async () => {
    for (const name of ["listings.cjs", "listings-code.cjs", "tsbox.node"]) copyFileSync(`build/${name}`, join(folder, name));
    chmodSync(join(folder, "tsbox.node"), 0o755);
    const listings = createListings({ addon, build: folder, gid: request.gid, idleMilliseconds: 50, patienceMilliseconds: 60_000 });
    const environment = new Map([["HOME", folder]]);
    assert.equal((await listings.answer({ ...request, environment }))?.status, 0);
    assert.equal(listers().length, 1);
    await until(() => listers().length === 0);
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Two apps, an override, a file beside, and something that is exported. */
function fill(home: string, work: string, word = "first"): void {
  const data = `${home}/.local/share/tsbox`;
  for (const path of [`${data}/manifests`, `${data}/overrides`, work, `${work}/notes`, `${home}/.var/app/${ID}/data`]) mkdirSync(path, { recursive: true });
  const manifest = `# A listed app, ${word}\n[Application]\nname=${ID}\ncommand=true\n[Context]\nshared=network;\nsockets=wayland;x11;waylnd;\nfilesystems=home:ro;${work}/notes;\n`;
  writeFileSync(`${data}/manifests/${ID}.ini`, `${manifest}[Session Bus Policy]\norg.example.Name=talk\n`);
  writeFileSync(`${data}/manifests/${OTHER}.ini`, `# \u001b[31mred\u202e\n[Application]\nname=${OTHER}\ncommand=no such\nruntime=host\n`);
  writeFileSync(`${work}/beside.ini`, manifest);
  writeFileSync(`${home}/.var/app/${ID}/data/file`, "x".repeat(5000));
}
