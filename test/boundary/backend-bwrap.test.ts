// `tsbox run --backend=bwrap`: the same plan by the bubblewrap of this host, for who accepted what that cannot protect.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { type App, expectSuccess, makeApp } from "../support/sandbox.ts";

inOrdinarySession("the sandbox that bubblewrap builds", (session) => {
  let app: App;
  const accepted = ["--backend=bwrap", "--accept-lower=backend-bwrap"];
  before(async () => {
    session().write("look/open", "open\n");
    session().write("look/private/secret", "a secret\n");
    session().write("secret", "a secret\n");
    app = await makeApp(session(), "org.example.Backend", "command=sh\n[Context]\nfilesystems=~/look:ro;!~/look/private\n[Environment]\nFROM=manifest\n");
  });

  it("is refused without its lower level, by name and with what it lacks", async () => {
    const { status, stdout, stderr } = await app.run(["-c", "echo started"], { options: ["--backend=bwrap"] });
    assert.deepEqual([status, stdout], [125, ""]);
    assert.match(stderr, /protects less: no buses, no second layer.*\nhint: .*--accept-lower=backend-bwrap/);
    assert.equal((await app.run([], { options: ["--backend=other"] })).status, 125);
  });

  it("shows what is granted and hides the rest, as the plan says", async () => {
    const { home } = session();
    const script = [
      `cat ${home}/look/open; cat ${home}/look/private/secret; cat ${home}/secret; echo x >${home}/look/new`,
      'echo "$FROM $1"; cat /proc/1/comm; ls /proc/self/fd | wc -l',
      "grep -E '^(Seccomp|NoNewPrivs|CapEff):' /proc/self/status; unshare -Ur true && echo nested",
      'echo data >"$XDG_DATA_HOME/file"',
    ].join("\n");
    const { stdout, stderr } = await app.run(["-c", script, "sh", "%1"], { options: accepted });
    assert.equal(stdout, "open\nmanifest %1\nbwrap\n4\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n", stderr);
    assert.equal(stderr.split("\n").filter((line) => /No such file|Read-only/.test(line)).length, 3, stderr);
    assert.equal(session().read(".var/app/org.example.Backend/data/file"), "data\n");
  });

  it("hands on status, input and descriptors, and is killed with the program that started it", async () => {
    assert.equal((await app.run(["-c", "exit 7"], { options: accepted })).status, 7);
    const words = `echo piped | ${app.tsbox} run ${accepted.join(" ")} --fd=5 ${app.id} -c 'cat; cat <&5; [ -e /proc/self/fd/7 ] || echo closed' 5<${session().home}/look/open 7</dev/zero`;
    assert.equal((await session().run(["/bin/sh", "-c", words])).stdout, "piped\nopen\nclosed\n");
  });

  it("is told by --dry-run", async () => {
    const text = expectSuccess(await app.run([], { options: ["--dry-run", ...accepted] }));
    assert.match(text, /^ {2}backend-bwrap {2}# bubblewrap builds the sandbox/m);
  });
});
