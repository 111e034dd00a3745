// `run --try`: what the app writes lies aside, whatever it is, and comes to its places only by the user's word: in the folders that were granted, never through a
// link, never over what changed outside.
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { resolve } from "node:path";
import { it } from "node:test";
import { type KeptTry, listTries, walkTry } from "../../launcher/try/door.ts";
import { loadAddon } from "../../native/addon.ts";
import { inEachSession, inOrdinarySession } from "../support/cases.ts";
import { type App, expectSuccess, makeApp } from "../support/sandbox.ts";
import { onTerminal } from "../support/terminal.ts";
import { CONTEXT, pending, prepare, shown } from "../support/try.ts";
import { waitFor } from "../support/process.ts";

const WORK = [
  'echo new > "$XDG_DATA_HOME/note"',
  "echo kept > ~/.kept/word",
  "cat /var/data/note",
  "echo more >> ~/granted/changed",
  "echo two > ~/granted/added",
  "rm ~/granted/removed ~/granted/anew/old",
  "rmdir ~/granted/anew && mkdir ~/granted/anew && echo fresh > ~/granted/anew/fresh",
  "rm -r ~/granted/gone",
  "mkdir -p ~/granted/deep/er && echo deep > ~/granted/deep/er/file && chmod 4755 ~/granted/deep/er/file",
  "ln -s /etc/passwd ~/granted/link",
  "mkfifo ~/granted/pipe",
  "echo single >> ~/alone.txt",
].join("\n");

inEachSession("a start that is tried", (session) => {
  const tried = (app: App, after: string, script: string) => app.run(["-e", "-c", script], { options: [`--try=${after}`] });

  it("writes to its places without it, and with it nothing that stays outside once it is dropped", async () => {
    const app = await makeApp(session(), "org.example.Dropped", CONTEXT);
    prepare(session());
    expectSuccess(await app.run(["-c", 'echo real > "$XDG_DATA_HOME/real"; echo real > ~/granted/real']));
    assert.equal(session().read("granted/real"), "real\n", "the host would have allowed it");
    assert.equal(expectSuccess(await tried(app, "drop", WORK)), "new\n", "the app sees its own file by each of its names");
    assert.deepEqual(readdirSync(session().path("granted")).sort(), ["anew", "changed", "gone", "real", "removed"]);
    assert.deepEqual([session().read("granted/changed"), session().read("alone.txt")], ["one\n", "first\n"]);
    assert.deepEqual(readdirSync(`${app.data}/data`).sort(), ["real"]);
    assert.deepEqual(pending(session()), [], "nothing is left aside");
  });

  it("is shown by its changes, and brings them to their places without special bits, pipes and followed links", async () => {
    const app = await makeApp(session(), "org.example.Kept", CONTEXT);
    prepare(session());
    const outcome = await tried(app, "aside", WORK);
    assert.equal(expectSuccess(outcome), "new\n");
    assert.match(outcome.stderr, /changed {2}.*\/granted\/changed {2}\(4 to 9 bytes\)/);
    assert.deepEqual(await shown(session(), app), [
      "added ~/.var/app/org.example.Kept/.kept/word",
      "added ~/.var/app/org.example.Kept/data/note",
      "changed ~/alone.txt",
      "added ~/granted/added",
      "added ~/granted/anew/fresh",
      "removed ~/granted/anew/old",
      "changed ~/granted/changed",
      "added ~/granted/deep",
      "added ~/granted/deep/er",
      "added ~/granted/deep/er/file",
      "removed ~/granted/gone",
      "added ~/granted/link",
      "added ~/granted/pipe: special",
      "removed ~/granted/removed",
    ]);
    const kept = await session().run([app.tsbox, "try", "keep"]);
    assert.equal(kept.status, 125, "a pipe is left");
    assert.deepEqual(readdirSync(session().path("granted")).sort(), ["added", "anew", "changed", "deep", "link"]);
    assert.deepEqual(readdirSync(session().path("granted/anew")), ["fresh"]);
    assert.deepEqual([session().read("granted/changed"), session().read("alone.txt")], ["one\nmore\n", "first\nsingle\n"]);
    assert.equal(lstatSync(session().path("granted/deep/er/file")).mode & 0o7777, 0o755);
    assert.equal(readlinkSync(session().path("granted/link")), "/etc/passwd");
    assert.equal(readFileSync(`${app.data}/.kept/word`, "utf8"), "kept\n");
    assert.deepEqual(await shown(session(), app), ["added ~/granted/pipe: special"]);
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
    assert.deepEqual(pending(session()), []);
  });
});

inOrdinarySession("changes that are brought to their places", (session) => {
  const aside = (app: App, script: string) => app.run(["-e", "-c", script], { options: ["--try=aside"] });

  it("leave what changed outside meanwhile, and take the app's side only when they are told to", async () => {
    const app = await makeApp(session(), "org.example.Conflict", CONTEXT);
    prepare(session());
    expectSuccess(await aside(app, "echo app >> ~/granted/changed; rm ~/granted/removed; echo app > ~/granted/added; echo app >> ~/granted/gone/in/it"));
    session().write("granted/changed", "outside\n");
    session().write("granted/removed", "outside\n");
    session().write("granted/added", "outside\n");
    rmSync(session().path("granted/gone/in/it"));
    const kept = await session().run([app.tsbox, "try", "keep"]);
    assert.deepEqual([kept.status, kept.stderr.match(/(\d) changes are still aside/)?.[1]], [125, "4"]);
    for (const name of ["changed", "removed", "added"]) assert.equal(session().read(`granted/${name}`), "outside\n");
    assert.ok(!existsSync(session().path("granted/gone/in/it")));
    expectSuccess(await session().run([app.tsbox, "try", "keep", "--overwrite"]));
    assert.deepEqual([session().read("granted/added"), session().read("granted/gone/in/it")], ["app\n", "y\napp\n"]);
    assert.ok(!existsSync(session().path("granted/removed")));
  });

  it("never go through a link that was put where a folder was", async () => {
    const app = await makeApp(session(), "org.example.Linked", "command=sh\n[Context]\nfilesystems=~/granted;\n");
    prepare(session());
    session().write("elsewhere/it", "mine\n");
    expectSuccess(await aside(app, "echo app >> ~/granted/gone/in/it; echo app > ~/granted/gone/in/other"));
    rmSync(session().path("granted/gone/in"), { recursive: true });
    symlinkSync(session().path("elsewhere"), session().path("granted/gone/in"));
    await session().run([app.tsbox, "try", "keep"]);
    assert.deepEqual(readdirSync(session().path("elsewhere")), ["it"]);
    rmSync(session().path("granted"), { recursive: true });
    mkdirSync(session().path("elsewhere/gone/in"), { recursive: true });
    symlinkSync(session().path("elsewhere"), session().path("granted"));
    const kept = await session().run([app.tsbox, "try", "keep", "--overwrite"]);
    assert.match(kept.stdout, /another folder lies there now/);
    assert.deepEqual(readdirSync(session().path("elsewhere/gone/in")), []);
    rmSync(session().path("granted"));
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
  });

  it("reach nothing beside the layer, although somebody still writes in it", async () => {
    const app = await makeApp(session(), "org.example.Swapped", "command=sh\n[Context]\nfilesystems=~/granted;\n");
    prepare(session());
    session().write("beside/er/file", "mine\n");
    expectSuccess(await aside(app, "mkdir -p ~/granted/deep/er; echo app > ~/granted/deep/er/file"));
    const [kept] = listTries(session().path(".local/state/tsbox")) as readonly [KeptTry];
    const layer = kept.layers.find(({ from }) => from.endsWith("/granted"))?.upper as string;
    const addon = loadAddon(resolve("build/tsbox.node"));
    // Once the copy is in its place, and before the layer's own file goes.
    const renameat: typeof addon.renameat = (...words) => {
      addon.renameat(...words);
      renameSync(`${layer}/deep`, `${layer}/held`);
      symlinkSync(session().path("beside"), `${layer}/deep`);
    };
    walkTry({ ...addon, renameat }, kept, { act: true, overwrite: false });
    assert.equal(session().read("granted/deep/er/file"), "app\n");
    assert.equal(session().read("beside/er/file"), "mine\n", "the other file of that name");
    assert.deepEqual(readdirSync(`${layer}/held`), [], "what was brought is gone from the folder that it lay in");
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
  });

  it("give no guarded place another name: one that is missing, by a link on the way to it", async () => {
    const app = await makeApp(session(), "org.example.Renamer", "command=sh\n[Context]\nfilesystems=home;\n");
    const environment = { PATH: `${session().path("tools/bin")}:/usr/bin:/bin` };
    const plant = "mkdir -p ~/stuff/bin; echo harm > ~/stuff/bin/tsbox; ln -s stuff ~/tools; ln -s stuff ~/other";
    expectSuccess(await app.run(["-c", plant], { environment }));
    assert.equal(session().read("tools/bin/tsbox"), "harm\n", "a plain start can: nothing is made there");
    for (const name of ["tools", "other", "stuff"]) rmSync(session().path(name), { recursive: true });
    const outcome = await app.run(["-c", plant], { environment, options: ["--try=keep"] });
    assert.match(outcome.stderr, /1 changes are still aside/);
    assert.deepEqual([existsSync(session().path("tools")), readlinkSync(session().path("other"))], [false, "stuff"]);
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
  });

  it("never are what runs by itself outside, although a plain start could have made it", async () => {
    const app = await makeApp(session(), "org.example.Planter", "command=sh\n[Context]\nfilesystems=home;\n");
    const plant = "echo harm > ~/.vimrc; echo fine > ~/plain";
    expectSuccess(await app.run(["-c", plant]));
    assert.equal(session().read(".vimrc"), "harm\n", "missing, it can be made: a told lower level");
    for (const name of [".vimrc", "plain"]) rmSync(session().path(name));
    expectSuccess(await app.run(["-c", plant], { options: ["--try=keep"] }).then((outcome) => ({ ...outcome, status: outcome.status === 125 ? 0 : 1 })));
    assert.ok(!existsSync(session().path(".vimrc")));
    assert.equal(session().read("plain"), "fine\n");
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
  });

  it("are asked about on a terminal, and wait aside where nobody answers or the app still runs", async () => {
    const app = await makeApp(session(), "org.example.Asked", CONTEXT);
    prepare(session());
    const command = [app.tsbox, "run", "--try", app.id, "-c", "echo asked > ~/granted/asked; echo done"];
    const answered = await onTerminal(session(), command, [
      ["expect", "leave them \\[a\\]side", 20],
      ["send", "k\r"],
      ["end", 20],
    ]);
    assert.deepEqual([answered.failed, answered.status], [null, 0], answered.output);
    assert.equal(existsSync(session().path("granted/asked")), true, answered.output);
    const silent = await app.run(["-c", "echo x > ~/granted/x; exit 7"], { options: ["--try"] });
    assert.equal(silent.status, 7, "the app's own status");
    assert.match(silent.stderr, /tsbox try keep \d+-\d+-\d+/);
    assert.ok(!existsSync(session().path("granted/x")));
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
    const running = app.start(["-c", "echo x > ~/granted/x; echo up; read line"], { options: ["--try"], input: "pipe" });
    await waitFor("the app", () => running.stdout().includes("up"));
    const refused = await session().run([app.tsbox, "try", "keep"]);
    assert.match(refused.stderr, /still runs/);
    running.closeInput();
    await running.ended;
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
  });

  it("need a sandbox that has layers", async () => {
    const app = await makeApp(session(), "org.example.Layerless", CONTEXT);
    for (const option of ["--backend=bwrap", "--dry-run=bwrap"]) {
      const outcome = await app.run(["-c", "true"], { options: ["--try=drop", option] });
      assert.deepEqual([outcome.status, /needs a sandbox of tsbox's own/.test(outcome.stderr)], [125, true], option);
    }
    const shown = expectSuccess(await app.run([], { options: ["--try", "--dry-run"] }));
    assert.match(shown, /^ {2}layer over .* # --try: changes below it are kept aside$/m);
    assert.match(shown, /^ {2}rw {2}\/var\/data by its layer from /m);
    assert.deepEqual(pending(session()), []);
  });
});
