// The table of published attacks (test/boundary/immunity.tsv): complete, each test there by the attack's id, each missing mechanism still missing, and
// SECURITY.md tells its counts.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const ROWS = 129;
const SCENES = 30;
/** A test's name, with what stands before it on its line. */
const TEST_NAME = /\b(?:it|test)\(\s*(["`])(.*?)\1,/gs;
/** Commands that would bring a mechanism which rows of the table name as missing. */
const ABSENT_COMMANDS = ["enter", "exec", "cp", "update", "attach"];

interface Row {
  readonly number: number;
  readonly id: string;
  readonly attack: string;
  readonly standing: string;
  readonly detail: string;
}

const readTable = (path: string): readonly (readonly string[])[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));

const securityText = (): string => readFileSync("SECURITY.md", "utf8").replace(/\s+/g, " ");

const rows: readonly Row[] = readTable("test/boundary/immunity.tsv").map(([number = "", id = "", attack = "", standing = "", detail = ""]) => ({
  number: Number(number),
  id,
  attack,
  standing,
  detail,
}));

const count = (standing: string): number => rows.filter((row) => row.standing === standing).length;

test("every published attack of the catalogue has a row, with an id, words and a standing", () => {
  assert.deepEqual(
    rows.map((row) => row.number),
    Array.from({ length: ROWS }, (_, index) => index + 1),
  );
  for (const row of rows) {
    assert.match(row.id, /^(CVE-\d{4}-\d+|GHSA(-[0-9a-z]{4}){3}|firejail-\d+|no id \(.+\))$/, `row ${row.number}`);
    assert.ok(row.attack.length > 10 && row.detail.length > 5, `row ${row.number} says what and where`);
    assert.ok(["test", "foreign", "portals", "not yet"].includes(row.standing), `row ${row.number}: ${row.standing}`);
  }
});

test("each attack that counts as met is mounted by a test that has its id in its name", () => {
  for (const row of rows.filter(({ standing }) => standing === "test"))
    for (const file of row.detail.split(" ")) {
      assert.ok(existsSync(file), `row ${row.number}: ${file}`);
      const names = [...readFileSync(file, "utf8").matchAll(TEST_NAME)].map((match) => match[2] ?? "");
      assert.ok(
        names.some((name) => new RegExp(`${row.id}\\b`).test(name)),
        `row ${row.number}: no test of ${file} names ${row.id}`,
      );
    }
});

test("no id stands in a test's name without its row", () => {
  const files = (readdirSync("test", { recursive: true }) as string[]).filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`);
  for (const file of files)
    for (const [, , name = ""] of readFileSync(file, "utf8").matchAll(TEST_NAME))
      for (const [id] of name.matchAll(/(CVE-\d{4}-\d+|GHSA(-[0-9a-z]{4}){3})/g))
        assert.ok(
          rows.some((row) => row.id === id && row.standing === "test"),
          `${file}: ${id}`,
        );
});

test("the mechanisms that rows name as missing are missing", () => {
  const commands = readdirSync("launcher/cli").map((name) => name.replace(/\.ts$/, ""));
  for (const command of ABSENT_COMMANDS)
    assert.ok(!commands.includes(command), `there is a command \`${command}\` now: the rows that call it missing need their test (${command})`);
});

test("SECURITY.md tells how many there are of each", () => {
  const told = `Of ${ROWS} published attacks on launchers of this kind, ${count("test")} are mounted by tests that show them fail, ${count("foreign")} need something that tsbox does not have, ${count("portals")} belong to portals and ${count("not yet")} are not tested yet`;
  assert.ok(securityText().includes(told), `SECURITY.md must say: ${told}`);
});

test("each scene that no script inside can play has its test, or says why not", () => {
  const scenes = readTable("test/boundary/escape-scenes.tsv");
  assert.equal(scenes.length, SCENES);
  for (const [number, scene, standing = "", file = "", detail = ""] of scenes) {
    assert.ok(["test", "open", "portals", "not yet"].includes(standing), `${number}: ${standing}`);
    assert.ok(detail.length > 10, `${number} ${scene}`);
    if (standing !== "test") continue;
    const names = [...readFileSync(file, "utf8").matchAll(TEST_NAME)].map((match) => match[2] ?? "");
    assert.ok(
      names.some((name) => name.startsWith(detail)),
      `${number} ${scene}: no test of ${file} begins with "${detail}"`,
    );
  }
});

test("SECURITY.md tells what of the tries to get out is open", () => {
  const probes = readTable("test/boundary/escape-probes.tsv");
  const open = (column: number): number => probes.filter((row) => row[column] === "open").length;
  const told = `Of ${probes.length} tries to get out, ${open(2)} are open in tsbox (as root ${open(3)}) and ${open(4)} in bubblewrap with the same filter (as root ${open(5)})`;
  assert.ok(securityText().includes(told), `SECURITY.md must say: ${told}`);
});
