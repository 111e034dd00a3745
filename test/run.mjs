// `npm test`: from a clean checkout with Node, npm and a compiler to the counts of every test. `--long` runs test/long as well; other arguments choose files
// by a part of their path.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Real kernels, servers and programs: one file at a time, since they measure what is left behind and share two processors. */
const ONE_AT_A_TIME = ["boundary", "programs", "differential", "long"];
/** Not tests of their own. */
const NOT_TESTS = ["bench", "support", "fixtures", "golden"];
const PARALLEL = 2;
/** Mostly compilers and npm, for minutes: beside the real parts, as an account of its own and without sight of their processes. Only root can do that. */
const ASIDE = "test/programs/package.test.ts";
const ASIDE_ACCOUNT = "tsbox-test-aside";
/** Rounds of each race with `--long`. */
const LONG_RACES = "1000";
/** More files than these do not fail by bad luck. */
const MOST_AGAIN = 6;
const AGAIN = ["second", "third"];
const FAILED_LIST = "build/failed-files";
/** Longest single test or file, in milliseconds. */
const TEST_LIMIT = 300_000;
const ASIDE_LIMIT = 900_000;

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
// The tests read English; of other languages only one of its own (test/messages/languages.test.ts).
if (/^zh/.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "")) process.env.LC_ALL = "C.UTF-8";
const started = Date.now();
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const long = process.argv.includes("--long");

step("packages", () => existsSync("node_modules") || run("npm", [existsSync("package-lock.json") ? "ci" : "install"]));
step("what the tests need from Debian", () => run("sh", ["test/setup", ...(long ? ["--long"] : [])]));
step("build", () => run("npm", ["run", "--silent", "build"]));
step("compile", () => run("npm", ["run", "--silent", "compile"]));

const files = testFiles("test")
  .filter((file) => long || !file.startsWith("test/long/"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
const isSerial = (file) => ONE_AT_A_TIME.some((folder) => file.startsWith(`test/${folder}/`));
const counts = { tests: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
let failed = false;
/** Files with a failed test in the run that ended last. */
const failedFiles = new Set();
const aside = process.getuid() === 0 && files.length > 1 ? files.filter((file) => file === ASIDE) : [];
const inSight = files.filter((file) => !aside.includes(file));
for (const [label, group, concurrency, beside] of [
  ["units, two files at a time", inSight.filter((file) => !isSerial(file)), PARALLEL, []],
  ["real parts, one file at a time", inSight.filter(isSerial), 1, aside],
]) {
  if (group.length === 0 && beside.length === 0) continue;
  console.log(`\n=== ${label}: ${[group.length, ...beside].join(" files, and beside them ")}`);
  const ends = await Promise.all([runTests(group, concurrency), ...(beside.length > 0 ? [runTests(beside, 1, true)] : [])]);
  if (ends.some((end) => end !== 0)) failed = true;
}
// Real servers and two processors: files that failed are run again, each alone. All runs stay in the report; only the last one of a file counts.
for (const time of AGAIN) {
  const again = files.filter((file) => failedFiles.has(file));
  if (again.length === 0 || again.length > MOST_AGAIN) break;
  console.log(`\n=== once more, each alone: ${again.join(", ")}`);
  failedFiles.clear();
  const before = { ...counts };
  failed = (await runTests(again, 1)) !== 0;
  // Counted once: what passes now has not failed.
  const [fail, cancelled] = [counts.fail - before.fail, counts.cancelled - before.cancelled];
  Object.assign(counts, { ...before, fail, cancelled, pass: before.pass + before.fail - fail + before.cancelled - cancelled });
  console.log(`=== passed only the ${time} time: ${again.filter((file) => !failedFiles.has(file)).join(", ") || "none"}`);
}
// A test that does not run proves nothing, and on the machine that must be able to run all of them it is a failure.
if (process.env.TSBOX_MUST_SANDBOX === "1" && counts.skipped + counts.todo > 0) failed = true;
if (counts.tests === 0) failed = true;
const seconds = Math.round((Date.now() - started) / 1000);
console.log(
  `\n=== ${Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ")}; ${seconds} s; ${failed ? "FAILED" : "all passed"}`,
);
process.exit(failed ? 1 : 0);

/** Sources of tests that exist; what an earlier compile left of removed ones is not run. */
function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return NOT_TESTS.includes(entry.name) && folder === "test" ? [] : testFiles(path);
      return entry.name.endsWith(".test.ts") ? [path] : [];
    })
    .sort();
}

function step(what, act) {
  console.log(`=== ${what}`);
  act();
}

function run(command, argv) {
  const result = spawnSync(command, argv, { stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) {
    console.error(`npm test: \`${[command, ...argv].join(" ")}\` ended with ${result.status ?? result.signal ?? result.error}`);
    process.exit(1);
  }
}

/** Runs the files, copies the report through (of those aside: when it is whole), and adds its counts. */
function runTests(group, concurrency, isAside = false) {
  if (group.length === 0) return Promise.resolve(0);
  const failedList = isAside ? `${FAILED_LIST}-aside` : FAILED_LIST;
  return new Promise((resolve) => {
    const compiled = group.map((file) => `build/js/${file.replace(/\.ts$/, ".js")}`);
    if (long) {
      process.env.TSBOX_SEED ??= "random";
      process.env.TSBOX_RACES ??= LONG_RACES;
      process.env.TSBOX_LONG_REPORT = "1";
    }
    const argv = [
      "--import",
      new URL("../build/js/test/support/seed.js", import.meta.url).href,
      "--test",
      "--enable-source-maps",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      `--test-reporter=${new URL("support/failed-files.mjs", import.meta.url).href}`,
      `--test-reporter-destination=${failedList}`,
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${group.includes(ASIDE) ? ASIDE_LIMIT : TEST_LIMIT}`,
      ...compiled,
    ];
    const words = isAside ? ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child", process.execPath, ...argv] : [process.execPath, ...argv];
    const env = isAside ? { ...process.env, TSBOX_TEST_ACCOUNT: ASIDE_ACCOUNT } : process.env;
    const child = spawn(words[0], words.slice(1), { stdio: ["ignore", "pipe", "inherit"], env });
    let line = "";
    let report = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      if (isAside) report += text;
      else process.stdout.write(text);
      line += text;
      const lines = line.split("\n");
      line = lines.pop() ?? "";
      for (const full of lines) {
        const count = /^\S* ?(tests|pass|fail|cancelled|skipped|todo) (\d+)$/.exec(full.trim());
        if (count) counts[count[1]] += Number(count[2]);
      }
    });
    child.on("close", (status) => {
      process.stdout.write(report);
      for (const file of readFileSync(failedList, "utf8").split("\n")) {
        const source = relative(".", file)
          .replace(/^build\/js\//, "")
          .replace(/\.js$/, ".ts");
        if (file !== "") failedFiles.add(source);
      }
      resolve(status ?? 1);
    });
  });
}
