// Compiled code from a training run is used where it belongs to the bundle and to Node, and never where it does not.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { loadAddon } from "../../native/addon.ts";
import { BROKER_FLAGS, BUS_FLAGS } from "../../native/node-flags.ts";

const folder = mkdtempSync(join(tmpdir(), "tsbox-starter-"));
after(() => rmSync(folder, { recursive: true }));
const starter = join(folder, "thing.cjs");
const code = join(folder, "thing-code.cjs");
const cache = join(folder, "thing-code.cache");
writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }');
copyFileSync("launcher/startup/starter.cjs", starter);

function run(...words: readonly string[]): string {
  const ran = spawnSync(process.execPath, [starter, ...words], { encoding: "utf8", timeout: 20_000 });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}

describe("the starter", () => {
  it("runs the bundle without a cache, makes one when asked to, and runs the same with it", () => {
    writeFileSync(code, 'function say() { return "one"; }\nconsole.log(say(), require.main === module, process.argv.length);\n');
    assert.equal(run(), "one true 2\n");
    assert.equal(run("--make-code-cache"), "one true 3\n");
    assert.ok(existsSync(cache));
    assert.equal(run(), "one true 2\n");
  });

  it("believes no cache of another bundle of the same length", () => {
    writeFileSync(code, readFileSync(code, "utf8").replace('"one"', '"two"'));
    assert.equal(run(), "two true 2\n");
  });

  it("believes no cache of another Node, no cut one and no nonsense", () => {
    run("--make-code-cache");
    const good = readFileSync(cache);
    const foreign = Buffer.from(good);
    foreign.write("v0", 0, "latin1");
    for (const bad of [foreign, good.subarray(0, 10), good.subarray(0, good.length - 100), Buffer.alloc(0), Buffer.alloc(good.length, 7)]) {
      writeFileSync(cache, bad);
      assert.equal(run(), "two true 2\n");
    }
  });

  for (const name of ["broker", "planner", "portals", "bus", "cli", "listings"]) {
    it(`has compiled code for the ${name} that V8 takes under the flags that it runs with`, () => {
      const script = `
        const { readFileSync } = require("node:fs");
        const source = readFileSync("build/${name}-code.cjs");
        const cachedData = readFileSync("build/${name}-code.cache").subarray(Buffer.byteLength(process.version + " " + process.arch + "\\n") + source.length);
        const wrapped = "(function (exports, require, module, __filename, __dirname) {" + source.latin1Slice() + "\\n})";
        console.log(new (require("node:vm").Script)(wrapped, { cachedData }).cachedDataRejected);`;
      assert.equal(spawnSync(process.execPath, [...flagsOf(name), "-e", script], { encoding: "utf8" }).stdout, "false\n");
    });
  }

  /** Node's own modules whose loading a start pays for; another one belongs here with its milliseconds, or is loaded when it is needed. */
  const LOADED = ["buffer", "fs", "path", "util", "vm"];

  for (const name of ["broker", "bus"]) {
    it(`loads no module of Node's, and no bundle beside its own, that a start of the ${name} can do without`, async () => {
      const runtime = join(folder, `run-${name}`);
      mkdirSync(join(runtime, "tsbox"), { recursive: true, mode: 0o700 });
      const hook = join(folder, "hook.cjs");
      const seen = join(folder, `loaded-${name}`);
      writeFileSync(
        hook,
        `const Module = require("node:module"); const load = Module._load; const { appendFileSync } = require("node:fs");
         Module._load = (request, ...rest) => { if (Module.isBuiltin(request) || request.startsWith("./")) appendFileSync(${JSON.stringify(seen)}, request.replace("node:", "") + "\\n"); return load(request, ...rest); };`,
      );
      const addon = loadAddon(resolve("build/tsbox.node"));
      const listener = addon.listenUnix(join(runtime, `tsbox/${name}-1`), 4);
      const words = ["--require", hook, `build/${name}.cjs`, `--runtime-dir=${runtime}`, `--build=${resolve("build")}`];
      const child = spawn(process.execPath, [...flagsOf(name), ...words], { stdio: ["ignore", "ignore", "inherit", listener, "pipe"], env: { HOME: folder } });
      addon.close(listener);
      try {
        await new Promise((done) => child.stdio[4]?.once("data", done));
      } finally {
        child.kill("SIGKILL");
      }
      const loaded = new Set(readFileSync(seen, "utf8").trim().split("\n"));
      assert.ok(loaded.has("fs"), "the hook saw what was loaded");
      assert.deepEqual([...loaded].filter((module) => !LOADED.includes(module)).sort(), []);
    });
  }
});

function flagsOf(name: string): readonly string[] {
  if (name === "cli" || name === "listings") return [];
  return name === "bus" ? BUS_FLAGS : BROKER_FLAGS;
}
