// Whom the front obeys: a broker of its own user in its own namespaces, known by who called listen(2). One that another tool confines has the same uid.
import assert from "node:assert/strict";
import { mkdirSync, chownSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { inEachSession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";
import { type Front, makeFront } from "./executor.ts";

/** Listens at its first argument and becomes the tests' broker; `orphan`: a child listens and ends first, `again`: the broker then listens itself. */
const LISTENER = `import os, socket, sys
path, broker, runtime, build, mode = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path + ".new")
if mode == "plain":
    listener.listen(8)
else:
    if os.fork() == 0:
        listener.listen(8)
        os._exit(0)
    os.wait()
    if mode == "again":
        listener.listen(8)
os.dup2(listener.fileno(), 50)
os.dup2(os.open("/dev/null", os.O_WRONLY), 51)
os.dup2(50, 3)
os.dup2(51, 4)
os.closerange(5, 64)
os.rename(path + ".new", path)
os.execv(broker, [broker, "broker.cjs", "--runtime-dir=" + runtime, "--build=" + build])
`;
const REFUSED = /^tsbox: connecting to the broker in `.*`: what listens there runs in other namespaces than this program/;

inEachSession("a front and a broker that was there before it", (session) => {
  let made = 0;
  const startBroker = async (
    mode: "plain" | "orphan" | "again",
    around: readonly string[],
    more: Partial<Parameters<typeof makeFront>[2]> = { exit: 7 },
  ): Promise<Front> => {
    const of = makeFront(session(), `obeys-${++made}`, { idle: 20, ...more });
    const runtime = join(of.build, "../run");
    const folder = join(runtime, "tsbox");
    mkdirSync(folder, { mode: 0o700 });
    if (process.getuid?.() === 0) chownSync(folder, session().account.uid, session().account.gid);
    const words = [join(folder, "broker-1"), join(of.build, "fake-broker"), runtime, of.build, mode];
    const [program = "/usr/bin/env", ...rest] = around;
    session().start([program, ...rest, "/usr/bin/python3", "-c", LISTENER, ...words]);
    await waitFor("the broker", () => of.seen("start")[0]);
    return of;
  };
  const ask = (of: Front) => of.run(["run", "org.example.App"]);

  it("obeys it in its own namespaces, also where somebody else listened first", async () => {
    for (const mode of ["plain", "again"] as const) {
      const of = await startBroker(mode, []);
      const result = await ask(of);
      assert.deepEqual([result.status, result.stderr, of.seen("start").length], [7, "", 1], mode);
    }
  });

  it("does not obey it in another user, mount or pid namespace, and sends it nothing", async () => {
    for (const kind of [["--user"], ["--user", "--mount"], ["--user", "--pid", "--fork"], ["--user", "--map-root-user", "--mount", "--pid", "--fork"]]) {
      const of = await startBroker("plain", ["unshare", ...kind]);
      const result = await ask(of);
      assert.equal(result.status, 125, kind.join(" "));
      assert.match(result.stderr, REFUSED);
      assert.deepEqual(of.seen("request"), []);
    }
  });

  it("does not obey it where who listened has ended: the kernel cannot tell any more who answers", async () => {
    const of = await startBroker("orphan", []);
    const result = await ask(of);
    assert.equal(result.status, 125);
    assert.match(result.stderr, REFUSED);
    assert.deepEqual(of.seen("request"), []);
  });

  it("has the command line answer what only looks, and a line without a word, where the broker goes away before it has", async () => {
    for (const words of [[], ["list", "--json"]]) {
      const of = await startBroker("plain", [], { dieAfterAck: true });
      session().write(join(of.build, "command-line"), '#!/bin/sh\nshift; echo "answered $*"; exit 3\n', 0o755);
      session().write(join(of.build, "node"), `${join(of.build, "command-line")}\n`);
      const result = await of.run(words);
      assert.deepEqual(
        [result.status, result.stdout, of.seen("request").length],
        [3, `answered ${words.join(" ")}\n`, 1],
        `${words} ${result.signal} ${result.stderr}`,
      );
    }
    const of = await startBroker("plain", [], { dieAfterAck: true });
    const result = await of.run(["kill", "org.example.App"]);
    assert.equal(result.status, 125);
    assert.match(result.stderr, /^tsbox: asking the broker: it went away before it had answered\n/);
  });

  it("starts no broker of its own beside one that it does not obey", async () => {
    const of = await startBroker("plain", ["unshare", "--user"]);
    await ask(of);
    assert.equal(of.seen("start").length, 1);
  });
});
