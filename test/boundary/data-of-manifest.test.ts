// An id is a word that any author can choose: the data that one manifest's program wrote is not opened by the program of another one that a path names.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { expectSuccess, makeApp } from "../support/sandbox.ts";

const ID = "org.example.Diary";

inOrdinarySession("the data of an app", (session) => {
  it("stays closed to another author's manifest of the same id, until the user installs that", async () => {
    const app = await makeApp(session(), ID, "command=sh\n");
    const write = ["-c", 'echo dear >"$XDG_DATA_HOME/diary"'];
    const read = ["-c", 'cat "$XDG_DATA_HOME/diary"'];
    expectSuccess(await app.run(write));
    expectSuccess(await session().run([app.tsbox, "uninstall", ID]));
    const evil = session().write("downloads/evil.ini", `[Application]\nname=${ID}\ncommand=sh\n`);
    const other = (...options: string[]) => session().run([app.tsbox, "run", ...options, evil, ...read]);
    const refused = await other();
    assert.equal(refused.status, 125);
    assert.match(refused.stderr, /org\.example\.Diary` was written under another manifest of that id, `.*manifests\/org\.example\.Diary\.ini`/);
    assert.match(refused.stderr, /hint: .*install --replace .*--ephemeral/);
    const empty = await other("--ephemeral");
    assert.match(empty.stderr, /No such file/, "it starts, with nobody's data");
    expectSuccess(await session().run([app.tsbox, "install", "--replace", "--assumeyes", evil]));
    rmSync(evil);
    assert.equal(expectSuccess(await session().run([app.tsbox, "run", ID, ...read])), "dear\n");
  });

  it("of a manifest that is started by its path is open to that one alone", async () => {
    const { tsbox } = await makeApp(session(), "org.example.Any", "command=sh\n");
    const text = "[Application]\nname=org.example.ByPath\ncommand=sh\n";
    const [one, two] = [session().write("one/a.ini", text), session().write("two/a.ini", text)];
    const run = (file: string, script: string) => session().run([tsbox, "run", file, "-c", script]);
    expectSuccess(await run(one, 'echo dear >"$XDG_DATA_HOME/diary"'));
    assert.equal(expectSuccess(await run(one, 'cat "$XDG_DATA_HOME/diary"')), "dear\n");
    assert.match((await run(two, 'cat "$XDG_DATA_HOME/diary"')).stderr, /was written under another manifest of that id, `.*one\/a\.ini`/);
  });
});
