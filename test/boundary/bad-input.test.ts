// What goes wrong before a program runs: each is told in one message that names the line and the way out, starts nothing, and leaves nothing behind.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { before, it } from "node:test";
import { startBus } from "../support/bus.ts";
import { inEachSession, inOrdinarySession } from "../support/cases.ts";
import { type Outcome, waitFor, killHard } from "../support/process.ts";
import { findTsbox, makeApp, makeProbe } from "../support/sandbox.ts";
import { backgroundProcesses, type RunOptions, type Session } from "../support/session.ts";

const OWN_FAILURE = 125;

/** The form of every message: no stack, no bare errno, no capital letter after `tsbox:`; and no instance stays. */
async function assertTold(session: Session, outcome: Outcome, ...patterns: readonly RegExp[]): Promise<void> {
  assert.equal(outcome.status, OWN_FAILURE, `${outcome.stdout}\n${outcome.stderr}`);
  assert.equal(outcome.stdout, "");
  for (const pattern of patterns) assert.match(outcome.stderr, pattern);
  assert.doesNotMatch(outcome.stderr, /\n\s+at |node:internal|undefined|\[object/);
  assert.doesNotMatch(outcome.stderr.split("\n")[0] ?? "", /\.$/);
  const instances = `${session.runtimeDirectory}/.flatpak`;
  // One that ran before goes right behind its front.
  await waitFor("the last instance to go", () => !existsSync(instances) || readdirSync(instances).length === 0);
}

inEachSession("tsbox run refuses", (session) => {
  let tsbox: string;
  const run = (argv: readonly string[], options: RunOptions = {}) => session().run([tsbox, "run", ...argv], options);
  const runText = async (text: string, ...argv: string[]): Promise<Outcome> => {
    session().write("app/org.example.Bad.ini", text);
    return run(["./app/org.example.Bad.ini", ...argv]);
  };
  before(async () => {
    tsbox = await findTsbox(session());
  });

  it("an app that no manifest names", async () => {
    await assertTold(session(), await run(["org.example.NotHere"]), /org\.example\.NotHere/);
  });

  it("an id that is none", async () => {
    for (const id of ["nodots", "org..double", "org.example.", "org.1digit.App", "org.example.Ünicode", `org.${"x".repeat(300)}.y`])
      await assertTold(session(), await run([id]));
  });

  it("an id of the desktop's own name space", async () => {
    session().write("app/org.freedesktop.Portal.ini", "[Application]\nname=org.freedesktop.Portal\ncommand=true\n");
    await assertTold(session(), await run(["./app/org.freedesktop.Portal.ini"]), /org\.freedesktop/);
  });

  it("no app at all, and an option that it does not know, with the nearest one", async () => {
    await assertTold(session(), await run([]));
    await assertTold(session(), await run(["--filesytem=home", "org.example.Bad"]), /--filesystem/);
  });

  it("a manifest that cannot be parsed, with file, line and column", async () => {
    for (const [text, place] of [
      ["[Application\nname=org.example.Bad\n", /org\.example\.Bad\.ini:1/],
      ["[Application]\nname=org.example.Bad\nno equals sign\n", /org\.example\.Bad\.ini:3/],
      ["name=org.example.Bad\n", /org\.example\.Bad\.ini:1/],
    ] as const) {
      await assertTold(session(), await runText(text), place);
    }
  });

  it("a manifest without a name or without a command", async () => {
    await assertTold(session(), await runText("[Application]\ncommand=true\n"), /org\.example\.Bad\.ini/, /name/);
    await assertTold(session(), await runText("[Application]\nname=org.example.Bad\n"), /org\.example\.Bad\.ini/, /command/);
  });

  it("a word of ours that it does not know, with the nearest one, and a format newer than itself", async () => {
    const start = "[Application]\nname=org.example.Bad\ncommand=true\n";
    await assertTold(session(), await runText(`${start}[X-Tsbox]\nnestd=none\n`), /org\.example\.Bad\.ini:5/);
    await assertTold(session(), await runText(`${start}[X-Tsbox]\nformat=999\n`), /org\.example\.Bad\.ini:5/);
    await assertTold(session(), await runText(`${start}[X-Tsbox Nonsense]\na=b\n`), /org\.example\.Bad\.ini:4/);
  });

  it("a denial of Flatpak's that it does not know, while an unknown grant is passed over", async () => {
    const start = "[Application]\nname=org.example.Bad\ncommand=true\n";
    await assertTold(session(), await runText(`${start}[Context]\nsockets=!telepathy;\n`), /org\.example\.Bad\.ini:5/);
    assert.equal((await runText(`${start}[Context]\nsockets=telepathy;\n`)).status, 0);
  });

  it("a runtime that is not here", async () => {
    await assertTold(
      session(),
      await runText("[Application]\nname=org.example.Bad\ncommand=true\nruntime=org.gnome.Platform/x86_64/45\n"),
      /org\.example\.Bad\.ini:4/,
    );
  });

  it("a file that is not there, a folder, and text with control characters, which it shows escaped", async () => {
    await assertTold(session(), await run(["./app/not-there.ini"]), /not-there\.ini/);
    session().makeFolder("app/folder.ini");
    await assertTold(session(), await run(["./app/folder.ini"]), /folder\.ini/);
    const result = await runText("[Application]\nname=org.example.Bad\ncommand=true\n[X-Tsbox]\nformat=\u001b[31m\u202e9\n");
    await assertTold(session(), result);
    for (const character of ["\u001b", "\u202e"]) assert.ok(!result.stderr.includes(character));
  });

  it("a runtime directory that is not the user's own", async () => {
    const s = session();
    const open = s.makeFolder(`${s.scratch}/open-runtime`);
    chmodSync(open, 0o777);
    s.write(`${s.scratch}/plain-file`, "");
    for (const directory of [open, `${s.scratch}/plain-file`, `${s.scratch}/absent`, "relative/path"]) {
      const outcome = await run(["org.example.Bad"], { environment: { XDG_RUNTIME_DIR: directory } });
      await assertTold(s, outcome, /XDG_RUNTIME_DIR|runtime directory/i);
    }
  });

  it("a session bus that is dead, unless told to do without", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.DeadBus", "command=true\n");
    s.write(`${s.scratch}/dead-bus`, "");
    const options = { environment: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${s.scratch}/dead-bus` } };
    await assertTold(s, await app.run([], options), /dead-bus/, /--no-session-bus/);
    assert.equal((await app.run([], { ...options, options: ["--no-session-bus"] })).status, 0);
  });

  it("a request beyond what sudo left", async () => {
    const s = session();
    if (s.account.uid !== 0) return;
    const foreign = s.makeFolder(`${s.scratch}/of-another`);
    await s.run(["chown", "65534", foreign]);
    chmodSync(foreign, 0o700);
    const outcome = await run(["org.example.Bad"], { environment: { SUDO_UID: "65534", XDG_RUNTIME_DIR: foreign } });
    assert.equal(outcome.status, OWN_FAILURE);
    assert.match(outcome.stderr, /sudo/);
  });

  it("what would be written in a home that is read-only, and says so", async () => {
    const s = session();
    const home = s.makeFolder(`${s.scratch}/read-only`);
    // The session's broker runs in other namespaces than what bubblewrap starts.
    const runtime = s.makeFolder(`${s.scratch}/own-runtime`);
    chmodSync(runtime, 0o700);
    const manifest = s.write("app/org.example.Kept.ini", "[Application]\nname=org.example.Kept\ncommand=true\n");
    for (const argv of [
      ["install", "-y", manifest],
      ["override", "--share=network", "org.example.Kept"],
      ["permission-set", "background", "background", "org.example.Kept", "yes"],
    ]) {
      const readOnly = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", home, home, "--die-with-parent"] as const;
      const outcome = await s.run([...readOnly, tsbox, ...argv], { environment: { HOME: home, XDG_RUNTIME_DIR: runtime } });
      assertTold(s, { ...outcome, stdout: "" }, /: read-only file system/);
      assert.deepEqual(readdirSync(home), []);
    }
  });

  it("a start inside another sandbox of its kind", async () => {
    const s = session();
    s.write(`${s.scratch}/info`, "[Application]\nname=org.example.Around\n");
    const bwrap = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", `${s.scratch}/info`, "/.flatpak-info", "--die-with-parent"] as const;
    // Where the root directory cannot take the file, the root is put together from its entries.
    const roots = readdirSync("/")
      .filter((name) => name !== ".flatpak-info")
      .flatMap((name) => ["--dev-bind", `/${name}`, `/${name}`]);
    const outcome = await s.run(["bwrap", "--tmpfs", "/", ...roots, ...bwrap.slice(4), tsbox, "run", "org.example.Bad"]);
    assert.equal(outcome.status, OWN_FAILURE, outcome.stderr);
    assert.match(outcome.stderr, /org\.example\.Around/);
  });
});

inEachSession("tsbox run goes on", (session) => {
  it("when neither a runtime directory nor a bus is there", async () => {
    const s = session();
    const probe = await makeProbe(s, "");
    const without = await probe.run(["facts"], { environment: { XDG_RUNTIME_DIR: undefined } });
    s.onClose(() => endFallback(s));
    assert.equal(without.status, 0, without.stderr);
  });

  it("when a broker was killed in the middle: the running program stays, the next one starts", async () => {
    const s = session();
    await startBus(s);
    const app = await makeApp(s, "org.example.Survivor", "command=sh\n");
    const first = app.start(["-c", "echo on; read line; echo $line; exit 6"], { input: "pipe" });
    await waitFor("the program", () => first.stdout().includes("on"));
    const brokers = backgroundProcesses(s.runtimeDirectory).filter(({ argv }) => argv.some((word) => word.endsWith("broker.cjs")));
    assert.equal(brokers.length, 1);
    for (const { pid } of brokers) killHard(pid);
    assert.equal((await app.run(["-c", "exit 3"])).status, 3);
    first.write("still here\n");
    const outcome = await first.ended;
    assert.match(outcome.stdout, /still here/);
    assert.equal(outcome.status, 6);
    await waitFor("both instances to go", () => readdirSync(`${s.runtimeDirectory}/.flatpak`).length === 0);
  });

  it("when what was killed left a socket behind that nobody serves", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Again", "command=true\n");
    assert.equal((await app.run()).status, 0);
    for (const { pid } of backgroundProcesses(s.runtimeDirectory)) killHard(pid);
    assert.ok(existsSync(`${s.runtimeDirectory}/tsbox/broker-1`));
    assert.equal((await app.run()).status, 0);
  });
});

inOrdinarySession("tsbox run in a hostile place", (session) => {
  it("names an unreadable manifest", async () => {
    const s = session();
    const app = await makeApp(s, "org.example.Unreadable", "command=true\n");
    chmodSync(app.file, 0);
    await assertTold(s, await app.run(), /org\.example\.Unreadable\.ini/);
  });

  it("names a home that it cannot write, and says that user namespaces are refused", async () => {
    const s = session();
    const tsbox = await findTsbox(s);
    const home = s.makeFolder(`${s.scratch}/read-only-home`);
    mkdirSync(`${home}/x`);
    chmodSync(home, 0o500);
    s.write("app/org.example.Home.ini", "[Application]\nname=org.example.Home\ncommand=true\n");
    const outcome = await s.run([tsbox, "run", s.path("app/org.example.Home.ini")], { environment: { HOME: home } });
    await assertTold(s, outcome, /read-only-home/);
    const refused = await s.run(
      ["bwrap", "--dev-bind", "/", "/", "--unshare-user", "--disable-userns", "--die-with-parent", tsbox, "run", s.path("app/org.example.Home.ini")],
      {
        environment: { XDG_RUNTIME_DIR: s.makeFolder(`${s.runtimeDirectory}/inner`, 0o700) },
      },
    );
    assert.equal(refused.status, OWN_FAILURE, refused.stderr);
    assert.match(refused.stderr, /user namespace/);
    for (const { pid } of backgroundProcesses(`${s.runtimeDirectory}/inner`)) killHard(pid);
  });
});

/** The broker of a run without a runtime directory has one of its own making. */
function endFallback(session: Session): void {
  for (const directory of [`/run/user/${session.account.uid}`, `/tmp/tsbox-${session.account.uid}`]) {
    for (const { pid } of backgroundProcesses(directory)) killHard(pid);
  }
}
