// `run --ephemeral`: nothing of earlier runs is seen, nothing of this one stays, on the host neither a folder nor a file of it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { expectSuccess, makeApp } from "../support/sandbox.ts";

const WRITE =
  'for d in "$XDG_DATA_HOME" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME" "$XDG_STATE_HOME" /var/data /var/tmp ~/.kept ~; do echo new > "$d/note" || exit 1; done; echo new > ~/granted/file; cat /var/data/note';
const READ = 'cat "$XDG_DATA_HOME/old" "$XDG_DATA_HOME/note" ~/.kept/old ~/.kept/note 2>/dev/null; true';

inEachSession("an ephemeral start", (session) => {
  it("sees no data of other runs and leaves none, while what is granted is written", async () => {
    const app = await makeApp(session(), "org.example.Passing", "command=sh\n[Context]\nfilesystems=~/granted;\npersistent=.kept;\n");
    session().write("granted/file", "old\n");
    expectSuccess(await app.run(["-c", 'echo old > "$XDG_DATA_HOME/old"; echo old > ~/.kept/old']));
    assert.equal(expectSuccess(await app.run(["-c", READ])), "old\nold\n", "without it the data is there");
    assert.equal(expectSuccess(await app.run(["-c", READ], { options: ["--ephemeral"] })), "");
    assert.equal(expectSuccess(await app.run(["-c", WRITE], { options: ["--ephemeral"] })), "new\n");
    assert.equal(expectSuccess(await app.run(["-c", READ], { options: ["--ephemeral"] })), "", "nor of another ephemeral one");
    assert.equal(expectSuccess(await app.run(["-c", READ])), "old\nold\n", "the data is as it was");
    assert.equal(session().read("granted/file"), "new\n");
    assert.ok(!existsSync(`${app.data}/data/note`));
  });

  it("makes no folder of the app's on the host, with the home granted too, where the data of other apps stays hidden", async () => {
    const app = await makeApp(session(), "org.example.Traceless", "command=sh\n[Context]\nfilesystems=home;\n");
    session().write(".var/app/org.example.Other/data/secret", "secret\n");
    const seen = expectSuccess(
      await app.run(["-c", 'echo x > "$XDG_DATA_HOME/x" && ls ~/.var/app; cat ~/.var/app/org.example.Other/data/secret 2>/dev/null; true'], {
        options: ["--ephemeral"],
      }),
    );
    assert.equal(seen, "org.example.Traceless\n");
    assert.ok(!existsSync(app.data));
  });
});
