// Overrides under stress: several editors at once, editors that are killed, folders that cannot be written.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseKeyfile } from "../../launcher/manifest/keyfile.ts";
import { runOverride } from "./override-run.ts";

const ID = "org.example.App";
const PROGRAM = "build/js/test/cli/override-run.js";
const NOBODY = "65534";

function withFolder(work: (home: string, folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const home = mkdtempSync(join(tmpdir(), "tsbox-override-"));
    const folder = `${home}/.local/share/tsbox/overrides`;
    mkdirSync(folder, { recursive: true });
    try {
      await work(home, folder);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  };
}

function edit(home: string, count: number, ...argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, home, String(count), ...argv], { stdio: ["ignore", "ignore", "inherit"] });
}

function end(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.once("exit", (status) => done(status)));
}

test(
  "editors at the same time lose nothing of each other",
  withFolder(async (home, folder) => {
    const children = ["one", "two", "three", "four"].map((name) => edit(home, 25, `--talk-name=org.example.${name}.N%`, ID));
    assert.deepEqual(await Promise.all(children.map(end)), [0, 0, 0, 0]);
    const keyfile = parseKeyfile("/f", readFileSync(`${folder}/${ID}`));
    assert.ok(keyfile.ok);
    assert.equal(keyfile.value.groups.get("Session Bus Policy")?.entries.size, 100);
    assert.deepEqual(readdirSync(folder), [ID]);
  }),
);

test(
  "an editor that is killed leaves the old text or the new, whole, and what it left is gone after the next",
  withFolder(async (home, folder) => {
    const file = `${folder}/${ID}`;
    const tail = "\n[X-Tail]\nwhole=yes\n";
    const padding = "# a long comment that makes the writing take its time\n".repeat(4000);
    writeFileSync(file, `[Environment]\nN=0\n${padding}${tail}`);
    for (let round = 0; round < 12; round += 1) {
      const child = edit(home, 10_000, "--env=N=%", ID);
      await new Promise((wake) => setTimeout(wake, 150 + 13 * round));
      child.kill("SIGKILL");
      await end(child);
      const text = readFileSync(file, "utf8");
      assert.match(text, /^\[Environment\]\nN=\d+\n#/);
      assert.equal(text.slice(text.indexOf("#")), padding + tail);
    }
    writeFileSync(`${folder}/.${ID}.123.new`, "half");
    assert.equal((await runOverride(home, ["--env=N=last", ID])).status, 0);
    assert.deepEqual(readdirSync(folder), [ID]);
  }),
);

test(
  "a folder that cannot be written is told, and what was in force stays",
  withFolder(async (home, folder) => {
    writeFileSync(`${folder}/${ID}`, "[Context]\nsockets=!x11;\n");
    const path = [home, `${home}/.local`, `${home}/.local/share`, `${home}/.local/share/tsbox`, folder];
    for (const one of path) chmodSync(one, 0o555);
    // Root may write anywhere: then it is nobody who tries.
    const isRoot = process.getuid?.() === 0;
    const argv = [process.execPath, PROGRAM, home, "1", "--socket=x11", ID] as const;
    const ran = isRoot ? spawnSync("setpriv", ["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", ...argv]) : spawnSync(argv[0], argv.slice(1));
    assert.equal(ran.status, 125);
    assert.match(
      ran.stderr.toString(),
      /org\.example\.App: the override could not be written: permission denied\nhint: what it said before is still in force\n/,
    );
    assert.equal(readFileSync(`${folder}/${ID}`, "utf8"), "[Context]\nsockets=!x11;\n");
    for (const one of path) chmodSync(one, 0o755);
  }),
);

test(
  "a folder that cannot be made is told",
  withFolder(async (home) => {
    writeFileSync(`${home}/file`, "");
    const ran = await runOverride(home, ["--socket=x11", ID], { XDG_DATA_HOME: `${home}/file` });
    assert.equal(ran.status, 125);
    assert.match(ran.errors, /the override could not be written: not a directory/);
  }),
);
