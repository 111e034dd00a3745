// The host's own /usr as runtime: programs find fonts, themes, users, time zone and names as outside, and of /etc nothing that is not theirs.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { before, it } from "node:test";
import { assertOneOf, inEachSession } from "../support/cases.ts";
import { type App, expectSuccess, makeApp, makeProbe, probeHost } from "../support/sandbox.ts";

inEachSession("the host's /usr", (session) => {
  let shell: App;
  /** The same command outside and inside. */
  const both = async (
    script: string,
    options: { readonly app?: App; readonly environment?: Record<string, string> } = {},
  ): Promise<readonly [string, string]> => {
    const environment = options.environment ?? {};
    const outside = expectSuccess(await session().run(["sh", "-c", script], { environment }));
    return [outside, expectSuccess(await (options.app ?? shell).run(["-c", script], { environment }))];
  };
  before(async () => {
    shell = await makeApp(session(), "org.example.Shell", "command=sh\n");
  });

  it("gives the fonts of the system and of the user", async () => {
    const [outside, inside] = await both("fc-list : family | sort -u | grep -c . ; fc-match -f '%{family}' sans");
    assert.equal(inside, outside);
    assert.match(inside, /DejaVu/);
    session().write(".local/share/fonts/own.txt", "a font of the user");
    const seen = expectSuccess(await shell.run(["-c", 'cat "$XDG_DATA_HOME/fonts/own.txt"']));
    assert.equal(seen, "a font of the user");
    assert.notEqual((await shell.run(["-c", 'echo x >> "$XDG_DATA_HOME/fonts/own.txt"'])).status, 0);
  });

  it("gives icons and themes, those of the user for reading", async () => {
    assert.ok(existsSync("/usr/share/icons/hicolor"));
    assert.equal((await shell.run(["-c", "test -r /usr/share/icons/hicolor/index.theme"])).status, 0);
    session().write(".local/share/icons/mine/index.theme", "[Icon Theme]\n");
    const seen = await shell.run(["-c", 'IFS=:; for d in $XDG_DATA_DIRS "$XDG_DATA_HOME"; do test -r "$d/icons/mine/index.theme" && echo found; done; true']);
    assert.equal(seen.stdout, "found\n", seen.stderr);
  });

  it("keeps the time zone, the system's and the caller's own", async () => {
    const [outside, inside] = await both("date +%z%Z");
    assert.equal(inside, outside);
    const [outsideToo, insideToo] = await both("date +%z%Z", { environment: { TZ: "Asia/Kathmandu" } });
    assert.equal(insideToo, outsideToo);
    assert.match(insideToo, /^\+0545/);
  });

  it("resolves its own name and localhost, and with the network what the host resolves", async () => {
    const inside = expectSuccess(await shell.run(["-c", "getent hosts localhost; getent ahosts $(uname -n) | head -1; true"]));
    assert.match(inside, /127\.0\.0\.1|::1/);
    const networked = await makeApp(session(), "org.example.Networked", "command=sh\n[Context]\nshared=network;\n");
    if (existsSync("/etc/resolv.conf"))
      assert.equal(expectSuccess(await networked.run(["-c", "cat /etc/resolv.conf"])), readFileSync("/etc/resolv.conf", "utf8"));
  });

  it("knows the user and nobody, and no other account", async () => {
    const passwd = expectSuccess(await shell.run(["-c", "cat /etc/passwd; id -un"]));
    const lines = passwd.trim().split("\n");
    assert.equal(lines.at(-1), session().account.name);
    const uids = lines.slice(0, -1).map((line) => Number(line.split(":")[2]));
    assert.deepEqual(
      uids.filter((uid) => uid !== session().account.uid && uid !== 65534),
      [],
    );
  });

  it("shows of /etc the list's files alone", async () => {
    const acts = ["read /etc/shadow", "read /etc/sudoers", "list /etc/ssh", "list /etc/cron.d", "list /etc/systemd", "read /etc/fstab", "list /etc/apt"];
    const inside = await (await makeProbe(session(), "")).act(acts);
    const outside = await (await probeHost(session())).act(acts);
    for (const [index, answer] of inside.entries()) assertOneOf(answer, ["ENOENT"], acts[index]);
    assert.ok(outside.some((answer) => answer === "ok" || answer === "EACCES"));
  });

  it("has a machine id of the app's own, the same at each start", async () => {
    const id = async (app: App): Promise<string> => expectSuccess(await app.run(["-c", "cat /etc/machine-id"]));
    const other = await makeApp(session(), "org.example.Other", "command=sh\n");
    assert.match(await id(shell), /^[0-9a-f]{32}\n$/);
    assert.equal(await id(shell), await id(shell));
    assert.notEqual(await id(shell), await id(other));
    if (existsSync("/etc/machine-id")) assert.notEqual(await id(shell), readFileSync("/etc/machine-id", "utf8"));
  });

  it("runs programs through the alternatives and the dynamic linker", async () => {
    const [outside, inside] = await both("readlink -f /usr/bin/awk; awk 'BEGIN { print 6 * 7 }'; python3 -c 'print(sum(range(10)))'");
    assert.equal(inside, outside);
  });

  it("has a program of its own folder first in PATH", async () => {
    session().write(".local/share/tsbox/manifests/org.example.Shell/bin/awk", "#!/bin/sh\necho own awk\n", 0o755);
    assert.equal(expectSuccess(await shell.run(["-c", "awk"])), "own awk\n");
    const { stdout } = await shell.run(["-c", "echo x >> /app/bin/awk"]);
    assert.equal(stdout, "");
    assert.match(session().read(".local/share/tsbox/manifests/org.example.Shell/bin/awk"), /^#!\/bin\/sh\necho own awk\n$/);
  });

  it("gives the graphics device where the host has one and the manifest says dri, and no other", async () => {
    const plain = await makeProbe(session(), "");
    assert.ok(!("dri" in (await plain.facts()).devices));
    const dri = await makeProbe(session(), "[Context]\ndevices=dri;\n");
    assert.equal("dri" in (await dri.facts()).devices, existsSync("/dev/dri"));
  });
});
