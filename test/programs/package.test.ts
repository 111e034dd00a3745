// What a stranger does first: the packed package installed for all or for oneself, and `npm start` on machines that lack something.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { inEachSession, inOrdinarySession } from "../support/cases.ts";

const NPM = ["/usr/bin/env", "npm"] as const;
const INSTALL_LIMIT = 240_000;

/** npm with the machine's own settings: another prefix and another home would hide its certificates, proxies and registry. */
function npmEnvironment(): Record<string, string | undefined> {
  const machine = Object.entries(process.env).filter(([name]) => /^(PATH|NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy)$/i.test(name));
  const globalConfig = execFileSync("npm", ["config", "get", "globalconfig"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  return { ...Object.fromEntries(machine), npm_config_globalconfig: globalConfig };
}

/** What a fresh clone has: nothing built, nothing installed. */
function copySources(folder: string): void {
  cpSync(".", folder, { recursive: true, filter: (path) => !/^(node_modules|\.git|build|native\/build|bin\/tsbox)$/.test(path) });
}

let workshop = "";
let tarball = "";

/** `npm pack` in a copy: it puts the stub where the built program lies. */
before(() => {
  workshop = mkdtempSync("/var/tmp/tsbox-pack-");
  chmodSync(workshop, 0o755);
  const copy = join(workshop, "source");
  copySources(copy);
  symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", workshop], { cwd: copy, stdio: ["ignore", "pipe", "inherit"], timeout: INSTALL_LIMIT });
  const packed = readdirSync(workshop).find((name) => name.endsWith(".tgz"));
  assert.ok(packed !== undefined, "npm pack made no package");
  tarball = join(workshop, packed);
});
after(() => rmSync(workshop, { recursive: true, force: true }));

inEachSession("the packed package", (session) => {
  it("is installed under a prefix by npm, and runs the Tour from any directory", { timeout: INSTALL_LIMIT }, async () => {
    const prefix = session().makeFolder(join(session().scratch, "prefix"));
    const environment = npmEnvironment();
    const installed = await session().run([...NPM, "install", "--silent", "--global", `--prefix=${prefix}`, tarball], { environment, limit: INSTALL_LIMIT });
    assert.equal(installed.status, 0, installed.stderr);
    const tour = await session().run([join(prefix, "bin/tsbox"), "run", "org.tsbox.Tour"], { cwd: "/", limit: 60_000 });
    assert.equal(tour.status, 0, tour.stderr);
    assert.match(tour.stdout, /A tour of one sandbox/);
    const help = await session().run([join(prefix, "bin/tsbox"), "--version"], { cwd: "/" });
    assert.equal(help.status, 0, help.stderr);
    const proxy = await session().run([join(prefix, "bin/tsbox-dbus-proxy"), "--version"], { cwd: "/" });
    assert.match(proxy.stdout, /^tsbox-dbus-proxy \d/, proxy.stderr);
  });
});

inOrdinarySession("the packed package without its install script", (session) => {
  it("says what is missing and how to build", { timeout: INSTALL_LIMIT }, async () => {
    const prefix = session().makeFolder(join(session().scratch, "unbuilt"));
    const environment = npmEnvironment();
    const words = ["install", "--silent", "--ignore-scripts", "--global", `--prefix=${prefix}`, tarball];
    const installed = await session().run([...NPM, ...words], { environment, limit: INSTALL_LIMIT });
    assert.equal(installed.status, 0, installed.stderr);
    const answer = await session().run([join(prefix, "bin/tsbox"), "run", "org.tsbox.Tour"], { environment, cwd: "/" });
    assert.equal(answer.status, 125);
    assert.match(answer.stderr, /^tsbox: not built yet: /m);
    assert.match(answer.stderr, /^to build: node '.*native\/build\.mjs'$/m);
  });
});

describe("npm start", () => {
  inOrdinarySession("on too old a Node", (session) => {
    it("says so in one line before anything is built", async () => {
      const old = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } })';
      const before = session().write("old.cjs", old);
      const answer = await session().run([process.execPath, "--require", before, resolve("bin/start.cjs")]);
      assert.equal(answer.status, 1);
      assert.equal(answer.stdout, "");
      assert.equal(answer.stderr.trim().split("\n").length, 1);
      assert.match(answer.stderr, /needs Node 20\.17 or newer, this is 18\.20\.4/);
    });
  });

  inOrdinarySession("on a machine without desktop, runtime directory or session bus", (session) => {
    it("shows the sandbox beside the world outside, on a bus of its own", { timeout: INSTALL_LIMIT }, async () => {
      const environment = { ...npmEnvironment(), XDG_RUNTIME_DIR: undefined };
      const checkout = join(session().home, "tsbox");
      copySources(checkout);
      execFileSync("chown", ["-R", `${session().account.uid}:${session().account.gid}`, checkout]);
      const answer = await session().run([process.execPath, join(checkout, "bin/start.cjs")], { environment, limit: INSTALL_LIMIT });
      assert.equal(answer.status, 0, answer.stderr);
      for (const title of ["Identity", "Processes", "Files", "Network", "Memory and messages", "Environment", "Session bus", "Refused, and why"])
        assert.match(answer.stdout, new RegExp(`^${title}`, "m"));
      assert.match(answer.stdout, /interfaces +.*lo/);
    });
  });
});
