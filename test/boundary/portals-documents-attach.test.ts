// How a document comes into a running sandbox and leaves it: the program that enters the sandbox for it, by itself.
import assert from "node:assert/strict";
import { dirname, resolve } from "node:path";
import { it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { waitFor } from "../support/process.ts";

inOrdinarySession("documents in a running sandbox", (session) => {
  it("a document taken away through links on its path takes no cover away, and nothing is done in another sandbox than the one whose number was noted", async () => {
    const place = session().path("detach");
    session().makeFolder("detach");
    const inside = `mount -t tmpfs t ${place} && mkdir -p ${place}/covered/m ${place}/doc && mount -t tmpfs t ${place}/covered/m && ln -s ../covered ${place}/doc/id`;
    const attach = resolve("build/tsbox");
    const detach = (path: string) =>
      `bash -c 'exec -a tsbox-attach ${attach} "$0" "$1" --detach "$2"' $pid $mounts ${place}/${path}; echo ${path} $?; grep -c ${place}/covered/m /proc/$pid/mounts`;
    const script = `unshare -Urm sh -c '${inside} && touch ${session().path("detach-ready")} && exec sleep 20' & pid=$!
      while ! grep -q ${place}/covered/m /proc/$pid/mounts || ! [ -e ${session().path("detach-ready")} ]; do sleep 0.05; done; mounts=$(stat -Lc %i /proc/$pid/ns/mnt)
      ${detach("doc/id/m")}; mounts=$(stat -Lc %i /proc/self/ns/mnt); ${detach("covered/m")}; mounts=$(stat -Lc %i /proc/$pid/ns/mnt); ${detach("covered/m")}; kill $pid`;
    const done = await session().run(["bash", "-c", script]);
    assert.match(`${done.stdout}${done.stderr}`, /^doc\/id\/m 1\n1\ncovered\/m 1\n1\ncovered\/m 0\n0\n[\s\S]*mount namespace: No such process\n/);
  });

  it("shows a document in a sandbox whose init has not been executed yet, into which nobody may look before", async () => {
    const [file, place] = [session().write("early/a.txt", "early\n"), session().makeFolder("early-place")];
    // As a sandbox that was just cloned.
    const init = [
      "import ctypes, os, time",
      "PR_SET_DUMPABLE, CLONE_NEWUSER, CLONE_NEWNS = 4, 0x10000000, 0x20000",
      "libc = ctypes.CDLL(None)",
      "assert libc.prctl(PR_SET_DUMPABLE, 0) == 0 and libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0",
      "print(os.stat('/proc/self/ns/mnt').st_ino, flush=True)",
      "time.sleep(0.5)",
      `os.execv('/bin/sh', ['sh', '-c', 'for n in $(seq 100); do cat ${place}/a.txt 2>/dev/null && exit; sleep 0.1; done'])`,
    ].join("\n");
    const running = session().start(["python3", "-c", init]);
    const mounts = await waitFor("its namespace", () => /\d+/.exec(running.stdout())?.[0]);
    const words = `${running.pid} ${mounts} ${dirname(file)} $(stat -c '%d %i' ${dirname(file)}) ${place} ro`;
    const done = await session().run(["bash", "-c", `stat -L /proc/${running.pid}/ns/mnt; exec -a tsbox-attach ${resolve("build/tsbox")} ${words}`]);
    assert.match(done.stderr, /^stat: [^\n]*Permission denied\n$/);
    await running.ended;
    assert.match(running.stdout(), /\nearly\n$/);
  });
});
