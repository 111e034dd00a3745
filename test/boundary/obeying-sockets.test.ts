// Sockets in /tmp of programs that do what they are told: the session manager, which starts at login what it was told to remember, editors, and what keeps terminals.
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync, rmdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { after, before, it } from "node:test";
import type { Account } from "../support/account.ts";
import { inEachSession } from "../support/cases.ts";
import { makeProbe, probeHost } from "../support/sandbox.ts";

interface Listener {
  readonly folder: string;
  readonly path: string;
  readonly made: boolean;
  readonly server: Server;
}

async function listenIn(folder: string, name: string, mode: number, account: Account): Promise<Listener> {
  const made = !existsSync(folder);
  if (made) {
    mkdirSync(folder);
    chmodSync(folder, mode);
    if (mode === 0o700) chownSync(folder, account.uid, account.gid);
  }
  const path = `${folder}/${name}`;
  const server = createServer((connection) => connection.end());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o777);
  return { folder, path, made, server };
}

inEachSession("a granted /tmp", (session) => {
  const listeners: Listener[] = [];
  before(async () => {
    const { account } = session();
    listeners.push(await listenIn("/tmp/.ICE-unix", `tsbox-${process.pid}`, 0o1777, account));
    listeners.push(await listenIn(`/tmp/tmux-${account.uid}`, `tsbox-${process.pid}`, 0o700, account));
    for (const folder of [`emacs${account.uid}`, `nvim.${account.name}`, `zellij-${account.uid}`, "screens"])
      listeners.push(await listenIn(`/tmp/${folder}`, `tsbox-${process.pid}`, 0o700, account));
  });
  after(() => {
    for (const { folder, path, made, server } of listeners) {
      server.close();
      rmSync(path, { force: true });
      if (made) rmdirSync(folder);
    }
  });

  it("leads to no session manager, editor or terminal of the user's, and to none of their folders (CVE-2024-36041)", async () => {
    const acts = listeners.map(({ path }) => `connect ${path}`);
    const allowed = listeners.map(() => "ok");
    assert.deepEqual(await (await probeHost(session())).act(acts), allowed, "the host would allow it");
    const probe = await makeProbe(session(), "[Context]\nfilesystems=/tmp;\n");
    assert.deepEqual(
      await probe.act(acts),
      listeners.map(() => "ENOENT"),
    );
  });
});
