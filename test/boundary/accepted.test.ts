// A manifest that others put on this machine, and that asks for more by its second start: it is given what it was given at the first, until the user accepts the rest.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { inOrdinarySession } from "../support/cases.ts";
import { expectSuccess, findTsbox } from "../support/sandbox.ts";

const ID = "org.example.Shipped";

inOrdinarySession("a manifest of the administrator's", (session) => {
  it("gains nothing by itself; what it loses it loses at once", async () => {
    const tsbox = await findTsbox(session());
    session().environment["XDG_DATA_DIRS"] = session().path("system");
    const secret = session().write("secret/text", "secret");
    const other = session().write("other/text", "other");
    const put = (places: string): string =>
      session().write(`system/tsbox/manifests/${ID}.ini`, `[Application]\nname=${ID}\ncommand=cat\n[Context]\nfilesystems=${places}\n`);
    const read = (path: string) => session().run([tsbox, "run", ID, path]);

    put("~/other;");
    assert.equal((await read(other)).stdout, "other", "the first start is given all that it asks for");
    assert.notEqual((await read(secret)).status, 0);
    put("~/secret;~/other;");
    const held = await read(secret);
    assert.notEqual(held.status, 0);
    assert.match(held.stderr, /Shipped\.ini:5:13: `filesystems=~\/secret` is not given: you have not accepted it/);
    assert.equal((await read(other)).stdout, "other");
    assert.match(expectSuccess(await session().run([tsbox, "accept", ID])), /filesystems=~\/secret/);
    assert.equal((await read(secret)).stdout, "secret");
    put("~/secret;");
    assert.notEqual((await read(other)).status, 0);
  });

  it("lifts no guard of a place that was accepted as a whole", async () => {
    const tsbox = await findTsbox(session());
    session().environment["XDG_DATA_DIRS"] = session().path("system");
    const id = "org.example.Grows";
    const shell = session().write(".bashrc", "# mine\n");
    const keys = session().write("keys/one", "key");
    const put = (places: string): string =>
      session().write(`system/tsbox/manifests/${id}.ini`, `[Application]\nname=${id}\ncommand=sh\n[Context]\nfilesystems=${places}\n`);
    const append = (path: string) => session().run([tsbox, "run", id, "-c", `echo evil >> ${path}`]);

    put("home;~/keys:ro;");
    assert.notEqual((await append(shell)).status, 0);
    assert.notEqual((await append(keys)).status, 0);
    expectSuccess(await append(session().path("plain")));
    put("home;~/.bashrc;xdg-config/autostart;");
    const held = await append(shell);
    assert.notEqual(held.status, 0);
    assert.match(held.stderr, /`filesystems=~\/\.bashrc` is not given/);
    assert.match(held.stderr, /`filesystems=~\/keys:ro` still holds/);
    assert.notEqual((await append(keys)).status, 0);
    assert.equal(readFileSync(shell, "utf8"), "# mine\n");
    expectSuccess(await session().run([tsbox, "accept", id]));
    expectSuccess(await append(shell));
    expectSuccess(await append(keys));
  });
});
