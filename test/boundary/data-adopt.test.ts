// Settings from outside in a real sandbox: offered at the start, seen where the program looks for them once the user decided, and never beside what was decided.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { expectSuccess, makeApp } from "../support/sandbox.ts";

const MANIFEST = "command=sh\n[Context]\npersistent=.editorrc\n[X-Tsbox Data]\nadopt=~/.config/editor;~/.editorrc\n";
const LOOK = ["-c", 'cat "$XDG_CONFIG_HOME/editor/settings"; cat ~/.editorrc/rc; echo "$0" >"$XDG_CONFIG_HOME/editor/settings"'];

inOrdinarySession("settings that a program has outside", (session) => {
  it("are offered at each start and seen by nobody until the user decides; a copy is the app's own, and is taken back", async () => {
    const app = await makeApp(session(), "org.example.Copies", MANIFEST);
    session().write(".config/editor/settings", "outside\n");
    session().write(".editorrc/rc", "rc\n");
    const adopt = (...words: string[]) => session().run([app.tsbox, "data", "adopt", ...words, app.id]);
    const first = await app.run(LOOK);
    assert.match(first.stderr, /settings of `org\.example\.Copies` outside: ~\/\.config\/editor, ~\/\.editorrc\nhint: `tsbox data adopt/);
    assert.doesNotMatch(first.stdout, /outside|rc/);
    assert.equal((await adopt()).status, 125, "nobody is there to answer");
    expectSuccess(await adopt("--copy"));
    const second = await app.run([...LOOK, "inside"]);
    assert.equal(second.stdout, "outside\nrc\n", second.stderr);
    assert.doesNotMatch(second.stderr, /settings of/);
    assert.equal((await app.run(LOOK)).stdout, "inside\nrc\n");
    assert.equal(session().read(".config/editor/settings"), "outside\n");
    expectSuccess(await adopt("--undo"));
    assert.doesNotMatch((await app.run(LOOK)).stdout, /inside|outside/);
    expectSuccess(await adopt("--none"));
    assert.doesNotMatch((await app.run(LOOK)).stderr, /settings of/);
  });

  it("are copied through no link that the app put where the copy is made", async () => {
    session().makeFolder("shared");
    session().write("mine", "mine\n");
    const app = await makeApp(session(), "org.example.Plants", "command=python3\n[Context]\nfilesystems=~/shared;\n[X-Tsbox Data]\nadopt=~/shared/rc\n");
    const plant = [
      "import os",
      `open("${session().path("shared/rc")}", "w").write("the app's")`,
      `os.makedirs("${app.data}/shared", exist_ok=True)`,
      `for i in range(1, 40000): os.symlink("${session().path("mine")}", "${app.data}/shared/.adopt-%d" % i)`,
    ].join("\n");
    expectSuccess(await app.run(["-c", plant], { limit: 60_000 }));
    expectSuccess(await session().run([app.tsbox, "data", "adopt", "--copy", app.id]));
    assert.equal(session().read("mine"), "mine\n");
    assert.equal(readFileSync(`${app.data}/shared/rc`, "utf8"), "the app's");
  });

  it("are the very same on both sides where they are shared, and no longer once that is undone", async () => {
    const app = await makeApp(session(), "org.example.Shares", MANIFEST);
    session().write(".config/editor/settings", "outside\n");
    session().write(".editorrc/rc", "rc\n");
    const adopt = (...words: string[]) => session().run([app.tsbox, "data", "adopt", ...words, app.id]);
    expectSuccess(await adopt("--share"));
    assert.equal((await app.run([...LOOK, "inside"])).stdout, "outside\nrc\n");
    await waitFor("the app's change outside", () => session().read(".config/editor/settings") === "inside\n");
    writeFileSync(session().path(".config/editor/settings"), "again\n");
    assert.equal((await app.run([...LOOK, "inside"])).stdout, "again\nrc\n");
    expectSuccess(await adopt("--undo"));
    assert.doesNotMatch((await app.run([...LOOK, "no more"])).stdout, /inside|again|rc/);
    assert.equal(session().read(".config/editor/settings"), "inside\n");
    assert.ok(!existsSync(`${app.data}/config/editor/settings`) || readFileSync(`${app.data}/config/editor/settings`, "utf8") === "no more\n");
  });
});
