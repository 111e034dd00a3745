// `tsbox data` in a session of its own: backups are whole, hostile links are followed by nobody, and nothing is deleted.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { backUpData, dataSizes, resetData, restoreData } from "../../launcher/app-data/door.ts";
import type { Result } from "../../launcher/manifest/door.ts";

const root = mkdtempSync(join(tmpdir(), "tsbox-data-"));
after(() => rmSync(root, { recursive: true, force: true }));
const apps = join(root, "apps");
const folder = join(apps, "org.example.App");
const archive = join(root, "backup.tar.gz");
const aside = join(root, "state/data/org.example.App.1");

beforeEach(() => {
  for (const path of [apps, archive, `${archive}.part`, join(root, "state"), join(root, "outside")]) rmSync(path, { recursive: true, force: true });
  mkdirSync(join(folder, "data"), { recursive: true });
  mkdirSync(join(folder, "cache"));
  writeFileSync(join(folder, "data/note"), "note\n", { mode: 0o600 });
  writeFileSync(join(folder, "cache/thing"), "thing\n");
  mkdirSync(join(root, "outside"));
  writeFileSync(join(root, "outside/secret"), "secret\n");
  symlinkSync(join(root, "outside"), join(folder, "data/link"));
});

function keyOf(result: Result<unknown>): string {
  return result.ok ? "ok" : (result.problems[0]?.key ?? "");
}

test("a backup holds data and links as links, not what they lead to and not the cache, and is put back whole", () => {
  assert.equal(keyOf(backUpData(folder, archive)), "ok");
  const names = execFileSync("tar", ["-tzf", archive], { encoding: "utf8" });
  assert.match(names, /data\/note/);
  assert.doesNotMatch(names, /secret|thing/);
  writeFileSync(join(folder, "data/note"), "changed\n");
  const restored = restoreData(folder, archive, aside);
  assert.ok(restored.ok && restored.value.aside === aside, JSON.stringify(restored));
  assert.equal(readFileSync(join(folder, "data/note"), "utf8"), "note\n");
  assert.equal(lstatSync(join(folder, "data/note")).mode & 0o777, 0o600);
  assert.equal(readlinkSync(join(folder, "data/link")), join(root, "outside"));
  assert.equal(readFileSync(join(aside, "data/note"), "utf8"), "changed\n", "what was there is set aside");
});

test("an archive that climbs out, writes through a link of its own, or holds more than one folder does no harm (CVE-2025-45582)", () => {
  const evil = join(root, "evil");
  mkdirSync(join(evil, "a/b"), { recursive: true });
  writeFileSync(join(evil, "climb"), "climbed\n");
  const made = (script: string): void =>
    void execFileSync("python3", ["-c", `import tarfile, io\nt = tarfile.open(${JSON.stringify(archive)}, "w:gz")\n${script}\nt.close()`]);
  const file = (name: string): string => `i = tarfile.TarInfo(${JSON.stringify(name)}); i.size = 4; t.addfile(i, io.BytesIO(b"evil"))`;
  const entryOf = (name: string): string => `i = tarfile.TarInfo(${JSON.stringify(name)}); i.type = tarfile.DIRTYPE; i.mode = 0o755; t.addfile(i)`;
  const link = `i = tarfile.TarInfo("a/out"); i.type = tarfile.SYMTYPE; i.linkname = ${JSON.stringify(join(root, "outside"))}; t.addfile(i)`;
  made(file("../../outside/climbed"));
  restoreData(folder, archive, aside);
  made(`${link}\n${file("a/out/through")}`);
  restoreData(folder, archive, `${aside}2`);
  // In two steps: what the first archive left is set aside before the second one is unpacked.
  made(`${entryOf("a")}\n${link}`);
  restoreData(folder, archive, `${aside}5`);
  made(`${entryOf("a")}\n${file("a/out/through")}`);
  restoreData(folder, archive, `${aside}6`);
  made(file(join(root, "outside/absolute")));
  restoreData(folder, archive, `${aside}3`);
  for (const name of ["climbed", "through", "absolute"]) assert.ok(!existsSync(join(root, "outside", name)), name);
  made(`${file("one")}\n${file("two")}`);
  assert.equal(keyOf(restoreData(folder, archive, `${aside}4`)), "data.no-archive");
});

test("what is no archive is told by what it is: a name without a file, and tar's first word about a file that tar cannot read", () => {
  assert.equal(keyOf(restoreData(folder, `${archive}.none`, aside)), "data.file-absent");
  assert.equal(keyOf(restoreData(folder, root, aside)), "data.no-archive");
  writeFileSync(archive, "no archive");
  const refused = restoreData(folder, archive, aside);
  assert.ok(!refused.ok);
  assert.match(refused.problems[0]?.values["system"] ?? "", /not in gzip format/);
  assert.ok(existsSync(folder), "what was there stays");
});

test("what an archive says of modes gives no rights, and it brings no device and no second name of a file outside (CVE-2017-9780, CVE-2021-3155, CVE-2026-96279)", () => {
  const made = (script: string): void =>
    void execFileSync("python3", ["-c", `import tarfile, io\nt = tarfile.open(${JSON.stringify(archive)}, "w:gz")\n${script}\nt.close()`]);
  const entry = (name: string, more: string): string => `i = tarfile.TarInfo(${JSON.stringify(name)}); ${more}; t.addfile(i)`;
  const top = entry("app", "i.type = tarfile.DIRTYPE; i.mode = 0o777");
  const linkToDevices = entry("app/devices", 'i.type = tarfile.SYMTYPE; i.linkname = "/dev"');
  made(`${top}\n${entry("app/program", "i.mode = 0o6755")}\n${entry("app/kept", "i.mode = 0o600")}\n${linkToDevices}`);
  assert.equal(keyOf(restoreData(folder, archive, aside)), "ok");
  assert.equal(lstatSync(folder).mode & 0o7777, 0o700);
  assert.equal(lstatSync(join(folder, "program")).mode & 0o7000, 0);
  assert.equal(lstatSync(join(folder, "kept")).mode & 0o777, 0o600);
  assert.equal(readlinkSync(join(folder, "devices")), "/dev");
  const secret = join(root, "outside/secret");
  made(`${top}\n${entry("app/second", `i.type = tarfile.LNKTYPE; i.linkname = ${JSON.stringify(secret)}`)}`);
  assert.equal(keyOf(restoreData(folder, archive, `${aside}2`)), "data.tar");
  // Who is not root cannot make one anyway: then it is tar that fails.
  made(`${top}\n${entry("app/device", "i.type = tarfile.CHRTYPE; i.devmajor = 1; i.devminor = 3")}`);
  assert.match(keyOf(restoreData(folder, archive, `${aside}3`)), /^data\.(?:no-archive|tar)$/);
  assert.equal(lstatSync(secret).nlink, 1);
  assert.ok(existsSync(join(folder, "program")), "what was there stays where nothing was restored");
});

test("a reset sets aside and deletes nothing; a second one says that there is nothing", () => {
  assert.equal(keyOf(resetData(folder, aside)), "ok");
  assert.ok(!existsSync(folder));
  assert.equal(readFileSync(join(aside, "data/note"), "utf8"), "note\n");
  assert.equal(keyOf(resetData(folder, `${aside}2`)), "data.absent");
});

test("sizes count no file outside, and a backup never overwrites", () => {
  const [size] = dataSizes(apps);
  assert.equal(size?.id, "org.example.App");
  writeFileSync(join(root, "outside/big"), Buffer.alloc(4_000_000, 1));
  assert.equal(dataSizes(apps)[0]?.bytes, size?.bytes);
  writeFileSync(archive, "mine");
  assert.equal(keyOf(backUpData(folder, archive)), "data.file-there");
  assert.equal(readFileSync(archive, "utf8"), "mine");
});

test("a link or a fifo that an app left where the backup is written is refused, and stays; what it leads to is not touched", () => {
  const victim = join(root, "outside/secret");
  for (const name of [archive, `${archive}.part`])
    for (const plant of ["link", "dangling link", "fifo"]) {
      if (plant === "fifo") execFileSync("mkfifo", [name]);
      else symlinkSync(plant === "link" ? victim : join(root, "outside/made"), name);
      const refused = backUpData(folder, archive);
      assert.equal(keyOf(refused), "data.file-there", `${plant} at ${name}`);
      assert.equal(refused.ok ? "" : refused.problems[0]?.values["file"], name);
      assert.ok(plant === "fifo" ? lstatSync(name).isFIFO() : lstatSync(name).isSymbolicLink(), "it stays");
      assert.equal(readFileSync(victim, "utf8"), "secret\n");
      assert.ok(!existsSync(join(root, "outside/made")));
      assert.equal(existsSync(archive) && name !== archive, false);
      rmSync(name);
    }
});

test("a backup is the user's alone, whatever the umask, and leaves no second name; one that fails leaves nothing", () => {
  const before = process.umask(0);
  try {
    assert.equal(keyOf(backUpData(folder, archive)), "ok");
  } finally {
    process.umask(before);
  }
  assert.equal(lstatSync(archive).mode & 0o777, 0o600);
  assert.equal(lstatSync(archive).nlink, 1);
  assert.ok(!existsSync(`${archive}.part`));
  rmSync(archive);
  assert.equal(keyOf(backUpData(folder, join(root, "no/folder.tar.gz"))), "data.not-made");
});

test("an app that puts a link in the young archive's place gets nothing written through it, and the backup is said to be none", async () => {
  const victim = join(root, "outside/secret");
  // Long enough to be packed for the app to come between.
  writeFileSync(join(folder, "data/large"), randomBytes(24_000_000));
  const young = `${archive}.part`;
  const script =
    "import os, sys\nprint(flush=True)\nwhile not os.path.lexists(sys.argv[1]): pass\nos.unlink(sys.argv[1]); os.symlink(sys.argv[2], sys.argv[1])";
  const app = spawn("/usr/bin/python3", ["-c", script, young, victim], { stdio: ["ignore", "pipe", "inherit"] });
  await once(app.stdout, "data");
  try {
    assert.equal(keyOf(backUpData(folder, archive)), "data.swapped");
  } finally {
    app.kill();
  }
  assert.equal(readFileSync(victim, "utf8"), "secret\n");
  assert.equal(readlinkSync(young), victim, "what is not tsbox's stays");
});
