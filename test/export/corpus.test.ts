// Real desktop entries, beside what `flatpak install` makes of them. What differs is data: two rules that hold for every line, and a list of cases with their class.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { splitCommand } from "../../launcher/export/command-words.ts";
import { rewriteExec } from "../../launcher/export/rewrite-exec.ts";
import { rewriteEntry } from "../../launcher/export/rewrite-entry.ts";
import { decodeString, entryOf, type Keyfile, parseKeyfile, renderKeyfile } from "../../launcher/manifest/door.ts";
import { DIFFERENCES, isIgnoredKey, isLeftOut, RULES } from "./flatpak-differences.ts";
import { mustSucceed } from "./must-succeed.ts";

const FOLDER = "test/fixtures/corpus/desktop-files";
const LAUNCHER = { tsbox: "/usr/bin/tsbox", id: "org.tsbox.Sample" };
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".desktop"));

function load(path: string): Keyfile {
  return mustSucceed(parseKeyfile(path, readFileSync(path)));
}

function rewrite(name: string): Keyfile {
  return mustSucceed(rewriteEntry(load(`${FOLDER}/${name}`), LAUNCHER, { activatable: true }));
}

function wordsOf(keyfile: Keyfile, group: string): readonly string[] | null {
  const entry = entryOf(keyfile, group, "Exec");
  return entry === null ? null : splitCommand(mustSucceed(decodeString(entry)));
}

describe("the corpus of desktop entries", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbox-corpus-"));
  before(() => {
    for (const name of NAMES) writeFileSync(join(folder, name), renderKeyfile(rewrite(name)));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("every Exec line starts what Flatpak's would, with the listed differences", (context) => {
    const found: string[] = [];
    let lines = 0;
    for (const name of NAMES) {
      const ours = rewrite(name);
      const theirs = load(`${FOLDER}/exported/${name}`);
      for (const group of new Set([...ours.groups.keys(), ...theirs.groups.keys()])) {
        lines += 1;
        const expected = wordsOf(theirs, group);
        const normal = expected === null ? null : RULES.reduce((words, rule) => rule.apply(words), expected);
        if (JSON.stringify(wordsOf(ours, group)) !== JSON.stringify(normal)) found.push(`${name}\t${group}`);
      }
    }
    context.diagnostic(`${NAMES.length} files, ${lines} groups, ${RULES.length} rules, ${found.length} differences`);
    assert.deepEqual(found.sort(), DIFFERENCES.map(({ file, group }) => `${file}\t${group}`).sort());
    assert.ok(found.length <= lines * 0.02, "at most 2 % differ case by case");
  });

  it("each line of the golden table becomes what Flatpak made of it", (context) => {
    const [, ...rows] = readFileSync(`${FOLDER}/EXEC-GOLDEN.tsv`, "utf8").trimEnd().split("\n");
    const differ: string[] = [];
    for (const row of rows) {
      const [file = "", , result = "", , before = "", after = ""] = row.split("\t");
      assert.equal(result, "ok", row);
      // The table has values as files have them, with the keyfile's escapes.
      const [old, now] = [before, after].map((raw) => raw.replaceAll("\\\\", "\\"));
      const ours = rewriteExec(old === "" ? null : (old ?? null), LAUNCHER, "desktop");
      const expected = RULES.reduce((words, rule) => rule.apply(words), splitCommand(now ?? "") ?? []);
      const isListed = DIFFERENCES.some((one) => one.file === file);
      if (isListed) continue;
      if (!ours.ok || JSON.stringify(splitCommand(ours.exec)) !== JSON.stringify(expected)) differ.push(`${file}: ${before}`);
    }
    context.diagnostic(`${rows.length} lines, ${differ.length} differ`);
    assert.ok(rows.length > 130);
    assert.deepEqual(differ, []);
  });

  it("every other key is kept as Flatpak keeps it", () => {
    const found: string[] = [];
    for (const name of NAMES) {
      const ours = load(join(folder, name));
      const theirs = load(`${FOLDER}/exported/${name}`);
      for (const group of new Set([...ours.groups.keys(), ...theirs.groups.keys()])) {
        const keys = (keyfile: Keyfile): readonly string[] =>
          [...(keyfile.groups.get(group)?.entries.values() ?? [])]
            .filter(({ key }) => key !== "Exec" && !isIgnoredKey(key))
            .map(({ key, rawValue }) => `${key}=${rawValue.trimEnd()}`)
            .sort();
        if (JSON.stringify(keys(ours)) !== JSON.stringify(keys(theirs))) {
          const [mine, other] = [new Set(keys(ours)), new Set(keys(theirs))];
          found.push(
            ...keys(ours)
              .filter((key) => !other.has(key))
              .map((key) => `${name} [${group}] ours ${key}`),
          );
          found.push(
            ...keys(theirs)
              .filter((key) => !mine.has(key))
              .map((key) => `${name} [${group}] theirs ${key}`),
          );
        }
      }
    }
    assert.deepEqual(found, []);
  });

  it("comments, translations and the order of groups and keys stay as they were", () => {
    for (const name of NAMES) {
      const before = readFileSync(`${FOLDER}/${name}`, "utf8").split("\n");
      const kept = new Set(readFileSync(join(folder, name), "utf8").split("\n"));
      const expected = before.filter(
        (line) => !/^\s*(Exec|TryExec|X-GNOME-Bugzilla-ExtraInfoScript)(\[.*\])?\s*=/.test(line) && !isLeftOut(line.split("=")[0]?.trim() ?? ""),
      );
      assert.deepEqual(
        expected.filter((line) => !kept.has(line)),
        [],
        name,
      );
      const shared = new Set(expected);
      assert.deepEqual(
        readFileSync(join(folder, name), "utf8")
          .split("\n")
          .filter((line) => shared.has(line)),
        expected,
        name,
      );
    }
  });

  it("desktop-file-validate finds no error that the original did not have", () => {
    const errors = (path: string): readonly string[] =>
      spawnSync("desktop-file-validate", ["--no-hints", "--no-warn-deprecated", path], { encoding: "utf8" })
        .stdout.split("\n")
        .filter((line) => line.includes(": error:"))
        .map((line) => line.slice(line.indexOf(": error:")))
        .sort();
    assert.match(execFileSync("desktop-file-validate", ["--help"], { encoding: "utf8" }), /Usage/);
    const found: string[] = [];
    for (const name of NAMES) {
      const before = new Set(errors(`${FOLDER}/${name}`));
      found.push(
        ...errors(join(folder, name))
          .filter((line) => !before.has(line))
          .map((line) => `${name}${line}`),
      );
    }
    assert.deepEqual(found, []);
  });
});
