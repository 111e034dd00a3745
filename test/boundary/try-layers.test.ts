// What lies in the layers of `run --try`: closed, nested, marked and odd things that an app leaves there, told as they are, brought to their places or taken away.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { type App, expectSuccess, makeApp } from "../support/sandbox.ts";
import { CONTEXT, pending, prepare, shown } from "../support/try.ts";

inOrdinarySession("what an app left in its layers", (session) => {
  const aside = (app: App, script: string) => app.run(["-e", "-c", script], { options: ["--try=aside"] });

  it("is told and dropped although the app closed its own folder, and the rest is brought to its places", async () => {
    const app = await makeApp(session(), "org.example.Closed", CONTEXT);
    prepare(session());
    expectSuccess(await aside(app, 'echo app > ~/granted/closed; echo app > "$XDG_DATA_HOME/open"; chmod 000 ~/granted'));
    const kept = await session().run([app.tsbox, "try", "keep"]);
    assert.deepEqual([kept.status, kept.stdout.match(/granted\n.*permission denied/) !== null], [125, true], kept.stdout + kept.stderr);
    assert.equal(readFileSync(`${app.data}/data/open`, "utf8"), "app\n");
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
    assert.deepEqual(pending(session()), []);
  });

  it("leaves no empty folder outside for one that the app closed: that stays aside as a whole", async () => {
    const app = await makeApp(session(), "org.example.ClosedInside", CONTEXT);
    prepare(session());
    expectSuccess(await aside(app, "mkdir ~/granted/closed; echo app > ~/granted/closed/in; chmod 000 ~/granted/closed; echo app > ~/granted/beside"));
    const kept = await session().run([app.tsbox, "try", "keep"]);
    assert.deepEqual([kept.status, /granted\/closed\n.*permission denied/.test(kept.stdout)], [125, true], kept.stdout + kept.stderr);
    assert.deepEqual([existsSync(session().path("granted/closed")), session().read("granted/beside")], [false, "app\n"]);
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
  });

  it("is no place for what the sandbox itself mounts there", async () => {
    const app = await makeApp(session(), "org.example.Mounted", "command=sh\n[Context]\nfilesystems=home;\n");
    session().write(".config/user-dirs.dirs", 'XDG_MUSIC_DIR="$HOME/Music"\n');
    session().write(".local/share/fonts/a-font", "x\n");
    const mount = 'cat "$XDG_CONFIG_HOME/user-dirs.dirs" && ls "$XDG_DATA_HOME/fonts"';
    const outcome = await aside(app, mount);
    assert.equal(expectSuccess(outcome), 'XDG_MUSIC_DIR="$HOME/Music"\na-font\n', "both are mounted into the layer");
    assert.match(outcome.stderr, /changed nothing/);
    assert.deepEqual(pending(session()), []);
    expectSuccess(await aside(app, `${mount}; echo app > "$XDG_CONFIG_HOME/own"`));
    assert.deepEqual(await shown(session(), app), ["added ~/.var/app/org.example.Mounted/config/own"]);
    expectSuccess(await session().run([app.tsbox, "try", "keep"]));
    assert.deepEqual(readdirSync(`${app.data}/config`), ["own"]);
  });

  it("brings a file's attributes along, the user's and the app's, and no mark of an overlay", async () => {
    const app = await makeApp(session(), "org.example.Attributes", CONTEXT);
    prepare(session());
    const attributes = (name: string): readonly string[] => {
      const script = "import os,sys\nfor n in sorted(os.listxattr(sys.argv[1])): print(n, os.getxattr(sys.argv[1], n).decode())";
      const ran = spawnSync("python3", ["-c", script, session().path(name)], { encoding: "utf8" });
      assert.equal(ran.status, 0, ran.stderr);
      return ran.stdout.trim().split("\n").filter(Boolean);
    };
    const set = (name: string, attribute: string): string =>
      `python3 -c 'import os; os.setxattr(os.path.expanduser("~/granted/${name}"), "user.${attribute}", b"x")'`;
    expectSuccess(await session().run(["sh", "-c", `${set("changed", "mine")} && ${set("changed", "overlay.origin")}`]));
    assert.deepEqual(attributes("granted/changed"), ["user.mine x", "user.overlay.origin x"], "this file system has attributes");
    expectSuccess(await session().run(["sh", "-c", `python3 -c 'import os; os.removexattr(os.path.expanduser("~/granted/changed"), "user.overlay.origin")'`]));
    const own = [
      "echo app >> ~/granted/changed",
      set("changed", "apps"),
      "mkdir ~/granted/new",
      set("new", "apps"),
      "echo app > ~/granted/new/in",
      set("new/in", "apps"),
    ];
    expectSuccess(await aside(app, own.join(" && ")));
    expectSuccess(await session().run([app.tsbox, "try", "keep"]));
    assert.deepEqual(attributes("granted/changed"), ["user.apps x", "user.mine x"]);
    assert.deepEqual([attributes("granted/new"), attributes("granted/new/in")], [["user.apps x"], ["user.apps x"]]);
  });

  it("is dropped however deep it lies, whatever it is called and whoever may open it, and nothing beside it is touched", async () => {
    const app = await makeApp(session(), "org.example.Deep", CONTEXT);
    prepare(session());
    session().write("beside/file", "mine\n");
    chmodSync(session().path("beside"), 0o500);
    const nest = `
import os
os.chdir(os.path.expanduser("~/granted"))
os.symlink(${JSON.stringify(session().path("beside"))}, "link")
open(b"no\\xffname", "w").close()
os.makedirs("locked/in"); os.symlink(${JSON.stringify(session().path("beside"))}, "locked/in/link"); os.chmod("locked/in", 0); os.chmod("locked", 0o100)
for level in range(1200):
    os.mkdir("d" * 20); os.chdir("d" * 20)
`;
    expectSuccess(await aside(app, `python3 -c '${nest}'`));
    expectSuccess(await session().run([app.tsbox, "try", "drop"]));
    assert.deepEqual(pending(session()), []);
    assert.deepEqual([session().read("beside/file"), statSync(session().path("beside")).mode & 0o777], ["mine\n", 0o500]);
    chmodSync(session().path("beside"), 0o700);
  });
});
