// A file that the user opens with an app (`--file-forwarding`, as exported desktop entries have it) is the app's for that start where it does not see its place:
// that file, both ways, and nothing beside it.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type App, expectSuccess, makeApp, findTsbox } from "../support/sandbox.ts";

inOrdinarySession("a file that is opened with an app which does not see its place", (session) => {
  let app: App;
  const file = (): string => session().path("letters/a letter.txt");
  const forwarded = { options: ["--file-forwarding"] };
  before(async () => {
    app = await makeApp(session(), "org.example.Opener", "command=sh\n[Context]\nfilesystems=~/seen\n");
    session().write("letters/a letter.txt", "dear\n");
    session().write("letters/beside", "private\n");
    session().write("seen/plain.txt", "plain\n");
  });

  it("is not there without the markers, which is told with the way out", async () => {
    assert.equal(readFileSync(file(), "utf8"), "dear\n", "the host allows it");
    for (const attempt of ["first", "with the plan kept"]) {
      const outcome = await app.run(["-c", 'cat "$1" 2>/dev/null; echo end', "sh", file()]);
      assert.equal(outcome.stdout, "end\n", attempt);
      assert.match(outcome.stderr, /notice: `.*\/letters\/a letter\.txt` is not visible to `org\.example\.Opener`\nhint: .*--file-forwarding/, attempt);
    }
    const byPath = await session().run([await findTsbox(session()), "run", app.file, "-c", "true", "sh", file()]);
    assert.match(byPath.stderr, /hint: `tsbox run --file-forwarding \S+\/org\.example\.Opener\.ini @@ FILE @@`/, "as the user named it");
    const events = await session().run([await findTsbox(session()), "log", "--json", app.id]);
    assert.match(events.stdout, /"started"/);
    assert.doesNotMatch(events.stdout, /start-failed/, "a start that only said something is none that failed");
    const seen = await app.run(["-c", 'cat "$1"', "sh", session().path("seen/plain.txt")]);
    assert.deepEqual([seen.stdout, seen.stderr], ["plain\n", ""], "of what it sees nothing is told");
  });

  for (const [form, marker, word] of [
    ["a path", "@@", () => file()],
    ["an address", "@@u", () => `file://${file().replace(" ", "%20")}`],
  ] as const)
    it(`is read and written by ${form}, and nothing beside it is`, async () => {
      session().write("letters/a letter.txt", "dear\n");
      const script =
        'p=$(echo "$1" | sed "s,^file://,,; s/%20/ /g"); echo "$1"; cat "$p"; ls -A "$(dirname "$p")"; echo yours >>"$p"; cat "$2" 2>&1 | tail -n 1';
      const running = app.start(["-c", script, "sh", marker, word(), "@@", session().path("letters/beside")], forwarded);
      const [place = "", ...rest] = expectSuccess(await running.ended).split("\n");
      assert.match(
        place,
        form === "a path" ? /^\/run\/tsbox\/opened-[0-9a-f]{16}\/a letter\.txt$/ : /^file:\/\/\/run\/tsbox\/opened-[0-9a-f]{16}\/a%20letter\.txt$/,
      );
      assert.deepEqual(rest.slice(0, 2), ["dear", "a letter.txt"]);
      assert.match(rest[2] ?? "", /No such file/);
      assert.equal(readFileSync(file(), "utf8"), "dear\nyours\n");
    });

  it("is saved by a program that puts another file in its place, and leaves nothing behind", async () => {
    session().write("letters/a letter.txt", "dear\n");
    expectSuccess(await app.run(["-c", 'sed -i s/dear/kind/ "$1"', "sh", "@@", file(), "@@"], forwarded));
    await waitFor("the file outside to be the new one", () => readFileSync(file(), "utf8") === "kind\n");
    const kept = session().path(".local/state/tsbox/binds/org.example.Opener");
    await waitFor("what was kept for it to be gone", () => !existsSync(kept) || readdirSync(kept).length === 0);
    assert.deepEqual(readdirSync(session().path("letters")).sort(), ["a letter.txt", "beside"]);
  });

  it("is shown to the one that runs already, which programs hand their work over to, and stays there as long as that one runs", async () => {
    session().write("letters/a letter.txt", "dear\n");
    const first = app.start(["-c", 'while read -r line; do eval "$line"; echo "=done"; done'], { input: "pipe", limit: 60_000 });
    const say = async (line: string): Promise<string> => {
      const before = first.stdout().length;
      first.write(`${line}\n`);
      await waitFor(`the answer to ${line}`, () => first.stdout().slice(before).includes("=done\n"));
      return first.stdout().slice(before).replace("=done\n", "").trim();
    };
    await say("true");
    const second = await app.run(["-c", 'echo "$1"', "sh", "@@", file(), "@@"], forwarded);
    assert.equal(second.stderr, "", "nothing to be told");
    const place = expectSuccess(second).trim();
    assert.equal(await say(`cat "${place}"; ls -A "$(dirname "${place}")"`), "dear\na letter.txt");
    await say(`sed -i s/dear/from-the-first/ "${place}"`);
    await waitFor("what it saved to be outside", () => readFileSync(file(), "utf8") === "from-the-first\n");
    first.closeInput();
    await first.ended;
  });

  it("is not shown to one that forbids what is given while it runs: that is told", async () => {
    const closed = await makeApp(session(), "org.example.Closed", "command=sh\n[X-Tsbox]\nlive=none\n");
    const first = closed.start(["-c", "echo up; read -r line; ls -A /run/tsbox"], { input: "pipe", limit: 60_000 });
    await waitFor("it to run", () => first.stdout().includes("up"));
    const second = await closed.run(["-c", 'cat "$1"', "sh", "@@", file(), "@@"], forwarded);
    assert.equal(second.stdout, "from-the-first\n");
    assert.match(second.stderr, /notice: `org\.example\.Closed` runs already: .*\nhint: /);
    first.write("\n");
    assert.doesNotMatch((await first.ended).stdout, /opened-/);
  });

  it("that the app sees anyway keeps its own name, and a folder is not given", async () => {
    const seen = session().path("seen/plain.txt");
    assert.equal(expectSuccess(await app.run(["-c", 'echo "$1"', "sh", "@@", seen, "@@"], forwarded)), `${seen}\n`);
    const folder = session().path("letters");
    const outcome = await app.run(["-c", 'echo "$1"; ls "$1" 2>/dev/null', "sh", "@@", folder, "@@"], forwarded);
    assert.equal(outcome.stdout, `${folder}\n`);
    assert.match(outcome.stderr, /letters` is not visible/);
  });
});
