// `--bind=SRC:DEST` of files: vim and `sed -i` put another file in the place of the old one, outside and inside, and the other side has it; nothing beside it.
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { type Running, waitFor, killHard } from "../support/process.ts";
import { type App, expectSuccess, makeApp } from "../support/sandbox.ts";
import { backgroundProcesses } from "../support/session.ts";

const VIM = "vim -u NONE -i NONE -n -es -c 'set backupcopy=no' -c '%s/.*/BY/' -c wq FILE";
const EDITORS = [
  ["vim", VIM],
  ["sed -i", "sed -i s/.*/BY/ FILE"],
  ["writing in place", "echo BY >FILE"],
] as const;

inOrdinarySession("a file that is bound under another name", (session) => {
  let app: App;
  const outside = (): string => session().path("notes/file");
  const read = (path = outside()): string => readFileSync(path, "utf8").trim();
  const edit = (command: string, by: string, file: string): string => command.replace("BY", by).replace("FILE", file);
  before(async () => {
    app = await makeApp(session(), "org.example.Binder", "command=sh\n");
    session().write("notes/file", "first\n");
    session().write("notes/beside", "not shown\n");
  });

  /** A shell inside that does what it is told, line by line. */
  async function open(...options: string[]): Promise<{ readonly running: Running; do(line: string): Promise<string> }> {
    const running = app.start(["-c", 'while read -r line; do eval "$line"; echo "=done"; done'], { options, input: "pipe", limit: 120_000 });
    const replies = (): readonly string[] => running.stdout().split("=done\n");
    let count = 0;
    const order = async (line: string): Promise<string> => {
      running.write(`${line}\n`);
      count += 1;
      return waitFor(`the answer to ${line}`, () => {
        if (running.stderr().startsWith("tsbox:")) throw new Error(running.stderr());
        return replies().length > count ? `:${replies()[count - 1] ?? ""}` : undefined;
      }).then((text) => text.slice(1).trim());
    };
    await order("true");
    return { running, do: order };
  }

  for (const [place, where] of [
    ["a folder of its own", "/opt/box/inside"],
    ["a folder of its own in the home", "~/box/inside"],
    ["the app's own data", "~/.var/app/org.example.Binder/config/inside"],
  ] as const)
    it(`is followed both ways in ${place}, whoever replaces it`, async () => {
      const shell = await open(`--bind=~/notes/file:${where}`);
      const inside = where.replace("~", session().home);
      for (const [name, command] of EDITORS) {
        expectSuccess(await session().run(["sh", "-c", edit(command, `out-${name.slice(0, 3)}`, outside())]));
        await waitFor(`${name} outside to be seen inside`, async () => (await shell.do(`cat ${inside}`)) === `out-${name.slice(0, 3)}`);
        assert.equal(await shell.do(edit(command, `in-${name.slice(0, 3)}`, inside)), "", name);
        await waitFor(`${name} inside to be seen outside`, () => read() === `in-${name.slice(0, 3)}`);
      }
      assert.doesNotMatch(await shell.do(`cat ${inside.replace(/inside$/, "*")}`), /not shown/);
      assert.deepEqual(readdirSync(session().path("notes")).sort(), ["beside", "file"], "no editor's leftovers, none of ours");
      shell.running.closeInput();
      await shell.running.ended;
    });

  it("is followed by the next broker where one was killed, what happened in between too", async () => {
    const shell = await open("--bind=~/notes/file:/opt/box/inside");
    const brokers = () => backgroundProcesses(session().runtimeDirectory).filter(({ argv }) => argv.some((word) => word.endsWith("broker.cjs")));
    for (const { pid } of brokers()) killHard(pid);
    await waitFor("the broker to be gone", () => brokers().length === 0);
    await shell.do("sed -i s/.*/in-between/ /opt/box/inside");
    expectSuccess(await app.run(["-c", "true"]));
    await waitFor("what was changed in between", () => read() === "in-between");
    expectSuccess(await session().run(["sed", "-i", "s/.*/out-after/", outside()]));
    await waitFor("what is changed after that", async () => (await shell.do("cat /opt/box/inside")) === "out-after");
    shell.running.closeInput();
    await shell.running.ended;
  });

  it("has what the app left in its place when it ended, at once", async () => {
    const options = ["--bind=~/notes/file:/opt/box/inside"];
    for (const by of ["one", "two"]) {
      expectSuccess(await app.run(["-c", `sed -i s/.*/${by}/ /opt/box/inside`], { options }));
      await waitFor("the last change", () => read() === by);
    }
    expectSuccess(await session().run(["sed", "-i", "s/.*/meanwhile/", outside()]));
    assert.equal(expectSuccess(await app.run(["-c", "cat /opt/box/inside"], { options })), "meanwhile\n");
  });

  it("is followed among others in the home itself, where a link leads to it", async () => {
    const shell = await open("--bind=~/notes/file:~/.rc");
    const inside = `${session().home}/.rc`;
    for (const [name, command] of EDITORS) {
      expectSuccess(await session().run(["sh", "-c", edit(command, `out-${name.slice(0, 3)}`, outside())]));
      await waitFor(`${name} outside`, async () => (await shell.do(`cat ${inside}`)) === `out-${name.slice(0, 3)}`);
    }
    await shell.do(edit(VIM.replace("-c 'set backupcopy=no'", ""), "in-vim", inside));
    await waitFor("vim inside", () => read() === "in-vim");
    shell.running.closeInput();
    await shell.running.ended;
  });

  it("is the host's to change alone where it is read-only, and what the app tries leaves it as it is", async () => {
    writeFileSync(outside(), "mine\n");
    const shell = await open("--bind=~/notes/file:/opt/box/inside:ro");
    expectSuccess(await session().run(["sed", "-i", "s/.*/replaced/", outside()]));
    await waitFor("the host's change", async () => (await shell.do("cat /opt/box/inside")) === "replaced");
    const tries = ["echo x >/opt/box/inside", "sed -i s/.*/x/ /opt/box/inside", "rm -f /opt/box/inside", "echo x >/opt/box/other", "chmod 777 /opt/box/inside"];
    assert.equal(await shell.do(tries.map((one) => `(${one}) 2>/dev/null && echo did`).join("; ")), "");
    assert.equal(read(), "replaced");
    shell.running.closeInput();
    await shell.running.ended;
  });

  it("is shown no longer once the user says so, nor by what an earlier run left", async () => {
    writeFileSync(session().path("notes/other"), "other\n");
    const override = async (...words: string[]) => expectSuccess(await session().run([app.tsbox, "override", ...words, app.id]));
    await override("--bind=~/notes/file:/opt/box/inside", "--bind=~/notes/other:/opt/box/other");
    expectSuccess(
      await app.run([
        "-c",
        "ln /opt/box/other /opt/box/kept && cp /opt/box/other ~/.var/app/org.example.Binder/copy && ln -s /opt/box/other /opt/box/link; cat /opt/box/other",
      ]),
    );
    await override("--unset", "--bind=~/notes/other:/opt/box/other");
    const seen = await app.run(["-c", "ls /opt/box; cat /opt/box/other /opt/box/kept; echo hacked >>/opt/box/kept; true"]);
    assert.match(seen.stdout, /^inside\n$/);
    assert.equal(read(session().path("notes/other")), "other");
    assert.match(
      expectSuccess(await session().run([app.tsbox, "permissions", app.id])),
      /Reads and writes `~\/notes\/file`, which it finds at `\/opt\/box\/inside`/,
    );
    await override("--reset");
    assert.match((await app.run(["-c", "cat /opt/box/inside"])).stderr, /No such file/);
  });

  it("is no way to what is guarded, denied or limited, and no manifest may ask for it", async () => {
    session().write(".local/share/tsbox/overrides/org.example.None", "[Context]\n");
    session().write("private/file", "private\n");
    const print = (options: string[]) => app.run(["-c", "cat /opt/box/inside; echo x >>/opt/box/inside"], { options });
    const guarded = await print(["--bind=~/.local/share/tsbox/overrides/org.example.None:/opt/box/inside"]);
    assert.equal(guarded.stdout, "");
    expectSuccess(await session().run([app.tsbox, "override", "--bind=~/private/file:/opt/box/inside", app.id]));
    assert.equal((await print([])).stdout, "private\n", "by the user's word it is shown");
    writeFileSync(session().path("private/file"), "private\n");
    const denied = await print(["--nofilesystem=~/private/file"]);
    assert.equal((await print(["--nobind=/opt/box/inside"])).stdout, "");
    expectSuccess(await session().run([app.tsbox, "override", "--reset", app.id]));
    assert.equal(denied.stdout, "");
    assert.equal(read(session().path("private/file")), "private");
    assert.equal(session().read(".local/share/tsbox/overrides/org.example.None"), "[Context]\n");
    const asking = session().write("asking.ini", "[Application]\nname=org.example.Asking\ncommand=sh\n[X-Tsbox Data]\nbind=~/private/file:/opt/x\n");
    const refused = await session().run([app.tsbox, "run", asking, "-c", "true"]);
    assert.equal(refused.status, 125);
    assert.match(refused.stderr, /asking\.ini:5:.*a manifest cannot show/);
    for (const odd of ["relative:/x", "/a:relative", "/a", "/a/../b:/x", "~x:/y"]) assert.equal((await print([`--bind=${odd}`])).status, 125, odd);
  });

  it("does not follow a link, a pipe or a device that the app puts in its place, and takes no name of the app's for a way out", async () => {
    writeFileSync(outside(), "mine\n");
    writeFileSync(session().path("secret"), "secret\n");
    const shell = await open("--bind=~/notes/file:/opt/box/inside");
    await shell.do(`ln -sf ${session().path("secret")} /opt/box/planted; mv -f /opt/box/planted /opt/box/inside`);
    await waitFor("the name to be taken for deleted", () => !existsSync(outside()), 10_000);
    await shell.do("rm -f /opt/box/inside; mkfifo /opt/box/inside");
    writeFileSync(outside(), "again\n");
    await waitFor(
      "the host's file to be put there",
      async () => (await shell.do("test -p /opt/box/inside && echo pipe || cat /opt/box/inside")) === "again",
      10_000,
    );
    assert.equal(read(session().path("secret")), "secret");
    assert.ok(lstatSync(outside()).isFile());
    shell.running.closeInput();
    await shell.running.ended;
  });

  it("keeps what the app had of its own in that place, and does not start where a folder on the way is a link of the app's", async () => {
    const config = session().path(".var/app/org.example.Binder/config");
    writeFileSync(`${config}/own`, "the app's own\n");
    const options = [`--bind=~/notes/file:${config}/own`];
    assert.equal(expectSuccess(await app.run(["-c", `cat ${config}/own`], { options })), "again\n");
    const aside = readdirSync(config).find((name) => name.startsWith("own.before-bind-"));
    assert.equal(read(`${config}/${aside}`), "the app's own");
    mkdirSync(session().path("elsewhere"));
    symlinkSync(session().path("elsewhere"), `${config}/planted`);
    await app.run(["-c", "true"], { options: [`--bind=~/notes/file:${config}/planted/x`] });
    assert.deepEqual(readdirSync(session().path("elsewhere")), []);
  });
});
